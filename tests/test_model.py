"""Models are read from what is logged, and matched with the layers that tags name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from models_made import chain, config, context_of, dense, layers_of, model_of, order_of, the_layer
from runs import RUN

from tensorboard_plugin_histdiag.model.keras_config import read_keras_config
from tensorboard_plugin_histdiag.model.model import Layer, Model
from tensorboard_plugin_histdiag.model.op_graph import Node, read_graph
from tensorboard_plugin_histdiag.tags.naming import Naming

SETTINGS = [
    *("config", "layers", "layer", "cells", "name", "class_name", "module", "units", "activation", "inbound_nodes"),
    *("keras_history", "kernel_initializer", "build_config", "input_shape"),
]


# Parsers


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


@pytest.mark.parametrize(
    ("initialiser", "words"),
    [
        ("zeros", "zeros"),
        (None, None),
        (
            {"class_name": "RandomNormal", "config": {"mean": 0.0, "stddev": 1.0, "seed": 7}},
            "RandomNormal (mean 0, stddev 1)",
        ),
        ({"class_name": "mine>Own", "config": {"scale": float("inf"), "gain": -2}}, "Own (gain -2, scale inf)"),
        ({"class_name": "Own", "config": {"scale": 10**400, "mode": "a b"}}, "Own"),
        ({"class_name": "two words"}, ""),
        (["zeros"], ""),
    ],
)
def test_initialisers_in_words(initialiser, words):
    model = read_keras_config(config(chain(dense("a", kernel_initializer=initialiser))))
    assert model.layers[0].initialisers.get("kernel") == words


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


def test_variables_without_a_layers_name_are_layers_of_their_own():
    nodes = [
        Node("x", "Placeholder"),
        Node("Variable", "VariableV2", shape=(4, 8)),
        Node("MatMul", "MatMul", ("x", "Variable")),
        Node("Relu", "Relu", ("MatMul",)),
        Node("Variable_1", "VariableV2", shape=(6, 8)),
        Node("MatMul_1", "MatMul", ("Relu", "Variable_1"), transposed=True),
        *(Node(f"tag{n}", "Const", text=tag) for n, tag in enumerate(("zeta/weights", "alpha/weights"))),
        Node("summary", "HistogramSummary", ("tag0", "Variable")),
        Node("summary_1", "HistogramSummary", ("tag1", "Variable_1")),
    ]
    model = read_graph(nodes)
    assert [(layer.path, layer.function, layer.units) for layer in model.layers] == [
        (("Variable",), "relu", 8),
        (("Variable_1",), "", 6),
    ]
    context = context_of(model, "alpha/weights", "zeta/weights", "other/weights")
    assert [context.model.layer(series) for series in context.series] == [model.layers[1], None, model.layers[0]]
    assert order_of(context_of(model, "alpha/weights", "zeta/weights")) == ["zeta", "alpha"]


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


@pytest.mark.parametrize(
    ("module", "op", "function"),
    [
        ("ReLU6", "aten::hardtanh", "relu6"),
        ("Hardtanh", "aten::hardtanh", "hardtanh"),
        ("Mine", "aten::silu_", "silu"),
        ("GELU", "aten::gelu", "gelu"),
    ],
)
def test_functions_of_pytorch_are_named_by_their_modules(module, op, function):
    nodes = [
        Node("Net/x", "IO Node"),
        Node("Net/Linear[fc]/weight", "prim::GetAttr"),
        Node("Net/Linear[fc]/1", "aten::linear", ("Net/x", "Net/Linear[fc]/weight"), shape=(2, 4)),
        Node(f"Net/{module}[act]/2", op, ("Net/Linear[fc]/1",)),
    ]
    assert the_layer(read_graph(nodes), "act").function == function


def test_what_a_layer_multiplies_its_function_with_is_part_of_it():
    """SiLU, whose graph holds a sigmoid."""
    nodes = [
        Node("x", "Placeholder"),
        Node("a/w", "VariableV2", shape=(4, 4)),
        Node("a/MatMul", "MatMul", ("x", "a/w")),
        Node("a/Sigmoid", "Sigmoid", ("a/MatMul",)),
        Node("a/mul", "Mul", ("a/MatMul", "a/Sigmoid")),
    ]
    assert read_graph(nodes[:-1]).layers[0].function == "sigmoid"
    assert read_graph(nodes).layers[0].function == ""


def test_parts_of_one_long_chain_are_found_quickly_and_in_order():
    model = read_keras_config(config(chain(*(dense(f"layer_{n}") for n in range(5000)))))
    assert layers_of(model) == [f"layer_{n}" for n in range(5000)]
    assert model.is_output(4999)
    assert not model.is_output(0)


def test_too_many_layers_are_refused():
    with pytest.raises(ValueError, match="more than 20,000 layers"):
        read_keras_config(config(chain(*(dense(f"layer_{n}") for n in range(20_001)))))


# Tags and layers


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


@pytest.mark.parametrize(
    ("tag", "path"),
    [
        ("block/zeta/kernel", ("block",)),
        ("stack/block/zeta/kernel", ("block",)),
        ("zeta/kernel", ("zeta",)),
        ("inner/kernel", ("nest", "inner")),
        ("nest/inner/kernel", ("nest", "inner")),
        ("other/inner/kernel", None),
        ("other/zeta/kernel", ("zeta",)),
        ("nest/0/kernel", ("nest", "0")),
        ("0/kernel", None),
        ("twice/kernel", None),
    ],
)
def test_the_layer_that_a_name_fits_best(tag, path):
    nest = chain(dense("inner"), dense("0"), dense("twice"), name="nest")
    model = read_keras_config(config(chain(dense("zeta"), dense("block"), nest, chain(dense("twice"), name="more"))))
    context = context_of(model, tag)
    layer = context.model.layer(context.series[0])
    assert (layer.path if layer else None) == path


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


@pytest.mark.parametrize(
    ("behind", "function"),
    [([dense("last")], "linear"), ([{"class_name": "ReLU", "config": {"name": "f"}}, dense("last")], ""), ([], "")],
    ids=["weights", "a function", "nothing"],
)
def test_outputs_are_linear_for_certain_only_in_front_of_weights(behind, function):
    model = read_keras_config(config(chain(dense("zeta", activation=None), *behind)))
    (series,) = context_of(model, "zeta/activation").series
    assert context_of(model, series.tag).model.function(series) == function


@pytest.mark.parametrize(
    ("settings", "behind", "function"),
    [
        ({"activation": "tanh"}, "ReLU", "tanh"),
        ({}, "ReLU", "relu"),
        ({}, "BatchNormalization", ""),
        ({}, "Dense", ""),
        ({"activation": "mine"}, "ReLU", ""),
    ],
)
def test_a_pre_activation_has_the_function_of_its_layer_or_of_the_one_behind(settings, behind, function):
    next_one = {"class_name": behind, "config": {"name": "next"}}
    model = read_keras_config(config(chain(dense("zeta", **{"activation": None, **settings}), next_one, dense("last"))))
    (series,) = context_of(model, "zeta/pre_activation").series
    assert context_of(model, series.tag).model.function(series) == function


@pytest.mark.parametrize(
    ("recurrent", "function"), [("SimpleRNN", "tanh"), ("LSTM", ""), ("GRU", ""), ("Bidirectional", "")]
)
def test_recurrent_layers_have_a_function_where_they_have_but_one(recurrent, function):
    inner = {"class_name": "SimpleRNN", "config": {"name": "inner", "activation": "tanh"}}
    settings = {"name": "a", "layer": inner} if recurrent == "Bidirectional" else {"name": "a", "activation": "tanh"}
    model = read_keras_config(config(chain({"class_name": recurrent, "config": settings})))
    assert model.layers[-1].function == function


def test_inputs_of_a_weight_are_counted_by_its_units():
    context = context_of(model_of("zeta", units=12), "zeta/kernel", "zeta/bias", "eta/kernel")
    assert {series.tag: context.model.inputs(series) for series in context.series} == pytest.approx(
        {"zeta/kernel": 20.0, "zeta/bias": float("nan"), "eta/kernel": float("nan")}, nan_ok=True
    )
    assert context.run == RUN
