"""Models that are logged beside histograms are found with both providers, and are never in the way."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import model_logs
import numpy as np
import pytest
from model_logs import ALPHA, MIDDLE, ZETA
from models_made import ZETA_ALPHA, chain, dense, keras_event, layers_of, the_layer
from served import PROVIDERS, client, finished, write_run
from tensorboard.compat.proto import event_pb2, graph_pb2
from writers import log_events, run_with_tensorflow, values_event

from tensorboard_plugin_histdiag.diagnose import diagnose
from tensorboard_plugin_histdiag.model.model import Model
from tensorboard_plugin_histdiag.provider import models
from tensorboard_plugin_histdiag.provider.logdir import load_multiplexer
from tensorboard_plugin_histdiag.provider.sources import Source


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models as Keras, TensorFlow 1 and TensorFlow 2 log them."""
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed")
    root = tmp_path_factory.mktemp("models")
    run_with_tensorflow(model_logs.__file__, str(root))
    return root


def read_both(folder: Path, providers, run: str = ".") -> Model:
    """Read a run's model with both providers, which must agree."""
    rust, multiplexer = (providers(folder)[name].models_of([run])[run] for name in ("rust", "multiplexer"))
    assert rust == multiplexer
    return rust


# What the writers log


def test_keras_sequential_model(logs, providers):
    model = read_both(logs / "keras" / "sequential", providers, "train")
    assert layers_of(model)[1:] == ["zeta", "norm", "middle", "alpha"]
    assert [layer.function for layer in model.layers[1:]] == ["relu", "", "tanh", "sigmoid"]
    assert [layer.units for layer in model.layers[1:]] == [ZETA, 0, MIDDLE, ALPHA]
    assert the_layer(model, "zeta").initialisers == {"kernel": "HeNormal", "bias": "Zeros"}
    assert [model.feeds_norm(place) for place in range(5)] == [False, True, False, False, False]
    assert [model.is_output(place) for place in range(5)] == [False, False, False, False, True]


def test_keras_functional_model(logs, providers):
    model = read_both(logs / "keras" / "functional", providers, "train")
    assert layers_of(model)[1:] == ["zeta", "middle", "sum", "norm", "alpha"]
    assert model.layers[1].feeds == (2, 3)
    assert the_layer(model, "zeta").function == "leakyrelu"
    assert the_layer(model, "middle").initialisers["kernel"] == "RandomNormal (mean 0, stddev 0.5)"
    assert not model.feeds_norm(2), "a sum comes between them"


def test_keras_nested_model(logs, providers):
    model = read_both(logs / "keras" / "nested", providers, "train")
    assert [name for name in layers_of(model) if "input" not in name] == ["e/zeta", "e/beta", "alpha"]
    assert [model.is_output(place) for place, layer in enumerate(model.layers) if layer.trained] == [False, False, True]


def test_keras_convolutional_model(logs, providers):
    model = read_both(logs / "keras" / "convolutional", providers, "train")
    assert [the_layer(model, name).units for name in ("zeta", "middle", "alpha")] == [4, 8, 1]
    assert model.feeds_norm(1)
    assert the_layer(model, "cut").function == "relu"


def test_keras_recurrent_model(logs, providers):
    model = read_both(logs / "keras" / "recurrent", providers, "train")
    assert layers_of(model)[1:] == [
        *("words", "both/forward_lstm", "both/backward_lstm", "both", "again", "alpha"),
    ]
    assert the_layer(model, "words").is_embedding
    assert the_layer(model, "both/forward_lstm").units == 4 * 8
    assert the_layer(model, "again").function == "", "a gated layer has several"


def test_a_subclassed_keras_model_is_not_logged(logs, providers):
    for source in providers(logs / "keras" / "subclassed").values():
        assert source.models_of(["train"]) == {}
        assert source.complaints() == []


def test_tensorflow_1_session_graph(logs, providers):
    model = read_both(logs / "tensorflow_1", providers)
    assert layers_of(model) == ["zeta", "middle", "alpha"]
    assert [layer.units for layer in model.layers] == [ZETA, MIDDLE, ALPHA]
    assert {tag: function for tag, (_, function) in model.logged.items() if "activation" in tag} == {
        "zeta/activation": "relu",
        "middle/activation": "tanh",
        "alpha/activation": "linear",
    }
    assert [layer.feeds for layer in model.layers] == [(1,), (2,), ()], "the loss feeds nothing"


@pytest.mark.parametrize("way", ["graph", "trace"])
def test_tensorflow_2_graphs(way, logs, providers):
    model = read_both(logs / "tensorflow_2" / way, providers)
    assert layers_of(model) == ["zeta", "alpha"]
    assert [layer.function for layer in model.layers] == ["relu", "tanh"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch.jit.trace
def test_torch_graph(tmp_path, providers):
    pytest.importorskip("torch")
    model_logs.log_torch(tmp_path)
    model = read_both(tmp_path, providers)
    trained = [layer for layer in model.layers if layer.trained]
    assert ["/".join(layer.path) for layer in trained] == ["zeta/0", "zeta/1", "middle", "alpha"]
    assert [layer.units for layer in trained] == [4, 0, MIDDLE, ALPHA]
    assert the_layer(model, "zeta/2").function == "relu"
    assert model.feeds_norm(0)


@pytest.mark.parametrize(
    ("folder", "order"),
    [
        ("keras/sequential", ["stack/zeta", "stack/middle", "stack/alpha"]),
        ("keras/functional", ["zeta", "middle", "alpha"]),
        ("tensorflow_1", ["zeta", "middle", "alpha"]),
        ("tensorflow_2/trace", ["zeta", "alpha"]),
    ],
)
def test_layers_stand_in_the_models_order(folder, order, logs, providers):
    for source in providers(logs / folder).values():
        report = diagnose(source)
        assert [run.order_known for run in report.runs] == [True]
        places = {entry.layer: entry.order for entry in report.series if entry.role == "weight"}
        assert sorted(places, key=places.__getitem__) == order


# Where a run's model is looked for, and what becomes of what is no model


def test_other_writers_beside_the_keras_callback_share_its_model(tmp_path, providers):
    log_events(tmp_path / "one" / "train", [keras_event(ZETA_ALPHA), values_event("x", 0, np.arange(9))])
    for run in ("one", "one/gradients", "two"):
        log_events(tmp_path / run, [values_event("zeta/kernel", 0, np.arange(9))])
    for source in providers(tmp_path).values():
        assert set(source.models_of(["one", "one/gradients", "one/train", "two"])) == {
            *("one", "one/gradients", "one/train"),
        }


def test_a_model_is_read_once(tmp_path, providers):
    log_events(tmp_path, [keras_event(ZETA_ALPHA), values_event("zeta/kernel", 0, np.arange(9))])
    for source in providers(tmp_path).values():
        first = source.models_of(["."])["."]
        assert source.models_of(["."])["."] is first


@pytest.mark.parametrize(
    "event",
    [
        keras_event(b"no JSON"),
        keras_event(b"[" * 100_000),
        keras_event(b"\xff\xfe"),
        event_pb2.Event(graph_def=b"no graph"),
    ],
    ids=["no JSON", "deep JSON", "no text", "no graph"],
)
def test_what_is_no_model_is_complained_of_and_costs_nothing_else(event, tmp_path, providers):
    log_events(tmp_path, [event, *(values_event("zeta/kernel", step, np.arange(9.0)) for step in range(3))])
    for source in providers(tmp_path).values():
        report = diagnose(source)
        assert len(report.series) == 1
        assert [text for text in report.messages if text.startswith("The model that is logged in run '.' is not read")]


@pytest.mark.parametrize(
    "event",
    [keras_event({"class_name": "Own"}), keras_event(7), keras_event(None), event_pb2.Event(graph_def=b"")],
    ids=["subclassed", "a number", "nothing", "empty graph"],
)
def test_a_model_without_layers_is_none(event, tmp_path, providers):
    log_events(tmp_path, [event, values_event("zeta/kernel", 0, np.arange(9.0))])
    for source in providers(tmp_path).values():
        assert source.models_of(["."]) == {}
        assert source.complaints() == []


def test_foreign_tensors_under_the_plugins_name_do_no_harm(tmp_path, providers):
    event = keras_event(b"", tensor=np.arange(3.0))
    log_events(tmp_path, [event, *(values_event("zeta/kernel", step, np.arange(9.0)) for step in range(3))])
    for source in providers(tmp_path).values():
        assert len(diagnose(source).series) == 1


def test_a_model_that_is_not_given_now_is_asked_for_again(tmp_path, providers, monkeypatch):
    log_events(tmp_path, [keras_event(ZETA_ALPHA), values_event("zeta/kernel", 0, np.arange(9.0))])
    for source in providers(tmp_path).values():
        with monkeypatch.context() as broken:
            broken.setattr(type(source._provider), "read_blob", lambda *_, **__: 1 / 0)
            assert source.models_of(["."]) == {}
            assert "division" in source.complaints()[0]
        assert layers_of(source.models_of(["."])["."]) == ["zeta", "alpha"]
        assert source.complaints() == []


@pytest.mark.parametrize("event", [keras_event(ZETA_ALPHA), event_pb2.Event(graph_def=bytes(400))])
def test_a_model_that_is_too_large_is_not_parsed(event, tmp_path, providers, monkeypatch):
    monkeypatch.setattr(models, "LARGEST", 200)
    log_events(tmp_path, [event, values_event("zeta/kernel", 0, np.arange(9.0))])
    for source in providers(tmp_path).values():
        assert source.models_of(["."]) == {}
        assert "larger than" in source.complaints()[0]


def test_a_graph_of_too_many_operations_is_not_followed(tmp_path, providers, monkeypatch):
    monkeypatch.setattr(models, "MOST_NODES", 2)
    graph = graph_pb2.GraphDef(node=[{"name": f"n{n}", "op": "NoOp"} for n in range(3)])
    log_events(
        tmp_path, [event_pb2.Event(graph_def=graph.SerializeToString()), values_event("zeta/kernel", 0, np.arange(9.0))]
    )
    for source in providers(tmp_path).values():
        assert source.models_of(["."]) == {}
        assert "more than 2 operations" in source.complaints()[0]


def _graph_of(function: str) -> event_pb2.Event:
    """Log a graph of two layers, the first with a function, as TensorFlow 1 does."""
    graph = graph_pb2.GraphDef()
    for name, op, *inputs in (
        ("x", "Placeholder"),
        ("zeta/kernel", "VariableV2"),
        ("zeta/MatMul", "MatMul", "x", "zeta/kernel"),
        ("zeta/function", function, "zeta/MatMul"),
        ("alpha/kernel", "VariableV2"),
        ("alpha/MatMul", "MatMul", "zeta/function", "alpha/kernel"),
    ):
        graph.node.add(name=name, op=op, input=inputs)
    return event_pb2.Event(graph_def=graph.SerializeToString())


def _keras_of(function: str) -> event_pb2.Event:
    return keras_event(chain(dense("zeta", activation=function.lower()), dense("alpha")))


UPPER = [np.tanh(np.random.default_rng(step).normal(2, 0.5, 2000)) for step in range(12)]
ZEROS = [np.maximum(np.random.default_rng(step).normal(-3.0, 1.0, 4000), 0) for step in range(12)]


@pytest.mark.parametrize("event_of", [_keras_of, _graph_of], ids=["Keras", "graph"])
@pytest.mark.parametrize(
    ("outputs", "without", "findings"),
    [
        (UPPER, [], {"Tanh": ["saturated-activations", "unnormalised-inputs"], "Relu": []}),
        (ZEROS, ["dead-units"], {"Relu": ["dead-units"], "Softplus": [], "Elu": []}),
    ],
    ids=["at the upper limit of tanh", "zeros"],
)
def test_twins_that_differ_by_the_logged_function_alone(event_of, outputs, without, findings, tmp_path):
    def rules(name: str, *model: event_pb2.Event) -> list[str]:
        events = [values_event("zeta/activation", step, values) for step, values in enumerate(outputs)]
        log_events(tmp_path / name, [*model, *events])
        report = diagnose(Source(load_multiplexer(tmp_path / name)))
        said = f"Its function is {name.lower()}, as the logged model says."
        assert all((said in finding.explanation) is bool(model) for finding in report.findings)
        return [finding.rule for finding in report.findings]

    assert rules("without") == without
    for function, expected in findings.items():
        assert rules(function, event_of(function)) == expected


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_server_judges_by_the_model_and_names_its_report_by_it(name, tmp_path):
    revisions = set()
    for number, model in enumerate((ZETA_ALPHA, chain(dense("alpha"), dense("zeta")))):
        log = tmp_path / str(number)
        write_run(log / "train", range(4), tags=("zeta/kernel", "alpha/kernel"))
        log_events(log / "train", [keras_event(model)], name="9")
        with PROVIDERS[name](log) as data:
            report = finished(client(data.provider))
        assert report["runs"][0]["order_known"]
        places = {entry["layer"]: entry["order"] for entry in report["series"]}
        assert places == ({"zeta": 0, "alpha": 1} if number == 0 else {"alpha": 0, "zeta": 1})
        revisions.add(report["revision"])
    assert len(revisions) == 2


class Torn:
    """A provider whose blobs cannot be listed."""

    def __init__(self, provider):
        self.provider = provider

    def read_blob_sequences(self, ctx, **arguments):
        raise OSError("a broken disk")

    def __getattr__(self, method):
        return getattr(self.provider, method)


def test_a_server_that_cannot_list_models_judges_without_them(tmp_path):
    write_run(tmp_path / "log" / "train", range(4))
    with PROVIDERS["multiplexer"](tmp_path / "log") as data:
        report = finished(client(Torn(data.provider)))
    assert len(report["series"]) == 2
    assert report["messages"] == ["The model of run 'train' could not be read: OSError: a broken disk"]
