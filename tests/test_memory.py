"""Things made a little before they are wanted."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from kg.memory import ahead


def test_all_things_come_in_order_and_some_are_made_before_they_are_asked_for() -> None:
    made: list[int] = []
    third = threading.Event()

    def counting() -> Iterator[int]:
        for number in range(20):
            made.append(number)
            if number == 2:
                third.set()
            yield number

    things = ahead(counting(), most=3)
    assert next(things) == 0
    assert third.wait(10)  # nobody asked for it
    assert len(made) <= 5
    assert list(things) == list(range(1, 20))


def test_what_goes_wrong_while_things_are_made_is_told_where_they_are_wanted() -> None:
    def breaking() -> Iterator[int]:
        yield 1
        raise OSError("the table is gone")

    things = ahead(breaking())
    assert next(things) == 1
    with pytest.raises(OSError, match="the table is gone"):
        next(things)


def test_nothing_is_nothing() -> None:
    assert list(ahead([])) == []
