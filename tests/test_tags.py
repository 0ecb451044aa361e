import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_histdiag.tags import order_layers, parse

# tag, role, layer: as Keras 2 and 3, TF1, named_parameters(), wandb, flax, haiku, PEFT and people write them.
TAGS = """
embed_6/embeddings_0                                embedding            embed_6
relu_layer_6/kernel_0                               weight               relu_layer_6
output_layer_6/bias_0                               bias                 output_layer_6
conv2d/kernel_0                                     weight               conv2d
conv2d_2/bias_0                                     bias                 conv2d_2
dense_1/kernel:0                                    weight               dense_1
linear/kernel:0                                     weight               linear
out_layer/bias:0                                    bias                 out_layer
batch_normalization/gamma_0                         norm-scale           batch_normalization
batch_normalization_3/beta_0                        norm-shift           batch_normalization_3
batch_normalization/moving_mean_0                   moving-statistic     batch_normalization
lstm/lstm_cell/recurrent_kernel_0                   weight               lstm/lstm_cell
separable_conv2d/depthwise_kernel_0                 weight               separable_conv2d
dense/kernel_0_grad                                 weight-gradient      dense
sequential/hidden/kernel/histogram                  weight               sequential/hidden
sequential/hidden/bias/histogram                    bias                 sequential/hidden
sequential/batch_normalization/moving_variance/histogram  moving-statistic     sequential/batch_normalization
sequential/batch_normalization/gamma/histogram      norm-scale           sequential/batch_normalization
sequential/embedding/embeddings/histogram           embedding            sequential/embedding
functional_1/layer_normalization/beta/histogram     norm-shift           functional_1/layer_normalization
layer1/weights                                      weight               layer1
layer1/biases                                       bias                 layer1
layer1/layer                                        activation           layer1
layer1/activations                                  activation           layer1
layer4/Qpred                                        activation           layer4
layer1/weights_2                                    weight               layer1
layer1/weights/summaries/histogram                  weight               layer1
layer1/biases/summaries/histogram_1                 bias                 layer1
layer1/Wx_plus_b/pre_activations                    pre-activation       layer1
layer1/histogram_summary                            unknown              layer1
layer1/weights/histogram_summary                    weight               layer1
conv1/conv1/conv1/activations                       activation           conv1/conv1/conv1
conv1/weights/gradients                             weight-gradient      conv1
conv-maxpool-3/W_0/grad/hist                        weight-gradient      conv-maxpool-3
conv-maxpool-3/b_0/grad/hist                        bias-gradient        conv-maxpool-3
conv1/Relu                                          activation           conv1
dense/BiasAdd                                       pre-activation       dense
W_conv1                                             weight               conv1
b_conv1                                             bias                 conv1
h_conv1                                             activation           conv1
weights_output                                      weight               output
layer1/W                                            weight               layer1
layer1/b                                            bias                 layer1
conv1/BatchNorm/beta                                norm-shift           conv1/BatchNorm
conv1/weights/ExponentialMovingAverage              moving-statistic     conv1
dense/kernel/Adam                                   optimizer            dense
dense/kernel/Adam_1                                 optimizer            dense
dense/kernel/Momentum                               optimizer            dense
Adam/dense/kernel/m                                 optimizer            dense
Adam/v/dense/kernel                                 optimizer            dense
ACT/conv1/activations                               activation           conv1
layer 1 weights                                     weight               layer 1
layer1_weights                                      weight               layer1
layer1_biases                                       bias                 layer1
layer1_gradients                                    gradient             layer1
layer1-weight/param                                 weight               layer1
hiddenlayer_0_activation                            activation           hiddenlayer_0
layer_N_activations                                 activation           layer_N
fc6_weight                                          weight               fc6
embedder/Dense1/kernel                              weight               embedder/Dense1
embedder/Dense1/kernel:0_gradient                   weight-gradient      embedder/Dense1
gradients/dense/kernel_0                            weight-gradient      dense
gradients: dense                                    gradient             dense
weights: dense                                      weight               dense
fc.weight                                           weight               fc
fc.bias                                             bias                 fc
fc.weight.grad                                      weight-gradient      fc
fc/weight/grad                                      weight-gradient      fc
fc.bias_grad                                        bias-gradient        fc
fc.weight_data                                      weight               fc
fc1/weight                                          weight               fc1
fc1/out                                             activation           fc1
grads/fc.weight                                     weight-gradient      fc
grad/fc1.bias                                       bias-gradient        fc1
Gradients/fc1                                       gradient             fc1
gradients/layer1.0.conv1.weight                     weight-gradient      layer1.0.conv1
Parameters/fc.weight                                weight               fc
parameters/fc.bias                                  bias                 fc
weights/conv1.weight                                weight               conv1
weights/fc1                                         weight               fc1
weights/output                                      weight               output
params/fc2.bias                                     bias                 fc2
Grads/conv1.weight                                  weight-gradient      conv1
grads/fc.weight.grad                                weight-gradient      fc
Outputs/fc1                                         activation           fc1
GRAD_encoder.conv.weight                            weight-gradient      encoder.conv
WEIGHT_encoder.conv.weight                          weight               encoder.conv
grad-fc1.weight                                     weight-gradient      fc1
actor_grads/fc1.weight                              weight-gradient      actor/fc1
layer1.0.conv1.weight                               weight               layer1.0.conv1
layer1.0.bn1.weight                                 norm-scale           layer1.0.bn1
layer1.0.bn1.bias                                   norm-shift           layer1.0.bn1
layer2.0.downsample.0.weight                        weight               layer2.0.downsample.0
layer2.0.downsample.1.weight                        norm-scale           layer2.0.downsample.1
bn1.running_mean                                    moving-statistic     bn1
bn1.num_batches_tracked                             moving-statistic     bn1
grads/bn1.weight                                    norm-gradient        bn1
bn1.bias.grad                                       norm-gradient        bn1
features.0.weight                                   weight               features.0
transformer.h.0.attn.c_attn.weight                  weight               transformer.h.0.attn.c_attn
transformer.h.0.ln_1.weight                         norm-scale           transformer.h.0.ln_1
transformer.ln_f.bias                               norm-shift           transformer.ln_f
transformer.wte.weight                              embedding            transformer.wte
grads/transformer.wpe.weight                        embedding-gradient   transformer.wpe
bert.embeddings.LayerNorm.weight                    norm-scale           bert.embeddings.LayerNorm
bert.embeddings.word_embeddings.weight              embedding            bert.embeddings.word_embeddings
bert.encoder.layer.0.attention.self.value.weight    weight               bert.encoder.layer.0.attention.self.value
bert.encoder.layer.0.attention.output.dense.bias    bias                 bert.encoder.layer.0.attention.output.dense
model.layers.0.input_layernorm.weight               norm-scale           model.layers.0.input_layernorm
model.embed_tokens.weight                           embedding            model.embed_tokens
model.norm.weight                                   norm-scale           model.norm
encoder.layers.0.self_attn.in_proj_weight           weight               encoder.layers.0.self_attn.in_proj
encoder.layers.0.self_attn.in_proj_bias             bias                 encoder.layers.0.self_attn.in_proj
lstm.weight_ih_l0                                   weight               lstm
lstm.bias_hh_l1_reverse                             bias                 lstm
rnn.weight_hh_l0.grad                               weight-gradient      rnn
patch_embed.proj.weight                             weight               patch_embed.proj
pos_embed                                           embedding            pos_embed
blocks.3.ls1.gamma                                  norm-scale           blocks.3.ls1
model.layers.0.self_attn.q_proj.lora_A.default.weight  weight               model.layers.0.self_attn.q_proj.lora_A
model.layers.0.self_attn.q_proj.base_layer.weight   weight               model.layers.0.self_attn.q_proj
q_proj.lora_B                                       weight               q_proj.lora_B
conv.parametrizations.weight.original1              weight               conv
conv.weight_orig                                    weight               conv
conv.weight_mask                                    mask                 conv
conv.weight_v                                       weight               conv
activations/relu1                                   activation           relu1
activations/layer1.0.conv2                          activation           layer1.0.conv2
activations/fc1/grad                                activation-gradient  fc1
fc1/activation_grad                                 activation-gradient  fc1
encoder/pre_activation                              pre-activation       encoder
decoder/attention_weights                           attention            decoder
block0/attn/softmax                                 attention            block0/attn
layer0/attn_logits                                  attention            layer0
attention_mask                                      mask                 attention
logits                                              activation           logits
predictions                                         activation           predictions
params/Dense_0/kernel                               weight               Dense_0
params/BatchNorm_0/scale                            norm-scale           BatchNorm_0
batch_stats/BatchNorm_0/mean                        moving-statistic     BatchNorm_0
params/Embed_0/embedding                            embedding            Embed_0
Dense_0/bias_grad                                   bias-gradient        Dense_0
opt_state/0/mu/Dense_0/kernel                       optimizer            Dense_0
mlp/~/linear_0/w                                    weight               mlp/linear_0
layer_norm/offset                                   norm-shift           layer_norm
optimizer/exp_avg/fc1.weight                        optimizer            fc1
ema/fc1.weight                                      moving-statistic     fc1
generator/conv1/kernel                              weight               generator/conv1
netD.main.0.weight                                  weight               netD.main.0
Network/Weights/fc1.weight                          weight               Network/fc1
histogram                                           unknown              -
grads/upgrade.weight                                weight-gradient      upgrade
fc1                                                 unknown              fc1
"""
CASES = [tuple(re.split(r"  +", line)) for line in TAGS.strip().splitlines()]

SILENT = """
gradual upgrade outgrad_norm biased_sampler grad_norm grads/norm gradient_penalty grad_norm/fc1.weight
weight_norm/fc1 fc1.weight/norm fc1.weight_grad_norm weight_bits weight_decay loss_weights sample_weight
class_weights update_ratio/fc1.weight lr episode/actions episode/action_distribution train/disparity_hist
transformation/a3 q[0] mu latent/z beta gamma discount_gamma time_out episode_scores unbiased weighted_loss
kernelize reward/mean
"""


@pytest.mark.parametrize(("tag", "role", "layer"), CASES, ids=[case[0] for case in CASES])
def test_a_real_tag_has_its_role_and_layer(tag, role, layer):
    info = parse(tag)
    assert (info.role, info.layer or "-") == (role, layer)


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
