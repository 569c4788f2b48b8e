"""What is indexed of a product: its id, and the words that it can be found by."""

from __future__ import annotations

import tantivy

from inventory_api.domain.product import Product
from inventory_api.domain.text import fold

FORMAT = 2
"""Counts up with every change of the schema, of ``fold`` or of the vocabulary's files: the index is made anew."""

ID, TEXT = "id", "text"
MAX_WORDS = 200


def schema() -> tantivy.Schema:
    """One number and one text; a word counts once, so that repeating it wins nothing."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(ID, stored=False, indexed=True, fast=True)
    builder.add_text_field(TEXT, stored=False, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def text_of(product: Product) -> str:
    """The words of a product, folded, each once; empty where nobody told anything of it."""
    said = (product.title, product.brand, product.category, product.aliases)
    words = fold(" ".join(filter(None, said))).split()
    return " ".join(dict.fromkeys(words[:MAX_WORDS]))
