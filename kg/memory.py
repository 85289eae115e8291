"""Memory: stretches of work in which Python looks for no cycles."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def without_cycles() -> Iterator[None]:
    """Stop the search for cycles of objects while many are made that have none; also a decorator.

    Joining 10,000 papers makes millions of tuples and records. Looking through all of them again and again took a third of the time and found
    nothing: what is no longer used is let go by its reference count as before.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
