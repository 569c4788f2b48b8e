"""What the command line refuses, with which words and which exit code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Run = Callable[..., tuple[int, str, str]]


def test_a_retailer_is_added_once(run: Run) -> None:
    assert run("retailer", "add", "Corner Shop", "--currency", "usd")[0] == 0
    code, out, err = run("retailer", "add", "Corner Shop")
    assert (code, out) == (1, "")
    assert "exists" in err


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [
        ("--currency", "DOLLAR", "ISO 4217"),
        ("--timezone", "Mars/Olympus", "IANA"),
        ("--locale", "xx", "en or de-AT"),
        ("--low-stock-at", "-1", "greater than or equal to 0"),
        ("--expires-after-s", "0", "greater than or equal to 1"),
    ],
)
def test_what_would_break_every_feed_is_refused_at_once(run: Run, option: str, value: str, hint: str) -> None:
    code, _, err = run("retailer", "add", "Corner Shop", option, value)
    assert code == 2
    assert hint in " ".join(err.split())
    assert run("retailer", "list") == (0, "", "")


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [("دکان", (), "no id can be made of"), ("X", ("--id", "Bad [b]Id"), "'Bad [b]Id' is no id")],
)
def test_an_id_that_cannot_be_made(run: Run, name: str, options: tuple[str, ...], told: str) -> None:
    code, _, err = run("retailer", "add", name, *options)
    assert code == 1
    assert told in err


def test_what_does_not_exist_is_named_in_a_sentence(run: Run) -> None:
    assert run("retailer", "rotate-key", "nobody") == (1, "", "No retailer has this id: nobody\n")
