"""The ways of looking for a text, the surest first; the next where the ones before find too little.

    words       every word as written (BM25: rare words and short titles first)
    meaning     staples by what they are called in other languages
    prefix      the last word is not finished
    spelling    unknown words by one edit, then any word by one edit
    sound       other scripts, and spellings that only sound alike
    some words  whatever has some of them

Each says which words of the vocabulary may stand where a word was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inventory_api.domain.ports import Match
from inventory_api.storage.search.lexicon import Form, Lexicon, Slot
from inventory_api.storage.search.vocabulary import Vocabulary

WANTED = 10
"""Found so many, no less sure way is tried."""

SPELLINGS, SOUNDS, COMPLETIONS, CONCEPTS = 4, 8, 12, 3
MAX_POSTINGS = 50_000
"""Entries of the index that alternatives may add together: what bounds the time of a query of one letter."""

Choices = list[list[Form]]
"""Per slot the forms that may stand there."""


class Asked:
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
        word = slot.words[0]
        near = [(other,) for other in self._vocabulary.one_edit(word, SPELLINGS)]
        if forms is not None:
            return _joined(forms, near)
        # Nobody writes it so: it may be written by ear, and then a word that is a letter away is another one.
        heard = [(other,) for other in self._vocabulary.sounding(word, SOUNDS)] if word.isascii() else []
        meant = self._known(self._lexicon.forms(self._lexicon.misspelt(word)))
        return _joined(_joined(near, heard), meant)

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
