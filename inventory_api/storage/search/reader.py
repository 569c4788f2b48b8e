"""``domain.ports.ProductSearch`` on the index: the surest way of finding first, the next where it finds too little.

    words       every word as written (BM25: rare words and short titles first)
    meaning     staples by what they are called in other languages
    prefix      the last word is not finished
    spelling    unknown words by one edit, then any word by one edit
    sound       other scripts, and spellings that only sound alike
    some words  whatever has some of them

Each way asks the vocabulary which words to ask the index for: the index itself is only ever asked for whole
words, which is what it is quick at.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from inventory_api.domain.errors import IndexUnavailable
from inventory_api.domain.ports import Match, Matches
from inventory_api.domain.text import fold
from inventory_api.storage.search.lexicon import Form, Lexicon, Slot, lexicon
from inventory_api.storage.search.schema import ID, TEXT
from inventory_api.storage.search.shelf import Edition, Shelf
from inventory_api.storage.search.vocabulary import Vocabulary

MAX_WORDS = 16
WANTED = 10
"""Found so many, no less sure way is tried."""

SPELLINGS, SOUNDS, COMPLETIONS, CONCEPTS = 4, 4, 12, 3
MAX_POSTINGS = 100_000
"""Entries of the index that alternatives may add together: what bounds the time of a query of one letter."""

FADING = 0.7
"""What each next choice for a word counts, of the one before."""

ANY_OF = 4
"""Words of which one is enough, where not all of them are anywhere."""

Choices = list[list[Form]]
"""Per slot the forms that may stand there."""


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
            asked = _Asked(view.vocabulary, self._lexicon, words)
            ways = asked.while_typing() if is_typing else asked.ways(limit)
            for how, choices, most in ways:
                if how is Match.SOUND and len(found):
                    break
                found.take(_look(view, how, choices, most), how, asked.understood(how, choices))
                if len(found) >= min(limit, WANTED) and how is not Match.WORDS:
                    break
            if not len(found):
                found.take(_ids(view, _any_of(view, asked), limit), Match.SOME_WORDS, None)
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
    """What was found so far, the surest first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._how: dict[int, Match] = {}
        self._understood: str | None = None

    def __len__(self) -> int:
        return len(self._how)

    def take(self, product_ids: Sequence[int], how: Match, understood: str | None) -> None:
        if product_ids and not self._how:
            self._understood = understood
        for product_id in product_ids:
            if len(self._how) < self._limit:
                self._how.setdefault(product_id, how)

    def matches(self) -> Matches:
        return Matches(list(self._how), list(self._how.values()), self._understood)


class _Asked:
    """A query as slots, and what may stand in each of them."""

    def __init__(self, vocabulary: Vocabulary, words: Lexicon, text: Sequence[str]) -> None:
        self._vocabulary = vocabulary
        self._lexicon = words
        self.slots = words.cut(text)
        self.written: Choices = [self._known([slot.words]) for slot in self.slots]
        self._meant: Choices = [
            self._known([slot.words, *words.forms(slot.concepts)]) if slot.concepts else written
            for slot, written in zip(self.slots, self.written, strict=True)
        ]

    def ways(self, limit: int) -> Iterator[tuple[Match, Choices, int]]:
        """How to look, what may stand in each slot, and how many products to take at most."""
        is_foreign = self._meant != self.written
        if all(self.written):
            yield Match.WORDS, self.written, limit * 2 // 3 if is_foreign else limit
        if is_foreign and all(self._meant):
            yield Match.MEANING, self._meant, limit
        if len(self.slots[-1].words[-1]) > 1:
            unfinished = [*self._meant[:-1], self._unfinished()]
            if unfinished[-1] and all(unfinished):
                yield Match.PREFIX, unfinished, limit
        yield from self._guesses(limit)

    def while_typing(self) -> Iterator[tuple[Match, Choices, int]]:
        """The same where the last word may go on."""
        unfinished = [*self._meant[:-1], self._unfinished()]
        if all(unfinished):
            yield Match.PREFIX, unfinished, WANTED * 5
        if len(self.slots) > 1 and all(self.written[:-1]):
            # The commonest words that begin so go with none of the others: what the others say is known.
            yield Match.PREFIX, self.written[:-1], WANTED * 5
        concepts = self._lexicon.starting([word for slot in self.slots for word in slot.words], CONCEPTS)
        forms = self._known(self._lexicon.forms(concepts))
        if forms:
            yield Match.MEANING, [forms], WANTED * 5
        yield from self._guesses(WANTED * 5)

    def understood(self, how: Match, choices: Choices) -> str | None:
        """The text as it was read, where that is not what was written."""
        if how is Match.MEANING and all(slot.concepts for slot in self.slots):
            return " ".join(slot.concepts[0] for slot in self.slots)
        if how not in (Match.SPELLING, Match.SOUND):
            return None
        best = [
            slot.words if slot.words in forms else forms[0] for slot, forms in zip(self.slots, choices, strict=True)
        ]
        return " ".join(word for form in best for word in form)

    def _guesses(self, limit: int) -> Iterator[tuple[Match, Choices, int]]:
        spelt = [meant or self._misspelt(slot, None) for slot, meant in zip(self.slots, self._meant, strict=True)]
        # Of a word in a script that few titles have, spelling says less than sound: both have their share then.
        is_latin = all(word.isascii() for slot in self.slots for word in slot.words)
        if is_latin and spelt != self._meant and all(spelt):
            yield Match.SPELLING, spelt, limit
        respelt = [self._misspelt(slot, forms) for slot, forms in zip(self.slots, spelt, strict=True)]
        if is_latin and respelt != spelt and all(respelt):
            yield Match.SPELLING, respelt, limit
        heard = [
            _joined(forms, [(word,) for word in self._vocabulary.sounding(slot.words[0], SOUNDS)])
            if len(slot.words) == 1
            else forms
            for slot, forms in zip(self.slots, respelt, strict=True)
        ]
        if heard != respelt and all(heard):
            yield Match.SOUND, heard, limit

    def _misspelt(self, slot: Slot, forms: list[Form] | None) -> list[Form]:
        if len(slot.words) > 1:
            return forms or []
        near = [(word,) for word in self._vocabulary.one_edit(slot.words[0], SPELLINGS)]
        if forms is None:
            return _joined(near, self._known(self._lexicon.forms(self._lexicon.misspelt(slot.words[0]))))
        return _joined(forms, near)

    def _unfinished(self) -> list[Form]:
        *before, last = self.slots[-1].words
        found: list[Form] = []
        postings = 0
        is_alone = len(self.slots) == 1
        for word in self._vocabulary.starting(last, COMPLETIONS):
            postings += self._vocabulary.count(word)
            if found and postings > (MAX_POSTINGS if is_alone else 2 * MAX_POSTINGS):
                break
            found.append((*before, word))
        return found

    def _known(self, forms: Sequence[Form]) -> list[Form]:
        return [form for form in forms if all(self._vocabulary.count(word) for word in form)]


def _joined(forms: Sequence[Form], others: Sequence[Form]) -> list[Form]:
    return list(dict.fromkeys((*forms, *others)))


_ONE_OF_MANY = (Match.MEANING, Match.SPELLING, Match.SOUND)


def _look(view: _View, how: Match, choices: Choices, limit: int) -> list[int]:
    if how in _ONE_OF_MANY and len(choices) == 1:
        # One word, and nothing beside it says which of these is meant: a share for each.
        each = [_ids(view, _form(view, form), limit) for form in choices[0]]
        return list(dict.fromkeys(found for row in zip_longest(*each) for found in row if found is not None))
    return _ids(view, _all_of(view, choices), limit)


def _ids(view: _View, query: Query, limit: int) -> list[int]:
    hits = view.searcher.search(query, limit, count=False).hits
    return [int(found) for found in view.searcher.fast_field_values(ID, [at for _, at in hits]) if found is not None]


def _all_of(view: _View, choices: Choices) -> Query:
    slots = [_one_of(view, forms) for forms in choices]
    return slots[0] if len(slots) == 1 else Query.boolean_query([(Occur.Must, slot) for slot in slots])


def _one_of(view: _View, forms: list[Form]) -> Query:
    """One of these, the earlier the better: not the rarer, as BM25 has it, which is a typo in somebody's title."""
    if len(forms) == 1:
        return _form(view, forms[0])
    total = view.searcher.num_docs
    queries = []
    for place, form in enumerate(forms):
        count = min(view.vocabulary.count(word) for word in form)
        rarity = math.log1p((max(0, total - count) + 0.5) / (count + 0.5))
        queries.append(Query.boost_query(_form(view, form), FADING**place / rarity))
    return Query.disjunction_max_query(queries)


def _form(view: _View, form: Form) -> Query:
    words = [_word(view, word) for word in form]
    return words[0] if len(words) == 1 else Query.boolean_query([(Occur.Must, word) for word in words])


def _word(view: _View, word: str) -> Query:
    return Query.term_query(view.index.schema, TEXT, word, "freq")


def _any_of(view: _View, asked: _Asked) -> Query:
    """Any of the rarest words: they say most, and cost least."""
    counts = {word: view.vocabulary.count(word) for slot in asked.slots for word in slot.words}
    rarest = sorted((word for word, count in counts.items() if count), key=counts.__getitem__)[:ANY_OF]
    return Query.boolean_query([(Occur.Should, _word(view, word)) for word in rarest])
