"""Libraries that are only needed for some of what the package does."""

from __future__ import annotations

import importlib
from typing import Any

_EXTRAS = {"matplotlib": "plots"}


def needed(name: str) -> Any:
    """Import a module of an optional library, or say how to install it."""
    library = name.partition(".")[0]
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != library:
            raise  # the library is there, and lacks something itself
        extra = _EXTRAS.get(library, "notebook")
        hint = f'{library} is needed for this: pip install "tensorboard-plugin-histdiag[{extra}]"'
        raise ModuleNotFoundError(hint, name=name) from None
