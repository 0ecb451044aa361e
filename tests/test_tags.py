import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_histdiag.tags.parsing import TagInfo, order_layers, parse
from tensorboard_plugin_histdiag.tags.words import BESIDE, GRADIENT_OF

TABLE = Path(__file__).parent / "tag_names.txt"


def _cases() -> list[tuple[str, str, str, str, str]]:
    """Read the table of real tags: tag, role, layer, network, hint."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = [re.split(r"  +", line) for line in lines if line and not line.startswith("#")]
    return [tuple("" if cell == "-" else cell for cell in (row + ["-"] * 5)[:5]) for row in rows]


CASES = _cases()

SILENT = """
gradual upgrade outgrad_norm biased_sampler grad_norm grads/norm gradient_penalty grad_norm/fc1.weight
weight_norm/fc1 fc1.weight/norm fc1.weight_grad_norm weight_bits weight_decay loss_weights sample_weight
class_weights update_ratio/fc1.weight lr episode/actions episode/action_distribution train/disparity_hist
transformation/a3 q[0] mu latent/z beta gamma discount_gamma time_out episode_scores unbiased weighted_loss
kernelize reward/mean kalman_filter joint_velocity priority_weights advantage_weights ensemble_weights gate_weights
log_weights time_weights position_bias exposure_bias dense/kernel_min fc1.weight/abs grad_abs/fc1.weight
grads_log/fc1.weight singular_values/fc1.weight fisher/fc1.weight cos/fc1.weight weights_change/fc1
train/weight_mean/fc1 grad_3.5_norm/fc1.bias
"""


@pytest.mark.parametrize(("tag", "role", "layer", "network", "hint"), CASES, ids=[case[0] for case in CASES])
def test_a_real_tag_is_read_rightly(tag, role, layer, network, hint):
    assert parse(tag) == TagInfo(role, layer, network, hint)


def test_the_table_holds_each_tag_once_and_every_kind_of_parameter():
    assert len({case[0] for case in CASES}) == len(CASES)
    assert {case[1] for case in CASES} >= {"weight", "bias", "embedding", *GRADIENT_OF.values(), *BESIDE}


@pytest.mark.parametrize("tag", SILENT.split())
def test_a_tag_that_says_nothing_stays_unknown(tag):
    assert parse(tag).role == "unknown"


HINTS = {
    "layer4/Qpred": "output",
    "logits": "output",
    "output/activations": "output",
    "activations/output": "output",
    "fc1/out": "",
    "activations/relu1": "relu",
    "fc1/relu": "relu",
    "encoder/conv1/Leaky_ReLU": "leakyrelu",
    "hidden_1/tanh:0": "tanh",
    "predictions/softmax": "softmax",
    "layer0/attn_logits": "logits",
    "layer0/attn_weights": "softmax",
    "h.0.q_proj.lora_A.default.weight": "lora-a",
    "grads/h.0.q_proj.lora_B.weight": "lora-b",
    "relu_layer/kernel_0": "",
}


@pytest.mark.parametrize(("tag", "hint"), HINTS.items())
def test_a_hint_says_as_much_as_the_name(tag, hint):
    assert parse(tag).hint == hint


LAYERS = {
    "fc1": "fc1.weight fc1.bias grads/fc1.weight gradients/fc1.bias fc1.weight.grad fc1/weight/grad "
    "Parameters/fc1.weight fc1/out Outputs/fc1 activations/fc1 W_fc1 b_fc1 h_fc1 fc1_weight fc1_relu "
    "Gradients/fc1 weights/fc1 fc1/Relu:0",
    "layer1": "layer1/weights layer1/biases layer1/layer layer1/activations layer1/weights_2 layer1/W layer1/b_1 "
    "layer1_weights layer1_biases layer1_gradients layer1/weights/summaries/histogram layer1/Wx_plus_b/pre_activations",
    "dense_1": "dense_1/kernel_0 dense_1/kernel:0 dense_1/bias/histogram dense_1/kernel:0_gradient "
    "dense_1/bias_0_grad dense_1/BiasAdd dense_1/kernel/Adam_1 gradients/dense_1/kernel activations/dense_1",
    "sequential/hidden": "sequential/hidden/kernel/histogram sequential/hidden/bias/histogram sequential/hidden/relu",
    "generator/fc1": "generator/fc1/weights generator_grads/fc1.weight grads/generator/fc1/weights",
}


@pytest.mark.parametrize(("layer", "tags"), LAYERS.items())
def test_a_layer_has_one_name_for_all_its_tensors(layer, tags):
    assert {parse(tag).layer for tag in tags.split()} == {layer}


NETWORKS = {
    "generator/conv1/kernel": "generator",
    "discriminator.main.0.weight": "discriminator",
    "netG.main.0.weight": "netG",
    "G.main.0.weight": "G",
    "model.generator.fc.weight": "model.generator",
    "policy_net.fc1.weight": "policy_net",
    "grads/actor.fc1.weight": "actor",
    "critic_1/dense/kernel:0": "critic_1",
    "embedder/Dense1/kernel": "embedder",
    "sequential/hidden/kernel/histogram": "sequential",
    "Parameters/fc1.weight": "",
    "weights/fc1": "",
    "params/Dense_0/kernel": "",
    "layer1.0.conv1.weight": "",
    "layer1/weights": "",
    "features/0/weight": "",
    "encoder/conv1/weights": "",
    "conv_block/conv/kernel:0": "",
    "conv1/conv1/conv1/activations": "",
    "bidirectional/forward_lstm/kernel:0": "",
    "GradNet/fc.weight": "GradNet",
}


@pytest.mark.parametrize(("tag", "network"), NETWORKS.items())
def test_a_network_is_a_prefix_that_is_neither_a_kind_nor_a_part(tag, network):
    info = parse(tag)
    assert info.network == network
    assert info.layer.startswith(network)


WORDS = st.text(string.ascii_letters + string.digits + "_./:-~ \u00e9\u0130\u4e00\u0661", max_size=60)
PIECES = st.sampled_from(
    [
        "weight",
        "grad",
        "bias",
        "kernel_0",
        "histogram",
        "_",
        ".",
        "/",
        ":",
        "0",
        "W",
        "b",
        "norm",
        "bn1",
        "lora_A",
        "GRAD_",
        "m",
        "Adam",
        "out",
        "\x1b[1m",
    ]
)


@given(st.text() | WORDS | st.lists(PIECES, max_size=8).map("".join))
def test_any_text_is_a_tag(text):
    info = parse(text)
    assert info.layer.startswith(info.network)
    order_layers([text, f"{text}/kernel", f"gradients/{text}"])


@given(st.text(string.ascii_lowercase, min_size=1, max_size=12).map(lambda word: f"{word}ness"))
def test_a_word_that_is_no_tensor_stays_unknown(word):
    assert parse(word).role == "unknown"
    assert parse(f"metrics/{word}").role == "unknown"
