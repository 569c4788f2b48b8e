"""Which language somebody reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_api.locales.catalog import Language, language_of_header, language_of_script, language_of_tag


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        (b"", "en"),
        (b"ur", "ur"),
        (b"ur-PK", "ur"),
        (b"UR-pk;q=0.9, en;q=0.8", "ur"),
        (b"en-GB,ur;q=0.9", "en"),
        (b"fr, te;q=0.5, ur;q=0.7", "ur"),
        (b"ur-Latn-PK, en", "ur-Latn"),
        (b"te;q=0, en", "en"),
        (b"fr, *", "en"),
        (b"te;q=high, ur", "ur"),
        (b"ur, te", "ur"),
    ],
)
def test_the_header_is_read_by_weight_and_then_by_order(header: bytes | None, language: str) -> None:
    assert language_of_header(header) == language


@given(st.binary(max_size=60))
def test_any_header_gives_a_language(header: bytes) -> None:
    assert language_of_header(header) in Language


def test_a_tag_that_we_lack_is_none() -> None:
    assert language_of_tag("fr-CA") is None


@pytest.mark.parametrize(
    ("text", "language"),
    [("دودھ 54000", "ur"), ("پیناڈول", "ur"), ("పాలు 500001", "te"), ("milk 94103", None), ("", None), ("۵۴۰۰۰", None)],
)
def test_letters_tell_a_language_and_digits_do_not(text: str, language: str | None) -> None:
    assert language_of_script(text) == language
