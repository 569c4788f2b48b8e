"""``domain.ports.ProductSearch`` on the index: asks the ways in their order until enough was found.

The index is only ever asked for whole words, which is what it is quick at.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from operator import itemgetter
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from inventory_api.domain.errors import IndexUnavailable
from inventory_api.domain.ports import Match, Matches
from inventory_api.domain.text import fold
from inventory_api.storage.search.lexicon import Form, Lexicon, lexicon
from inventory_api.storage.search.schema import ID, TEXT
from inventory_api.storage.search.shelf import Edition, Shelf
from inventory_api.storage.search.vocabulary import Vocabulary
from inventory_api.storage.search.ways import WANTED, Asked, Choices, Way

MAX_WORDS = 16
FADING = 0.7
"""What each next choice for a word counts, of the one before."""

ANY_OF = 4
"""Words of which one is enough, where not all of them are anywhere."""


@dataclass(frozen=True, slots=True)
class _View:
    """One edition, open."""

    stamp: tuple[int, int]
    edition: Edition
    index: tantivy.Index
    searcher: tantivy.Searcher
    vocabulary: Vocabulary


class TantivySearch:
    """Product search of one process. Sees every edition from the moment that it serves; safe in threads."""

    def __init__(self, folder: Path, words: Lexicon | None = None) -> None:
        self._shelf = Shelf(folder)
        self._lexicon = lexicon() if words is None else words
        self._view: _View | None = None
        self._opening = threading.Lock()

    def find(self, text: str, limit: int) -> Matches:
        """At most ``limit`` products that fit a text in any script, spelt as people spell; about a millisecond.

        Raises:
            IndexUnavailable: It was never built.
        """
        return self._search(text, limit, is_typing=False)

    def suggest(self, text: str, limit: int) -> Matches:
        """The same for a text that is still being typed: its last word may go on.

        Raises:
            IndexUnavailable: It was never built.
        """
        return self._search(text, limit, is_typing=True)

    def _search(self, text: str, limit: int, *, is_typing: bool) -> Matches:
        view = self._open()
        words = fold(text).split()[:MAX_WORDS]
        found = _Found(limit)
        if words:
            asked = Asked(view.vocabulary, self._lexicon, words)
            ways = asked.while_typing(found.sure) if is_typing else asked.ways(limit, found.sure)
            for way in ways:
                found.take(_look(view, way), way)
                if found.sure() >= min(limit, WANTED) and way.how is not Match.WORDS:
                    break
            if not len(found):
                found.take(_ids(view, _any_of(view, asked), limit), Way(Match.SOME_WORDS, [], limit))
        return found.matches()

    def _open(self) -> _View:
        view, stamp = self._view, self._shelf.stamp()
        if view is not None and view.stamp == stamp:
            return view
        with self._opening:
            view = self._view
            while view is None or view.stamp != self._shelf.stamp():
                opened = self._reopen(view)
                if opened is None:
                    break
                self._view = view = opened
        if view is None:
            raise IndexUnavailable("product search is being built", retry_after_s=5)
        return view

    def _reopen(self, before: _View | None) -> _View | None:
        """Open what serves now; None where nothing does. What is open already serves on meanwhile."""
        while True:
            stamp, edition = self._shelf.stamp(), self._shelf.edition()
            if stamp is None or edition is None:
                return None
            try:
                if before is not None and before.edition.index == edition.index:
                    index = before.index
                    index.reload()
                else:
                    index = tantivy.Index.open(str(self._shelf.index_folder(edition)))
                return _View(
                    stamp, edition, index, index.searcher(), Vocabulary.open(self._shelf.words_folder(edition))
                )
            except (FileNotFoundError, ValueError):
                if stamp == self._shelf.stamp():
                    raise
                # The next edition came, and swept this one away while we opened it.


class _Found:
    """What was found so far, the surest first; of what is doubtful the first two of every three on the page."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._doubtful: dict[int, Match] = {}
        self._sure: dict[int, Match] = {}
        self._understood: str | None = None

    def __len__(self) -> int:
        return len(self._doubtful.keys() | self._sure.keys())

    def sure(self) -> int:
        """How many there are of which there is no doubt."""
        return len(self._sure)

    def take(self, product_ids: Sequence[int], way: Way) -> None:
        if product_ids and not self._doubtful and not self._sure:
            self._understood = way.understood
        kind = self._doubtful if way.is_doubtful else self._sure
        for product_id in product_ids:
            kind.setdefault(product_id, way.how)

    def matches(self) -> Matches:
        doubtful, sure = iter(self._doubtful.items()), iter(self._sure.items())
        found: dict[int, Match] = {}
        for product_id, how in filter(None, chain.from_iterable(zip_longest(doubtful, doubtful, sure))):
            found.setdefault(product_id, how)
        first = list(islice(found.items(), self._limit))
        return Matches([product_id for product_id, _ in first], [how for _, how in first], self._understood)


_ONE_OF_MANY = (Match.MEANING, Match.SPELLING, Match.SOUND)


def _look(view: _View, way: Way) -> list[int]:
    if way.how not in _ONE_OF_MANY or len(way.choices) > 1:
        return _ids(view, _all_of(view, way.choices), way.limit)
    # One word, and nothing beside it says which of these is meant: a share for each.
    each = [
        _hits(view, Query.boost_query(_form(view, form), 1 / sum(_rarity(view, word) for word in form)), way.limit)
        for form in way.choices[0]
    ]
    rows = ([hit for hit in row if hit is not None] for row in zip_longest(*each))
    if way.how is Match.MEANING:
        # All forms say one thing, and the shorter title is nearer to it: "Tomatoes", not "Tomato Ketchup".
        rows = (sorted(row, key=itemgetter(1), reverse=True) for row in rows)
    return list(dict.fromkeys(product_id for row in rows for product_id, _ in row))


def _ids(view: _View, query: Query, limit: int) -> list[int]:
    return [product_id for product_id, _ in _hits(view, query, limit)]


def _hits(view: _View, query: Query, limit: int) -> list[tuple[int, float]]:
    """Products and their scores, the best first."""
    hits = view.searcher.search(query, limit, count=False).hits
    ids = view.searcher.fast_field_values(ID, [at for _, at in hits])
    return [(int(found), score) for found, (score, _) in zip(ids, hits, strict=True) if found is not None]


def _all_of(view: _View, choices: Choices) -> Query:
    slots = [_one_of(view, forms) for forms in choices]
    return slots[0] if len(slots) == 1 else Query.boolean_query([(Occur.Must, slot) for slot in slots])


def _one_of(view: _View, forms: list[Form]) -> Query:
    """One of these, the earlier the better: not the rarer, as BM25 has it, which is a typo in somebody's title."""
    if len(forms) == 1:
        return _form(view, forms[0])
    return Query.disjunction_max_query(
        [
            Query.boost_query(_form(view, form), FADING**place / max(_rarity(view, word) for word in form))
            for place, form in enumerate(forms)
        ]
    )


def _form(view: _View, form: Form) -> Query:
    words = [_word(view, word) for word in form]
    return words[0] if len(words) == 1 else Query.boolean_query([(Occur.Must, word) for word in words])


def _rarity(view: _View, word: str) -> float:
    """What BM25 multiplies the score of a word with."""
    count = view.vocabulary.count(word)
    return math.log1p((max(0, view.searcher.num_docs - count) + 0.5) / (count + 0.5))


def _word(view: _View, word: str) -> Query:
    return Query.term_query(view.index.schema, TEXT, word, "freq")


def _any_of(view: _View, asked: Asked) -> Query:
    """Any of the rarest words: they say most, and cost least."""
    counts = {word: view.vocabulary.count(word) for slot in asked.slots for word in slot.words}
    rarest = sorted((word for word, count in counts.items() if count), key=counts.__getitem__)[:ANY_OF]
    return Query.boolean_query([(Occur.Should, _word(view, word)) for word in rarest])
