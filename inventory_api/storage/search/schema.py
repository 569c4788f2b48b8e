"""What is indexed of a product: its id, the words that it can be found by, and those that say what it is."""

from __future__ import annotations

import re

import tantivy

from inventory_api.domain.product import Product
from inventory_api.storage.search.hearing import words_of
from inventory_api.storage.search.lexicon import Form, Lexicon

FORMAT = 3
"""Counts up with every change of the schema, of ``fold`` or of the vocabulary's files: the index is made anew."""

ID, TEXT, HEAD = "id", "text", "head"
MAX_WORDS = 200

_PARTS = re.compile(r"[,;:(|/]| [-\u2013\u2014] | (?:with|without|for|in|from) ", re.IGNORECASE)
"""Where a title says what it is before, and of what kind, with what or for what behind."""


def schema() -> tantivy.Schema:
    """A number and two texts; a word counts once, so that repeating it wins nothing."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(ID, stored=False, indexed=True, fast=True)
    builder.add_text_field(TEXT, stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field(HEAD, stored=False, tokenizer_name="whitespace", index_option="basic")
    return builder.build()


def text_of(product: Product) -> str:
    """The words of a product, folded, each once; empty where nobody told anything of it."""
    said = (product.title, product.brand, product.category, product.aliases)
    words = words_of(" ".join(filter(None, said)))
    return " ".join(dict.fromkeys(words[:MAX_WORDS]))


def head_of(product: Product, words: Lexicon) -> str:
    """What a title names the thing, as one word: of "Tomato Juice 1l" juice, of "Rice with beans" rice.

    Empty where the lexicon knows none. It knows the words of languages that put what a thing is behind what it is of.
    """
    parts = (words.last(words_of(part)) for part in _PARTS.split(product.title or ""))
    return as_one(next(filter(None, parts), ()))


def as_one(form: Form) -> str:
    """Several words as one that no text has."""
    return "_".join(form)
