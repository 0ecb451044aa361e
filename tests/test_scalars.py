"""Losses, accuracies and learning rates are found by their names."""

from __future__ import annotations

import pytest
from runs import scalar
from writers import log_events, scalar_event

from tensorboard_plugin_histdiag.provider.scalars import scalar_kind
from tensorboard_plugin_histdiag.scalar import objectives, subject


def test_scalars_are_found_by_name_and_ordered_by_step(tmp_path, providers):
    tags = [
        "Loss/train",
        "val_loss",
        "acc",
        "valAccuracy",
        "lr-Adam",
        "loss_scale",
        "throughput",
        "train/cross_entropy",
    ]
    log_events(tmp_path, [scalar_event(tag, step, step * 0.5) for step in (0, 1, 2, 1) for tag in tags])
    for source in providers(tmp_path).values():
        scalars = {scalar.tag: scalar for scalar in source.scalars(".")}
        assert {tag: scalar.kind for tag, scalar in scalars.items()} == {
            "Loss/train": "loss",
            "acc": "accuracy",
            "lr-Adam": "learning-rate",
            "train/cross_entropy": "loss",
            "valAccuracy": "validation-accuracy",
            "val_loss": "validation-loss",
        }
        assert scalars["acc"].step.tolist() == [0, 1]
        assert scalars["acc"].value.tolist() == [0.0, 0.5]
        assert source.scalars("gone") == ()


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("d_loss_2", "loss"),
        ("MSELoss", "loss"),
        ("loss1", "loss"),
        ("losses/total", "loss"),
        ("eval/loss", "validation-loss"),
        ("top1", "accuracy"),
        ("test/accuracy", "validation-accuracy"),
        ("train/learning_rate", "learning-rate"),
        ("lr/group0", "learning-rate"),
        ("gloss", "other"),
        ("weight_decay", "other"),
        ("accumulated", "other"),
        ("", "other"),
    ],
)
def test_names_that_people_use(tag, kind):
    assert scalar_kind("run", tag) == kind


def test_the_validation_run_beside_a_training_run_counts_as_its_own(tmp_path, providers):
    for run in ("1/train", "1/validation", "2/validation", "1/other", "a_train", "a_val", "b_val"):
        log_events(tmp_path / run, [scalar_event("epoch_loss", 0, 1.0), scalar_event("epoch_learning_rate", 0, 1.0)])
    for source in providers(tmp_path).values():
        found = [(scalar.run, scalar.kind) for scalar in source.scalars("1/train")]
        assert found == [("1/train", "learning-rate"), ("1/train", "loss"), ("1/validation", "validation-loss")]
        found = [scalar.run for scalar in source.scalars("a_train")]
        assert found == ["a_train", "a_train", "a_val"]
        assert [scalar.run for scalar in source.scalars("1/other")] == ["1/other", "1/other"]


def test_the_scalars_of_many_runs_are_those_of_each(tmp_path, providers, monkeypatch):
    monkeypatch.setattr("tensorboard_plugin_histdiag.provider.scalars._RUNS_AT_ONCE", 2)
    runs = [f"{number}/{part}" for number in range(3) for part in ("train", "validation")]
    for number, run in enumerate(runs):
        log_events(tmp_path / run, [scalar_event(f"loss_{number // 4}", 0, float(number))])
    for source in providers(tmp_path).values():
        together = source.scalars_of([*runs, "gone"])
        assert list(together) == [*runs, "gone"]
        assert together.pop("gone") == ()
        for run, scalars in together.items():
            alone = source.scalars(run)
            assert [(one.run, one.tag, one.kind) for one in alone] == [(one.run, one.tag, one.kind) for one in scalars]
            assert [one.value.tolist() for one in scalars] == [one.value.tolist() for one in alone]
        assert [one.value.tolist() for one in together["1/train"]] == [[2.0], [3.0]]


@pytest.mark.parametrize(
    ("tags", "chosen"),
    [
        (["loss"], ["loss"]),
        (["aux_loss", "train/loss"], ["train/loss"]),
        (["epoch_boxes_loss", "epoch_loss"], ["epoch_loss"]),
        (["kl_loss", "reconstruction_loss"], ["reconstruction_loss"]),
        (["MSELoss", "l2_loss"], ["MSELoss"]),
        (["boxes_loss", "classes_loss"], ["boxes_loss", "classes_loss"]),
        (["kl_loss"], []),
    ],
)
def test_the_losses_that_are_to_fall_are_the_plain_ones_else_all_but_mere_terms(tags, chosen):
    losses = objectives([scalar("loss", [2.0, 1.0], tag=tag) for tag in tags])
    assert [loss.tag for loss in losses] == chosen


def test_losses_of_one_subject_are_told_by_what_remains_of_their_names():
    assert subject("val_mse_loss") == subject("Train/MSE/loss_2") == {"mse"}
    assert subject("epoch_loss") == frozenset()
