"""Models that are logged beside histograms: found with both providers, matched with tags, never in the way."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import model_logs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_logs import ALPHA, MIDDLE, ZETA
from runs import RUN, measured_of, normal, walk
from tensorboard.compat.proto import event_pb2, graph_pb2, summary_pb2
from tensorboard.util import tensor_util
from writers import log_events, run_with_tensorflow, values_event

from tensorboard_plugin_histdiag import models
from tensorboard_plugin_histdiag.context import RunContext
from tensorboard_plugin_histdiag.diagnose import diagnose
from tensorboard_plugin_histdiag.keras_config import read_keras_config
from tensorboard_plugin_histdiag.model import Layer, Model
from tensorboard_plugin_histdiag.naming import Naming
from tensorboard_plugin_histdiag.op_graph import Node, read_graph

SETTINGS = [
    *("config", "layers", "layer", "cells", "name", "class_name", "module", "units", "activation", "inbound_nodes"),
    *("keras_history", "kernel_initializer", "build_config", "input_shape"),
]
RANDOM = {"class_name": "GlorotUniform", "config": {"seed": None}}


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


def layers_of(model: Model) -> list[str]:
    return ["/".join(layer.path) for layer in model.layers]


def the_layer(model: Model, path: str) -> Layer:
    return model.layers[layers_of(model).index(path)]


def context_of(model: Model | None, *tags: str, naming: Naming = Naming()) -> RunContext:  # noqa: B008 (frozen)
    metrics = measured_of({tag: walk(normal(240), rate=0.01, records=3) for tag in tags}).arranged()
    return RunContext(metrics, naming=naming, model=model)


def order_of(context: RunContext) -> list[str]:
    return list(dict.fromkeys(series.layer for series in context.having("weight")))


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


def keras_event(settings: object, *, tag: str = "keras", tensor: object = None) -> event_pb2.Event:
    text = settings if isinstance(settings, bytes) else json.dumps(settings).encode()
    value = summary_pb2.Summary.Value(tag=tag)
    value.metadata.plugin_data.plugin_name = "graph_keras_model"
    value.metadata.plugin_data.content = b"1"
    value.tensor.CopyFrom(tensor_util.make_tensor_proto(text if tensor is None else tensor))
    return event_pb2.Event(summary=summary_pb2.Summary(value=[value]))


def dense(name: str, units: int = 4, **settings: object) -> dict[str, object]:
    return {"class_name": "Dense", "config": {"name": name, "units": units, "kernel_initializer": RANDOM, **settings}}


def chain(*layers: dict[str, object], name: str = "stack") -> dict[str, object]:
    return {"class_name": "Sequential", "config": {"name": name, "layers": list(layers)}}


ZETA_ALPHA = chain(dense("zeta", activation="tanh"), dense("alpha"))


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


# Parsers


def config(settings: object) -> bytes:
    return json.dumps(settings).encode()


def keras_2(name: str, *sources: str) -> dict[str, object]:
    return {**dense(name), "inbound_nodes": [[[source, 0, 0, {}] for source in sources]] if sources else []}


def test_a_functional_model_of_keras_2_stands_in_the_order_of_its_graph():
    listed = [keras_2("last", "left", "right"), keras_2("right", "first"), keras_2("left", "first"), keras_2("first")]
    model = read_keras_config(
        config({"class_name": "Functional", "config": {"layers": listed, "output_layers": [["last", 0, 0]]}})
    )
    assert layers_of(model) == ["first", "right", "left", "last"]
    assert model.layers[0].feeds == (1, 2)


def test_layers_in_a_circle_stay_as_they_are_listed():
    listed = [keras_2("one", "three"), keras_2("two", "one"), keras_2("three", "two")]
    model = read_keras_config(config({"config": {"layers": listed}}))
    assert layers_of(model) == ["one", "two", "three"]
    assert not any(model.is_output(place) for place in range(2))


@pytest.mark.parametrize(
    ("activation", "function"),
    [
        ("relu", "relu"),
        ("swish", "silu"),
        (None, "linear"),
        ("my own", ""),
        ({"class_name": "LeakyReLU", "config": {"name": "leaky"}}, "leakyrelu"),
        ({"class_name": "ReLU", "config": {"negative_slope": 0.1}}, "leakyrelu"),
        ({"class_name": "ReLU", "config": {"max_value": 6.0}}, "relu6"),
        ({"class_name": "function", "config": "gelu"}, "gelu"),
        ({"class_name": "function", "config": "mine"}, ""),
        (["relu"], ""),
    ],
)
def test_activation_functions(activation, function):
    model = read_keras_config(config(chain(dense("a", activation=activation))))
    assert model.layers[0].function == function


def test_a_wrapped_layer_gives_its_function_to_the_wrapper():
    wrapped = {"class_name": "TimeDistributed", "config": {"name": "each", "layer": dense("a", activation="tanh")}}
    model = read_keras_config(config(chain(wrapped)))
    assert layers_of(model) == ["each/a", "each"]
    assert model.layers[1].function == "tanh"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(["Dense", "a", "b", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(SETTINGS), inner, max_size=6),
    max_leaves=30,
)


@given(JSON)
def test_no_settings_break_the_parser(settings):
    for wrapped in (settings, {"config": settings}, {"config": {"layers": [{"config": settings}]}}):
        model = read_keras_config(config(wrapped))
        assert model is None or len(model.layers) > 0


@given(
    st.lists(
        st.builds(
            Node,
            st.sampled_from(["a/w", "a/MatMul", "b/Relu", "c[d]/x", "b/w", "gradients/a", ""]),
            st.sampled_from(
                ["VarHandleOp", "MatMul", "Relu", "Placeholder", "HistogramSummary", "Add", "aten::linear"]
            ),
            st.lists(st.sampled_from(["a/w", "a/MatMul", "b/Relu", "c[d]/x", "gone", ""]), max_size=3).map(tuple),
            st.lists(st.integers(0, 9), max_size=4).map(tuple),
            st.sampled_from(["", "a/w"]),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_no_graph_breaks_the_parser(nodes):
    model = read_graph(nodes)
    assert model is None or any(layer.trained for layer in model.layers)


def test_a_loop_in_a_graph_is_left():
    nodes = [
        Node("x", "Placeholder"),
        Node("a/w", "VariableV2", shape=(4, 8)),
        Node("merge", "Merge", ("x", "next")),
        Node("a/MatMul", "MatMul", ("merge", "a/w")),
        Node("next", "NextIteration", ("a/MatMul",)),
    ]
    assert layers_of(read_graph(nodes)) == ["a"]


def test_a_gate_in_a_graph_is_a_product_of_outputs():
    nodes = [
        Node("x", "Placeholder"),
        *(Node(f"{name}/w", "VariableV2", shape=(4, 4)) for name in "ab"),
        *(Node(f"{name}/MatMul", "MatMul", ("x", f"{name}/w")) for name in "ab"),
        Node("b/Sigmoid", "Sigmoid", ("b/MatMul",)),
        Node("product", "Mul", ("a/MatMul", "b/Sigmoid")),
    ]
    model = read_graph(nodes)
    assert [model.is_gate(place) for place in range(3)] == [True, True, False]
    assert the_layer(model, "b").function == "sigmoid"


def test_parts_of_one_long_chain_are_found_quickly_and_in_order():
    model = read_keras_config(config(chain(*(dense(f"layer_{n}") for n in range(5000)))))
    assert layers_of(model) == [f"layer_{n}" for n in range(5000)]
    assert model.is_output(4999)
    assert not model.is_output(0)


def test_too_many_layers_are_refused():
    with pytest.raises(ValueError, match="more than 20,000 layers"):
        read_keras_config(config(chain(*(dense(f"layer_{n}") for n in range(20_001)))))


# Tags and layers


def model_of(*names: str, **settings: object) -> Model:
    return read_keras_config(config(chain(*(dense(name, **settings) for name in names))))


@pytest.mark.parametrize(
    ("tags", "order"),
    [
        (["alpha/kernel", "zeta/kernel"], ["zeta", "alpha"]),
        (["stack/alpha/kernel", "stack/zeta/kernel"], ["stack/zeta", "stack/alpha"]),
        (["alpha/kernel_0/histogram", "zeta/kernel_0/histogram"], ["zeta", "alpha"]),
        (["model/alpha/kernel", "model/zeta/kernel"], ["model/zeta", "model/alpha"]),
        (["gradients/alpha/kernel", "gradients/zeta/kernel", "alpha/kernel", "zeta/kernel"], ["zeta", "alpha"]),
    ],
)
def test_tags_are_matched_with_the_models_layers(tags, order):
    context = context_of(model_of("zeta", "alpha"), *tags)
    assert order_of(context) == order
    assert context.order_known


@pytest.mark.parametrize(
    "tags",
    [
        ["foo/kernel", "bar/kernel"],
        ["zeta/kernel", "bar/kernel"],
        ["red/zeta/kernel", "red/alpha/kernel", "blue/zeta/kernel", "blue/alpha/kernel"],
    ],
    ids=["none fits", "one is missing", "two networks of the same names"],
)
def test_a_model_that_does_not_fit_changes_nothing(tags):
    with_model, without = context_of(model_of("zeta", "alpha"), *tags), context_of(None, *tags)
    assert [series.order for series in with_model.series] == [series.order for series in without.series]
    assert with_model.order_known == without.order_known


def test_a_nested_models_layers_are_told_apart_by_its_name():
    nested = [chain(dense("a"), dense("b"), name=name) for name in ("second", "first")]
    model = read_keras_config(config(chain(*nested)))
    context = context_of(model, *(f"{net}/{layer}/kernel" for net in ("first", "second") for layer in "ba"))
    assert {series.layer: context.model.layer(series).path for series in context.series} == {
        f"{net}/{layer}": (net, layer) for net in ("first", "second") for layer in "ba"
    }


def test_layers_that_the_model_does_not_know_stay_behind_those_before_them():
    context = context_of(model_of("zeta", "alpha"), "alpha/kernel", "zeta/kernel", "zeta_norm/gamma")
    assert context.order_known
    places = {series.layer: series.order for series in context.series}
    assert places["zeta"] < places["alpha"]


def test_what_the_user_says_goes_before_the_model():
    naming = Naming(roles=(("alpha", "bias"),), layers=("alpha", "zeta"))
    context = context_of(model_of("zeta", "alpha"), "alpha/kernel", "zeta/kernel", naming=naming)
    assert {series.layer: (series.role, series.order) for series in context.series} == {
        "alpha": ("bias", 0),
        "zeta": ("weight", 1),
    }


def test_norms_and_embeddings_are_known_by_their_kind():
    model = Model((Layer(("0",), "embedding", trained=True), Layer(("1",), "batchnorm1d", trained=True)))
    context = context_of(model, "0.weight", "1.weight", "1.bias")
    assert [series.role for series in context.series] == ["embedding", "norm-shift", "norm-scale"]


def test_a_function_is_told_only_for_what_the_layer_gives():
    model = model_of("zeta", activation="tanh")
    context = context_of(
        model, "zeta/activation", "zeta/relu", "zeta/inner/activation", "zeta/kernel", "eta/activation"
    )
    assert {series.tag: context.model.function(series) for series in context.series} == {
        "zeta/activation": "tanh",
        "zeta/relu": "",
        "zeta/inner/activation": "",
        "zeta/kernel": "",
        "eta/activation": "",
    }


def test_inputs_of_a_weight_are_counted_by_its_units():
    context = context_of(model_of("zeta", units=12), "zeta/kernel", "zeta/bias", "eta/kernel")
    assert {series.tag: context.model.inputs(series) for series in context.series} == pytest.approx(
        {"zeta/kernel": 20.0, "zeta/bias": float("nan"), "eta/kernel": float("nan")}, nan_ok=True
    )
    assert context.run == RUN
