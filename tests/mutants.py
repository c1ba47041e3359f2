"""The real code with a rule taken out of its text, for as long as a test asks what would be missed.

No switch of the code itself: the text of a function is read, one piece of it is replaced, and what is made of that runs
in its place, whoever has imported it. Where the piece no longer stands there the test says so, and is written anew.
"""

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any


@dataclass(frozen=True)
class Cut:
    """Pieces of the text of a function at the top of its module, and what stands there instead of each."""

    function: FunctionType
    pieces: dict[str, str]


@contextmanager
def taken_out(*cuts: Cut) -> Iterator[None]:
    """Everything runs as before but for these pieces."""
    kept = [(cut.function, cut.function.__code__) for cut in cuts]
    try:
        for cut in cuts:
            cut.function.__code__ = _without(cut)
        yield
    finally:
        for function, code in kept:
            function.__code__ = code


def replaced(source: str, text: str, instead: str, of: str) -> str:
    """The source with that piece replaced, which has to stand there exactly once."""
    found = source.count(text)
    assert found == 1, f"{text!r} stands {found} times in {of}"
    return source.replace(text, instead)


def _without(cut: Cut) -> Any:
    function = cut.function
    source, of = textwrap.dedent(inspect.getsource(function)), f"{function.__module__}.{function.__qualname__}"
    for text, instead in cut.pieces.items():
        source = replaced(source, text, instead, of)
    made: dict[str, Any] = {}
    exec(compile(source, f"<{of}, cut>", "exec"), function.__globals__, made)
    return made[function.__name__].__code__
