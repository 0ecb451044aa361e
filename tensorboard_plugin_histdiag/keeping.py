"""Keep with a thing what functions find out about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar, cast


class Keeper(Protocol):
    """What results are kept with, for as long as it lives itself."""

    @property
    def results(self) -> dict[object, object]:
        """What `once` keeps."""


Kept = TypeVar("Kept", bound=Keeper)
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def once(function: Callable[Concatenate[Kept, Arguments], Result]) -> Callable[Concatenate[Kept, Arguments], Result]:
    """Keep the result with the first argument, for all that build on it; nobody may change it."""

    @wraps(function)
    def kept(keeper: Kept, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        key = (kept, args, tuple(kwargs.items()))
        if key not in keeper.results:
            keeper.results[key] = function(keeper, *args, **kwargs)
        return cast(Result, keeper.results[key])

    return kept
