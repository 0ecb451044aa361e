import pytest

from tensorboard_plugin_histdiag.tags.parsing import order_layers

BASIC_BLOCK = ("conv1", "bn1", "conv2", "bn2")
RESNET18 = [
    "conv1",
    "bn1",
    *(f"layer{s}.{b}.{part}" for s in range(1, 5) for b in range(2) for part in BASIC_BLOCK),
    "fc",
]
GPT2 = [
    "transformer.wpe",
    "transformer.wte",
    *(f"transformer.h.{b}.{part}" for b in range(12) for part in ("ln_1", "attn.c_attn", "ln_2", "mlp.c_fc")),
    "transformer.ln_f",
    "lm_head",
]
ORDERS = {
    "keras": "embedding conv2d conv2d_1 conv2d_9 conv2d_10 dense dense_1 dense_2",
    "keras-second-model": "conv2d_4 conv2d_5 dense_2 dense_3",
    "keras-batch-norm": "conv2d batch_normalization conv2d_1 batch_normalization_1 dense",
    "keras-named": "embed_6 relu_layer_6 output_layer_6",
    "tf1": "layer1 layer2 layer3 layer4",
    "tf1-output": "layer1 layer2 layer10 out",
    "lenet": "conv1 conv2 fc1 fc2 fc3",
    "caffe": "conv1 fire2 fire3 fire4 conv5",
    "vgg": "features.0 features.2 features.10 classifier.0 classifier.6",
    "resnet18": " ".join(RESNET18),
    "gpt2": " ".join(GPT2),
    "vit": "cls_token patch_embed.proj pos_embed blocks.0.attn.qkv blocks.2.attn.qkv blocks.11.attn.qkv norm head",
    "bert": "bert.embeddings.word_embeddings bert.encoder.layer.2.output.dense bert.encoder.layer.11.output.dense "
    "bert.pooler.dense classifier",
    "autoencoder": "encoder.0 encoder.2 decoder.0 decoder.2",
    "sequential": "net.0 net.2 net.10",
}


@pytest.mark.parametrize("layers", ORDERS.values(), ids=ORDERS)
def test_layers_stand_in_depth_order_however_the_log_lists_them(layers):
    expected = layers.split()
    ordering = order_layers(
        f"{layer}.{kind}" for layer in sorted(expected, reverse=True) for kind in ("weight", "bias")
    )
    assert sorted(ordering.places, key=ordering.places.__getitem__) == expected
    assert sorted(ordering.places.values()) == list(range(len(expected)))
    assert ordering.known


@pytest.mark.parametrize(
    "layers",
    ["hidden output", "sequential/hidden sequential/output", "foo bar baz", "down1 up1 down2 up2", "linear dense fc"],
)
def test_an_order_that_names_do_not_tell_is_not_known(layers):
    assert not order_layers(f"{layer}/kernel" for layer in layers.split()).known


def test_no_tags_have_no_known_order():
    assert not order_layers([]).known
    assert not order_layers(["episode/actions"]).known


def test_two_networks_are_two_orders_one_after_the_other():
    tags = [
        f"{net}/{layer}/kernel" for net in ("generator", "discriminator") for layer in ("dense_1", "dense", "output")
    ]
    ordering = order_layers(tags)
    assert list(ordering.places) == [
        *("discriminator/dense", "discriminator/dense_1", "discriminator/output"),
        *("generator/dense", "generator/dense_1", "generator/output"),
    ]
    assert ordering.known


def test_what_has_no_depth_does_not_make_an_order_doubtful():
    tags = [
        "conv1.weight",
        "conv2.weight",
        "fc.weight",
        "hidden",
        "attention_mask",
        "activations/relu1",
        "activations/relu2",
    ]
    assert order_layers(tags).known


def test_a_number_of_any_length_is_sorted():
    assert list(order_layers([f"dense_1{'0' * 400}/kernel", "dense_9/kernel"]).places)[-1] == f"dense_1{'0' * 400}"


@pytest.mark.parametrize("piece", ["a/", "norm_", "0", "conv1_", "/"])
def test_a_tag_of_absurd_length_has_no_place(piece):
    assert order_layers([piece * 100_000 + "kernel", "dense/kernel"]).places == {"dense": 0}
    assert len(order_layers([(piece * 300)[:480] + "/kernel", "dense/kernel"]).places) in (1, 2)
