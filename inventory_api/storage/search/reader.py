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
from inventory_api.storage.search.hearing import words_of
from inventory_api.storage.search.lexicon import Form, Lexicon, lexicon
from inventory_api.storage.search.schema import HEAD, ID, TEXT, as_one
from inventory_api.storage.search.shelf import Edition, Shelf
from inventory_api.storage.search.vocabulary import Vocabulary
from inventory_api.storage.search.ways import WANTED, Asked, Choices, Way

MAX_WORDS = 16
FADING = 0.7
"""What each next choice for a word counts, of the one before."""

ANY_OF = 4
"""Words of which one is enough, where not all of them are anywhere."""

EARLIER = 0.8
"""What a word counts of the one behind it there: the last names the thing, "school pencil"."""

BESIDE = 0.3
"""What a word counts that is only guessed, or says how much, beside those that are known."""

THE_THING = 1.0
"""What it adds that a title names its thing by the last word, of what it counts that it has the word."""


@dataclass(frozen=True, slots=True)
class _View:
    """One edition, open."""

    stamp: tuple[int, int]
    edition: Edition
    index: tantivy.Index
    searcher: tantivy.Searcher
    vocabulary: Vocabulary
    words: Lexicon


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
        words = words_of(text)[:MAX_WORDS]
        found = _Found(limit)
        if words:
            asked = Asked(view.vocabulary, self._lexicon, words)
            ways = asked.while_typing(found.sure) if is_typing else asked.ways(limit, found.sure)
            for way in ways:
                found.take(_look(view, way), way)
                if found.sure() >= min(limit, WANTED) and way.how is not Match.WORDS:
                    break
            if not len(found):
                found.take(_some_of(view, asked, limit), Way(Match.SOME_WORDS, [], limit))
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
                vocabulary = Vocabulary.open(self._shelf.words_folder(edition))
                return _View(stamp, edition, index, index.searcher(), vocabulary, self._lexicon)
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
            found.setdefault(product_id, self._sure.get(product_id, how))
        first = list(islice(found.items(), self._limit))
        return Matches([product_id for product_id, _ in first], [how for _, how in first], self._understood)


_ONE_OF_MANY = (Match.MEANING, Match.SPELLING, Match.SOUND)


def _look(view: _View, way: Way) -> list[int]:
    if way.how not in _ONE_OF_MANY or len(way.choices) > 1:
        return _ids(view, _all_of(view, way.choices), way.limit)
    # One word, and nothing beside it says which of these is meant: a share for each.
    each = [_hits(view, _evenly(view, [form], is_thing=True), way.limit) for form in way.choices[0]]
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
    *others, last = choices
    slots = [*(_one_of(view, forms) for forms in others), _one_of(view, last, is_thing=True)]
    return slots[0] if len(slots) == 1 else Query.boolean_query([(Occur.Must, slot) for slot in slots])


def _one_of(view: _View, forms: list[Form], *, is_thing: bool = False) -> Query:
    return _form(view, forms[0], is_thing=is_thing) if len(forms) == 1 else _evenly(view, forms, is_thing=is_thing)


def _evenly(view: _View, forms: list[Form], *, is_thing: bool = False) -> Query:
    """One of these, the earlier the better: not the rarer, as BM25 has it, which is a typo in somebody's title."""
    return Query.disjunction_max_query(
        [
            Query.boost_query(
                _form(view, form, is_thing=is_thing), FADING**place / max(_rarity(view, word) for word in form)
            )
            for place, form in enumerate(forms)
        ]
    )


def _form(view: _View, form: Form, *, is_thing: bool) -> Query:
    words = [_word(view, TEXT, word) for word in form]
    query = words[0] if len(words) == 1 else Query.boolean_query([(Occur.Must, word) for word in words])
    if not is_thing:
        return query
    # Alternatives, though the one never comes without the other: of such the index looks at the best only.
    head = Query.boost_query(_word(view, HEAD, as_one(view.words.last(form) or form)), THE_THING)
    return Query.boolean_query([(Occur.Should, query), (Occur.Should, head)])


def _rarity(view: _View, word: str) -> float:
    """What BM25 multiplies the score of a word with."""
    return _rare(view, view.vocabulary.count(word))


def _rare(view: _View, count: int) -> float:
    return math.log1p((max(0, view.searcher.num_docs - count) + 0.5) / (count + 0.5))


def _word(view: _View, field: str, word: str) -> Query:
    return Query.term_query(view.index.schema, field, word, "freq")


def _some_of(view: _View, asked: Asked, limit: int) -> list[int]:
    """Any of the rarest of the words that are enough: they say most, and cost least."""
    enough, beside = asked.some()
    if not enough:
        return []
    rarest = sorted((_count(view, forms), place) for place, forms in enumerate(enough))[:ANY_OF]
    any_of = [
        _weighed(_evenly(view, enough[place], is_thing=True), _rare(view, count) * EARLIER ** (place < len(enough) - 1))
        for count, place in rarest
    ]
    others = [_weighed(_evenly(view, forms), BESIDE * _rare(view, _count(view, forms))) for forms in beside]
    return _ids(view, Query.boolean_query([(Occur.Must, Query.boolean_query(any_of)), *others]), limit)


def _weighed(query: Query, weight: float) -> tuple[Occur, Query]:
    return Occur.Should, Query.boost_query(query, weight)


def _count(view: _View, forms: list[Form]) -> int:
    """Products with the commonest of these, about."""
    return max(min(map(view.vocabulary.count, form)) for form in forms)
