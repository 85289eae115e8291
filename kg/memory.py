"""Memory: stretches of work in which Python looks for no cycles, and things made a little before they are wanted."""

from __future__ import annotations

import contextlib
import gc
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


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


def ahead(items: Iterable[T], most: int = 8) -> Iterator[T]:
    """The same things, of which up to `most` are made in a thread before they are asked for: of use where whoever asks lets Python go."""
    source, end = iter(items), object()
    with ThreadPoolExecutor(1) as maker:
        waiting: deque[Future[T | object]] = deque(maker.submit(next, source, end) for _ in range(most))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(maker.submit(next, source, end))
            yield item  # type: ignore[misc]
