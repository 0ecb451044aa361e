"""The words of tag names, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .segments import FUNCTION, Segment, word_set

GRADIENT = word_set("grad grads gradient gradients")
DECORATION = word_set(
    "hist histogram histograms summary summaries summ data value values param params parameter variable orig original "
    "raw default"
)
# A leading or middle segment that only sorts tags by kind is no part of the layer's name.
_KINDS = {
    **dict.fromkeys(GRADIENT, "gradient"),
    **dict.fromkeys(("weight", "weights", "kernel", "kernels"), "weight"),
    **dict.fromkeys(("bias", "biases"), "bias"),
    **dict.fromkeys(("activation", "activations", "act", "acts", "outputs", "hidden_states"), "activation"),
    **dict.fromkeys(("pre_activations", "pre_activation", "preactivations", "wx_plus_b"), "pre-activation"),
    **dict.fromkeys(
        ("batch_stats", "mean_ema", "var_ema", "ema", "ema_params", "averaged", "swa", "shadow"), "moving-statistic"
    ),
    **dict.fromkeys(("opt_state", "optimizer_state", "exp_avg", "exp_avg_sq"), "optimizer"),
    **dict.fromkeys(
        ("histogram", "histograms", "hist", "summary", "summaries", "param", "params", "parameter", "parameters"), ""
    ),
    **dict.fromkeys(
        ("vars", "variables", "parametrizations", "base_layer", "modules_to_save", "default", "summarize"), ""
    ),
    **dict.fromkeys(("momentum", "velocity", "first_moment", "second_moment"), "optimizer"),
    "optimize_loss": "",  # the scope of TensorFlow 1's optimize_loss
}
_COLLECTIVE = word_set("layer layers model network")
# A tag that ends so, or begins so before a parameter's name, holds a figure about a tensor, not the tensor.
_STATISTIC = re.compile(
    r"(?:^|_)(?:norms?|l1|l2|ratios?|rates?|lr|loss|losses|decay|bits?|std|stddev|mean|var|variance|max|min|count|num|"
    r"sparsity|accuracy|penalty|noise|clip|clipping|scaler|steps?|snr|rank|updates?|deltas?|diffs?|entropy|correction|"
    r"avg|average|median|similarity|stats?|abs)$"
)
# What is computed from tensors, not they themselves: ``grad_abs/fc1.weight``, ``singular_values/fc1.weight``.
_COMPUTED = word_set(
    "abs log sq square squared cos cosine angle dist distance svd singular eigenvalues eigenvectors spectrum fisher "
    "hessian importance sensitivity change error quant"
)
# Layers that give the moments of a distribution are called so too: ``z_mean``, ``fc_var``.
_MOMENT = re.compile(r"_(?:std|stddev|mean|var|variance|avg|average)$")
_NOT_A_PARAMETER = word_set(
    "loss sample samples class importance reward task example instance sampling mixture path particle priority "
    "advantage edge portfolio normalized routing gating blend focal fusion ensemble confidence uncertainty exposure "
    "estimation overestimation"
)
_DATA = word_set("gate gates expert experts log time position")

_ATTENTION = r"(?:attentions?|attn|att)"
# The end of a segment that tells the role, the first that fits; what precedes it in the segment belongs to the layer.
_ENDINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"(?:^|_)(?:{pattern})$"))
    for role, pattern in (
        ("mask", r"weight_masks?|bias_masks?|masks?|masked_bias"),
        (
            "moving-statistic",
            r"(?:running|moving)_(?:mean|var|variance|std|avg|average)|(?:num_)?batches_tracked|"
            r"exponential_?moving_?average|ema|weight_u",
        ),
        (
            "optimizer",
            r"(?:max_)?exp_avg(?:_sq)?|momentum(?:_buffer)?|velocity|adam|adamw|nadam|adagrad|adadelta|rmsprop|ftrl|"
            r"square_avg|beta_power",
        ),
        (
            "attention",
            rf"{_ATTENTION}_(?:weights|probs?|probabilities|scores?|logits?|maps?|matrix|alphas?)|alignments?|^{_ATTENTION}",
        ),
        ("pre-activation", r"pre_?activations?|pre_?acts?|preactivate|wx_plus_b|bias_?add|mat_?mul"),
        ("norm-scale", r"gamma|layer_scale|weight_g|(?:lora_)?magnitude_vector"),
        ("norm-shift", r"beta"),
        ("bias", r"bias_(?:ih|hh)(?:_l)?(?:_reverse)?|bias|biases|b"),
        (
            "weight",
            r"weight_(?:ih|hh|hr)(?:_l)?(?:_reverse)?|w_[ih]|(?:recurrent|depthwise|pointwise)_(?:kernel|weights)|weight_v|"
            r"weights?|kernels?|filters?|w",
        ),
        ("embedding", r"(?:pos|position|token|patch_pos|cls|class)_(?:embed|embeddings?|token)|embeddings?|wte|wpe"),
        (
            "activation",
            r"activations?|outputs?|hidden_states?|logits?|preds?|predictions?|qpred|q_values?|y_pred|y_hat|"
            rf"(?:leaky_)?(?:{'|'.join(sorted(FUNCTION))})",
        ),
    )
)
_ATTENTION_PARTS = word_set("softmax probs probabilities scores logits")
_ATTENTIVE = re.compile(rf"(?:^|_){_ATTENTION}(?:_|$)")
_NORM_PARAMETERS = {
    "scale": "norm-scale",
    "a": "norm-scale",
    "g": "norm-scale",
    "offset": "norm-shift",
    "shift": "norm-shift",
}
# These words mean an activation only when nothing else stands in the segment (``time_out``, ``episode_scores``).
_ALONE = word_set("out probs probabilities scores score y_prob")
_GIVES = word_set("rnn lstm gru cell attention attn mlp ffn block encoder decoder enc dec transformer residual x")
"""What stands before ``_out`` for a part's outputs; others are rather names of layers: ``fc_out``, ``conv_out``."""
FINAL = re.compile(
    r"(?:^|_)(?:logits?|preds?|predictions?|qpred|q_values?|y_pred|y_hat|y_prob|probs|probabilities|scores?)$"
)
HEAD = re.compile(r"(?:^|_)(?:out|outputs?|head|logits?|classifier|predictions?)(?:_layer)?$")
# ``W_conv1``, ``weights_in``, ``h_fc1``: the kind before the layer, which must look like one (not ``weight_bits``).
BEFORE = {
    "w": "weight",
    "weight": "weight",
    "weights": "weight",
    "b": "bias",
    "bias": "bias",
    "biases": "bias",
    "h": "activation",
}
LAYER = word_set(
    "conv conv1d conv2d conv3d deconv fc dense linear layer block stage pool hidden output input out in lstm gru rnn "
    "embedding h l"
)

_NORM = re.compile(
    r"(?:^|_)(?:bn|ln|gn|norm|norms|layernorm|layer_normalization|batchnorm|batch_normalization|groupnorm|"
    r"group_normalization|instancenorm|rmsnorm|rms_normalization|normalization|layrnorm|"
    r"magnitude_vector)"
    r"(?:_(?:[fdw]|layer|pre|post|before|after|in|out|init|proj|final|embedding))?$"
)
_NORMS = word_set("bns lns norms batch_norms layer_norms")
_NOT_NORM = word_set("weight weights spectral grad grads gradient gradients l global loss param")
EMBEDDING = re.compile(
    r"(?:^|_)(?:embeddings?|embed|embeds|emb|embed_tokens|embed_positions|embed_in|relative_attention_bias|wte|wpe)$|^shared$"
)
_TABLE = word_set("embedding embeddings")
GRADIENT_OF = {
    **{role: f"{role}-gradient" for role in ("weight", "bias", "embedding", "activation")},
    **dict.fromkeys(("norm-scale", "norm-shift"), "norm-gradient"),
    **dict.fromkeys(("pre-activation", "attention"), "activation-gradient"),
}
WRAPPERS = ("optimizer", "moving-statistic", "activation", "pre-activation", "weight", "bias")
OPTIMIZERS = word_set("adam adamw nadam adagrad adadelta rmsprop ftrl sgd optimizer")
SLOTS = word_set("m v mu nu vhat trace exp_avg exp_avg_sq velocity momentum")
# Roles whose layers may stand anywhere; their names do not make an order doubtful.
BESIDE = word_set("unknown mask optimizer moving-statistic attention")
LORA = re.compile(r"(?:^|_)lora_(?:embedding_|linear_layer_)?(a|b|down|up)$")
# What precedes a parameter, or a joint: ``kernel_velocity``, ``joint_velocity``.
MOTION = re.compile(r"(?:^|_)(?:momentum|velocity)$")
ATTENTION_OF = re.compile(rf"(?:^|_){_ATTENTION}_(?:weights|probs?|probabilities|scores?|logits?|maps?)$")

NETWORK = word_set(
    "generator discriminator gen disc critic actor policy target online teacher student netg netd qf vf pi "
    "supervisor recovery embedder"
)
# Parts of one network that lie one behind the other; a leading segment with such a word opens no network of its own.
PART = LAYER | word_set(
    "encoder decoder transformer backbone features feature classifier head heads neck body stem trunk base layers "
    "blocks cell attention attn residual res resnet bert gpt embeddings model module net network roberta vit mlp bn "
    "norm normalization group unit bidirectional distributed forward backward embed emb stack tower"
)
OUTER = word_set("model module net network orig_mod base_model mlp_extractor self")
AUTOMATIC = word_set("sequential functional")


def is_norm(segments: Sequence[Segment]) -> bool:
    """Whether the last of the segments names a normalising layer."""
    if not segments:
        return False
    if len(segments) > 1 and segments[-1].name == "module":  # a layer that is only wrapped: bn.module
        segments = segments[:-1]
    if len(segments) > 1 and segments[-1].name == "" and segments[-2].name in _NORMS:
        return True
    last = segments[-1]
    if _NORM.search(last.name):
        return not _NOT_NORM.intersection(word.text for word in last.words)
    # torchvision's and most other ResNets: a shortcut is a convolution (0) and its batch norm (1).
    return last.text == "1" and len(segments) > 1 and segments[-2].name in ("downsample", "shortcut")


def kind_of(segment: Segment) -> str | None:
    """Return what kind a segment sorts by ("" for any), None where it names something."""
    name = segment.name
    if name in _KINDS:
        return _KINDS[name]
    words = [word.text for word in segment.words if word.text]
    kinds = [_KINDS[word] for word in words if word in _KINDS]
    if not kinds or any(word not in _KINDS and word not in _COLLECTIVE for word in words):
        return None
    return "gradient" if "gradient" in kinds else next(filter(None, kinds), "")


def ending(leaf: Segment, parents: Sequence[Segment]) -> tuple[str, int]:
    """Return the role that the last segment tells ("" for none) and how many of its words belong to the layer."""
    name, words = leaf.name, leaf.words
    if LORA.search(name):
        return "weight", len(words)
    if name in _ATTENTION_PARTS and parents and _ATTENTIVE.search(parents[-1].name):
        return "attention", 0
    for role, pattern in _ENDINGS:
        if match := pattern.search(name):
            place = name[: match.start()].count("_") + bool(match.start())
            left = [index for index, word in enumerate(words) if word.text][place]
            before = leaf.cut(0, left)
            short = match.group().strip("_") in ("w", "b", "gamma", "beta")
            if short and not before.numbered and not is_norm([before]) and (left or (not parents and len(name) > 1)):
                return "", 0
            if _NOT_A_PARAMETER.intersection(word.text for word in before.words) or before.text.lower() in _DATA:
                return "", 0
            if match.group().strip("_") in ("filter", "filters") and before.words and not before.numbered:
                return "", 0  # kalman_filter
            return role, len(words) if role == "embedding" and name not in _TABLE else left
    if parents and is_norm(parents) and name in _NORM_PARAMETERS:
        return _NORM_PARAMETERS[name], 0
    place = max((place for place, word in enumerate(words) if word.text == "out"), default=0)
    if place and name.endswith("_out") and (leaf.cut(0, place).numbered or words[place - 1].text in _GIVES):
        return "activation", place
    again = bool(parents) and name in ("layer", "act", "acts") and (parents[-1].numbered or not leaf.numbered)
    return ("activation", 0) if name in _ALONE or again else ("", 0)


def is_statistic(segment: Segment) -> bool:
    """Whether a segment names a figure about a tensor, such as ``grad_norm``; a norm layer is none."""
    return bool(_STATISTIC.search(segment.name)) and not (is_norm([segment]) and segment.name != "norms")


def is_figure(segments: Sequence[Segment]) -> bool:
    """Whether a tag is about a figure for each tensor: ``grad_norm/fc1.weight``, ``mean/fc1.weight``."""
    first = segments[0]
    counted = first.name in _NORMS and len(segments) > 1 and not segments[1].name  # the layer norms.1
    leading = is_statistic(first) and kind_of(first) is None and not counted and not _MOMENT.search(first.name)
    if leading and ("_" in first.name or len(segments) > 2):
        return True
    words = {word.text for word in first.words if word.text}
    if words & _COMPUTED and words != {"log"} and words <= _COMPUTED | {"values", *_KINDS} and len(segments) > 1:
        return True
    sorting = segments[:-1] or segments
    return any(is_statistic(one) and any(word.text in _KINDS for word in one.words) for one in sorting)
