"""A small classification problem: pictures of the ten digits, moved about, dimmed and noisy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIDE = 8
CLASSES = 10

# Five rows of three dots a digit.
_FONT = (
    "111101101101111 010110010010111 111001111100111 111001111001111 101101111001001 "
    "111100111001111 111100111101111 111001010010010 111101111101111 111101111001111"
)


@dataclass(frozen=True)
class Digits:
    """Standardised images float64[n, 64] and labels int64[n], for training and for validation."""

    images: NDArray[np.float64]
    labels: NDArray[np.int64]
    validation_images: NDArray[np.float64]
    validation_labels: NDArray[np.int64]


def draw_digits(seed: int, *, count: int = 8192, validation: int = 512, noise: float = 0.15) -> Digits:
    """Draw ``count`` digits at random places on 8 x 8 pixels and keep ``validation`` of them for validation."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(CLASSES, size=count)
    glyphs = np.array([[int(dot) for dot in digit] for digit in _FONT.split()], dtype=np.float64).reshape(-1, 5, 3)
    images = np.zeros((count, SIDE, SIDE))
    down, right = generator.integers(1, 3, size=count), generator.integers(2, 4, size=count)
    contrast = generator.uniform(0.7, 1.3, size=count)
    for image, label, row, column, dots in zip(images, labels, down, right, contrast, strict=True):
        image[row : row + 5, column : column + 3] = dots * glyphs[label]
    flat = (images + generator.normal(0.0, noise, images.shape)).reshape(count, -1)
    flat = (flat - flat.mean()) / flat.std()
    return Digits(flat[validation:], labels[validation:], flat[:validation], labels[:validation])
