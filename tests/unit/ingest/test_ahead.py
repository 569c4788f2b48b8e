from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from ingest.ahead import ahead


def test_order_and_end() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))
    assert list(ahead(iter([]))) == []


def test_stays_a_few_items_ahead() -> None:
    made: list[int] = []

    def make() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    items = ahead(make(), depth=2)
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert made == [0, 1, 2]


def test_items_are_made_in_another_thread() -> None:
    threads = set(ahead(threading.get_ident() for _ in range(5)))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_a_fault_comes_where_it_would_have_come() -> None:
    def make() -> Iterator[int]:
        yield 1
        raise ValueError("second")

    items = ahead(make())
    assert next(items) == 1
    with pytest.raises(ValueError, match="second"):
        next(items)


def test_the_thread_ends_with_the_generator() -> None:
    items = ahead(iter(range(1000)))
    next(items)
    items.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]
