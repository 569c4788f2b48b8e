"""Every language says everything, with the same slots, and nothing that nobody asks for."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import inventory_api
from inventory_api.locales.catalog import Language

ROOT = Path(inventory_api.__file__).parent
METHODS = [("**.py", "python"), ("**.jinja", "jinja2")]
FOREIGN = [language for language in Language if language is not Language.ENGLISH]
SLOT = re.compile(r"\{(\w*)\}|%\((\w+)\)s")


@pytest.fixture(scope="module")
def template() -> Catalog:
    """What the code says."""
    catalog = Catalog()
    # `_` marks texts that are translated where they are used; the gettext functions are Babel's defaults.
    for _file, _line, message, _comments, context in extract_from_dir(ROOT, METHODS):
        catalog.add(message, context=context)
    return catalog


def catalog_of(language: Language) -> Catalog:
    with files("inventory_api.locales").joinpath(f"{language.replace('-', '_')}.po").open("rb") as po:
        return read_po(po, locale=None, abort_invalid=True)


def names(message: Message) -> tuple[object, object]:
    return (message.context, message.id if isinstance(message.id, str) else message.id[0])


@pytest.mark.parametrize("language", FOREIGN)
def test_every_text_is_there_and_none_is_left_over(template: Catalog, language: Language) -> None:
    asked = {names(message) for message in template if message.id}
    there = {names(message) for message in catalog_of(language) if message.id}
    assert asked == there


@pytest.mark.parametrize("language", FOREIGN)
def test_no_text_is_empty_or_unsure(language: Language) -> None:
    for message in catalog_of(language):
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(said), message.id
        assert message.id == "" or not message.fuzzy, message.id


@pytest.mark.parametrize("language", FOREIGN)
def test_translations_fill_the_same_slots(language: Language) -> None:
    for message in catalog_of(language):
        if (message.context or "").startswith("sms"):
            # Those have more slots than fit in some languages; tests/unit/sms/test_texts.py fills every one.
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        # A singular may leave out the number, in any language.
        wanted = {slot for text in ids for slot in SLOT.findall(text)}
        for number, text in enumerate(said):
            missing = wanted - set(SLOT.findall(text))
            assert not set(SLOT.findall(text)) - wanted, text
            assert not missing or (len(said) > 1 and number == 0 and missing == {("n", "")}), text
