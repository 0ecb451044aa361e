"""Numbers and names as people write them."""

from __future__ import annotations

from math import floor, isfinite

HOW_TO_LOG = """\
How to log histograms:
  Keras       callbacks=[keras.callbacks.TensorBoard(LOGDIR, histogram_freq=1)]
  TensorFlow  tf.summary.histogram(name, tensor, step=step)
  PyTorch     SummaryWriter(LOGDIR).add_histogram(name, tensor, step)
  JAX         the same, with tensorboardX's SummaryWriter and numpy.asarray(array)
Log gradients and activations in the same way; histdiag demo shows what that gives."""


def percent(share: float) -> str:
    """Write a share: 61 %, 0.4 %; never 100 % unless it is all, never 0 % unless it is none."""
    if 0 < share < 0.01:
        return f"{100 * share:.1f} %" if share >= 0.0005 else "under 0.1 %"
    if 0.995 <= share < 1:
        return f"{floor(1000 * share) / 10:g} %"
    return f"{100 * share:.0f} %"


def number(value: float) -> str:
    """Write a number with two or three digits: 0.31, 2.4e-7, 1,200."""
    if value == 0 or not isfinite(value):
        return f"{value + 0.0:g}"  # of -0 too
    magnitude = abs(value)
    if magnitude < 1e-3 or magnitude >= 1e6:
        digits, exponent = f"{value:.1e}".split("e")
        return f"{digits}e{int(exponent)}"
    if magnitude >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def counted(count: int, noun: str) -> str:
    """Write a number of things: 1 tensor, 12 tensors."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
