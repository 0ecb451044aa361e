"""The words of tag names: how a tag falls into segments and words, and what the words mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Word:
    """A word of a tag in lower case and without its number, and where it stands in its segment."""

    text: str
    number: str
    start: int
    end: int


@dataclass(frozen=True)
class Segment:
    """A piece of a tag between separators; ``before`` is the separator that precedes it."""

    before: str
    text: str
    words: tuple[Word, ...]

    @property
    def name(self) -> str:
        """The words joined by ``_``, numbers left out: ``kernel:0_grad`` is ``kernel_grad``."""
        return "_".join(word.text for word in self.words if word.text)

    @property
    def numbered(self) -> bool:
        """Whether a number stands in it."""
        return any(word.number for word in self.words)

    def cut(self, first: int, last: int) -> Segment:
        """Return only the words from ``first`` up to but without ``last``."""
        words = self.words[first:last]
        if not words:
            return Segment(self.before, "", ())
        origin = words[0].start
        moved = tuple(Word(word.text, word.number, word.start - origin, word.end - origin) for word in words)
        return Segment(self.before, self.text[origin : words[-1].end], moved)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


GRADIENT = _set("grad grads gradient gradients")
DECORATION = _set(
    "hist histogram histograms summary summaries data value values param params parameter variable orig original "
    "default"
)
FUNCTION = _set(
    "relu relu6 leakyrelu prelu elu selu celu gelu silu swish mish tanh hardtanh sigmoid hardsigmoid softmax softplus "
    "softsign"
)
# Words that keep their capitals or digits together; all others are split at capitals (LayerNorm is layer, norm).
_WHOLE = FUNCTION | _set("rmsprop rmsnorm batchnorm layernorm groupnorm instancenorm conv1d conv2d conv3d lstm gru wx")

# A leading or middle segment that only sorts tags by kind is no part of the layer's name.
_KINDS = {
    **dict.fromkeys(GRADIENT, "gradient"),
    **dict.fromkeys(("weight", "weights", "kernel", "kernels"), "weight"),
    **dict.fromkeys(("bias", "biases"), "bias"),
    **dict.fromkeys(("activation", "activations", "act", "acts", "outputs"), "activation"),
    **dict.fromkeys(("pre_activations", "pre_activation", "preactivations", "wx_plus_b"), "pre-activation"),
    **dict.fromkeys(("batch_stats", "ema", "ema_params"), "moving-statistic"),
    **dict.fromkeys(("opt_state", "optimizer_state", "exp_avg", "exp_avg_sq"), "optimizer"),
    **dict.fromkeys(
        ("histogram", "histograms", "hist", "summary", "summaries", "param", "params", "parameter", "parameters"), ""
    ),
    **dict.fromkeys(("vars", "variables", "parametrizations", "base_layer", "default"), ""),
}
_COLLECTIVE = _set("layer layers model network")
# A tag that ends so, or begins so before a parameter's name, holds a figure about a tensor, not the tensor.
_STATISTIC = re.compile(
    r"(?:^|_)(?:norms?|l1|l2|ratios?|rates?|lr|loss|losses|decay|bits?|std|stddev|mean|var|variance|max|min|count|num|"
    r"sparsity|accuracy|penalty|noise|clip|clipping|scaler|steps?|snr|rank|updates?|deltas?|diffs?|entropy|correction)$"
)
_NOT_A_PARAMETER = _set(
    "loss sample samples class importance reward task example instance sampling mixture path particle"
)

_ATTENTION = r"(?:attentions?|attn|att)"
# The end of a segment that tells the role, the first that fits; what precedes it in the segment belongs to the layer.
_ENDINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"(?:^|_)(?:{pattern})$"))
    for role, pattern in (
        ("mask", r"weight_masks?|bias_masks?|masks?"),
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
        ("norm-scale", r"gamma|layer_scale|weight_g"),
        ("norm-shift", r"beta"),
        ("bias", r"bias_(?:ih|hh)_l(?:_reverse)?|bias|biases|b"),
        (
            "weight",
            r"weight_(?:ih|hh|hr)_l(?:_reverse)?|(?:recurrent|depthwise|pointwise)_kernel|weight_v|"
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
_ATTENTION_PARTS = _set("softmax probs probabilities scores logits")
_ATTENTIVE = re.compile(rf"(?:^|_){_ATTENTION}(?:_|$)")
_NORM_PARAMETERS = {
    "scale": "norm-scale",
    "a": "norm-scale",
    "g": "norm-scale",
    "offset": "norm-shift",
    "shift": "norm-shift",
}
# These words mean an activation only when nothing else stands in the segment (``time_out``, ``episode_scores``).
_ALONE = _set("out probs probabilities scores score y_prob")
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
LAYER = _set(
    "conv conv1d conv2d conv3d deconv fc dense linear layer block stage pool hidden output input out in lstm gru rnn "
    "embedding h l"
)

_NORM = re.compile(
    r"(?:^|_)(?:bn|ln|gn|norm|norms|layernorm|layer_normalization|batchnorm|batch_normalization|groupnorm|"
    r"group_normalization|instancenorm|rmsnorm|rms_normalization|normalization|ln_f|norm_f|norm_layer)(?:_[fdw])?$"
)
_NOT_NORM = _set("weight weights spectral grad grads gradient gradients l global loss param")
EMBEDDING = re.compile(r"(?:^|_)(?:embeddings?|embed|embeds|emb|embed_tokens|embed_positions|wte|wpe)$")
GRADIENT_OF = {
    **{role: f"{role}-gradient" for role in ("weight", "bias", "embedding", "activation")},
    **dict.fromkeys(("norm-scale", "norm-shift"), "norm-gradient"),
    **dict.fromkeys(("pre-activation", "attention"), "activation-gradient"),
}
WRAPPERS = ("optimizer", "moving-statistic", "activation", "pre-activation", "weight", "bias")
OPTIMIZERS = _set("adam adamw nadam adagrad adadelta rmsprop ftrl sgd optimizer")
SLOTS = _set("m v mu nu vhat exp_avg exp_avg_sq velocity momentum")
# Roles whose layers may stand anywhere; their names do not make an order doubtful.
BESIDE = _set("unknown mask optimizer moving-statistic attention")
LORA = re.compile(r"(?:^|_)lora_(?:embedding_)?([ab])$")

NETWORK = _set(
    "generator discriminator gen disc critic actor policy target online teacher student netg netd qf vf pi "
    "supervisor recovery embedder"
)
# Parts of one network that lie one behind the other; a leading segment with such a word opens no network of its own.
PART = LAYER | _set(
    "encoder decoder transformer backbone features feature classifier head heads neck body stem trunk base layers "
    "blocks cell attention attn residual res resnet bert gpt embeddings model module net network roberta vit mlp bn "
    "norm group unit bidirectional distributed forward backward embed emb stack tower"
)
OUTER = _set("model module net network orig_mod base_model self")
AUTOMATIC = _set("sequential functional")

_SEGMENTS = re.compile(r"([/.|\\>]*)([^/.|\\>]+)")
_TOKENS = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[^A-Z0-9]+[0-9]*|[0-9]+")
_NUMBER = re.compile(r"[0-9]*$")
_COLON = re.compile(r":\s+")


@lru_cache(maxsize=16384)
def _split_words(text: str) -> tuple[Word, ...]:
    """Split a segment at ``_``, ``-``, spaces, colons and capitals, and numbers off the ends of words."""
    found = []
    for token in _TOKENS.finditer(text):
        pieces = [(token.group(), token.start())]
        if token.group().rstrip("0123456789").lower() not in _WHOLE and token.group().lower() not in _WHOLE:
            pieces = [(piece.group(), token.start() + piece.start()) for piece in _CAMEL.finditer(token.group())]
        for piece, start in pieces:
            stem = piece if piece.lower() in _WHOLE else _NUMBER.sub("", piece)
            found.append(Word(stem.lower(), piece[len(stem) :], start, start + len(piece)))
    return tuple(found)


def split(tag: str) -> list[Segment]:
    """Split a tag at ``/`` and ``.`` and the like."""
    pieces = _SEGMENTS.findall(_COLON.sub("/", tag.strip()))
    return [Segment(before[:1], text, _split_words(text)) for before, text in pieces]


def is_norm(segments: Sequence[Segment]) -> bool:
    """Whether the last of the segments names a normalising layer."""
    if not segments:
        return False
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
            if _NOT_A_PARAMETER.intersection(word.text for word in before.words):
                return "", 0
            return role, len(words) if role == "embedding" and left else left
    if parents and is_norm(parents) and name in _NORM_PARAMETERS:
        return _NORM_PARAMETERS[name], 0
    if name.endswith("_out") and leaf.numbered:
        return "activation", len(words) - 1
    return ("activation", 0) if name in _ALONE or (parents and name in ("layer", "act", "acts")) else ("", 0)


def is_statistic(segment: Segment) -> bool:
    """Whether a segment names a figure about a tensor, such as ``grad_norm``; a norm layer is none."""
    return bool(_STATISTIC.search(segment.name)) and not (is_norm([segment]) and segment.name != "norms")
