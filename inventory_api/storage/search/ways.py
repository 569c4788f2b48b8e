"""The ways of looking for a text, the surest first; the next where the ones before find too little.

    words       every word as written (BM25: rare words and short titles first)
    meaning     staples by what they are called in other languages
    prefix      the last word is not finished
    spelling    a space too many or too few; unknown words by one edit; then any word by one edit
    sound       other scripts, and spellings that only sound alike
    some words  whatever has some of them

Each says which words of the vocabulary may stand where a word was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, zip_longest

from inventory_api.domain.ports import Match
from inventory_api.storage.search.hearing import has_digit, without_vowels
from inventory_api.storage.search.lexicon import SURE, Form, Lexicon, Slot
from inventory_api.storage.search.vocabulary import ALIKE, Vocabulary

WANTED = 10
"""Found so many, no less sure way is tried."""

SPELLINGS, SOUNDS, COMPLETIONS, CONCEPTS = 4, 8, 12, 3
MAX_POSTINGS = 50_000
"""Entries of the index that alternatives may add together: what bounds the time of a query of one letter."""

Choices = list[list[Form]]
"""Per slot the forms that may stand there."""


MEANT_OTHERWISE = 3
"""A word of one language that so many times more products have by another name may have been meant by that."""

SHORTEST_PLURAL = 4
"""Letters of a word that is looked for with a plural's ending, too, or without."""

MUCH_RARER = 10
"""A word that so many times more products spell a letter otherwise may be a slip, though some title has it."""

SURE_SOUND, SURELY_HEARD = 4, 85.0
"""Consonants of a word that may be guessed though no word beside it agrees; how alike it must sound then, of 100."""

SPACINGS = 3
"""Pairs of words that one unknown word is taken for."""

MOST_BY_EAR = 3
"""Words of a text up to which two are joined by ear, and known ones are heard too; of more, some are enough."""


@dataclass(frozen=True, slots=True)
class Way:
    """How to look: what may stand in each slot, and how many products to take at most.

    Args:
        how: What it is called.
        choices: Per slot.
        limit: Products.
        understood: The text as it was read, where that is not what was written.
        is_doubtful: Something else may have been meant: what the next ways find is shown beside it.
    """

    how: Match
    choices: Choices
    limit: int
    understood: str | None = None
    is_doubtful: bool = False


class Asked:
    """A query as slots, and what may stand in each of them."""

    def __init__(self, vocabulary: Vocabulary, words: Lexicon, text: Sequence[str]) -> None:
        self._vocabulary = vocabulary
        self._lexicon = words
        self._text = text
        self._guessed: dict[str, list[Form]] = {}
        self.slots = words.cut(text)
        self._written: Choices = [self._known([slot.words]) for slot in self.slots]
        if len(self.slots) == 1 and self._written[0]:
            self._written[0] += self._known([*_one_or_many(self.slots[0].words)])
        self._meant: Choices = [
            list(dict.fromkeys([*written, *self._known(words.forms(slot.concepts))])) if slot.concepts else written
            for slot, written in zip(self.slots, self._written, strict=True)
        ]
        self._likely: Choices = [
            written if written and not self._is_meant_otherwise(written, meant) else meant
            for written, meant in zip(self._written, self._meant, strict=True)
        ]

    def ways(self, limit: int, sure: Callable[[], int]) -> Iterator[Way]:
        """For a text that is written; ``sure``: how many were found so far, of which there is no doubt."""
        is_foreign = self._meant != self._written
        is_doubtful = self._likely != self._written or self._is_rare()
        if all(self._written):
            yield Way(Match.WORDS, self._written, limit * 2 // 3 if is_foreign else limit, None, is_doubtful)
        if is_foreign and all(self._meant):
            yield self._way(Match.MEANING, self._meant, limit)
        if len(self.slots[-1].words[-1]) > 1:
            unfinished = [*self._likely[:-1], self._unfinished()]
            if unfinished[-1] and all(unfinished):
                yield Way(Match.PREFIX, unfinished, limit, None, is_doubtful or not self._likely[-1])
        yield from self._guesses(limit, sure)

    def while_typing(self, sure: Callable[[], int]) -> Iterator[Way]:
        """For a text whose last word may go on."""
        unfinished = [*self._likely[:-1], self._unfinished()]
        if all(unfinished):
            yield Way(Match.PREFIX, unfinished, WANTED * 5)
        if len(self.slots) > 1 and all(self._written[:-1]):
            # The commonest words that begin so go with none of the others: what the others say is known.
            yield Way(Match.PREFIX, self._written[:-1], WANTED * 5)
        concepts = self._lexicon.starting([word for slot in self.slots for word in slot.words], CONCEPTS)
        forms = self._known(self._lexicon.forms(concepts))
        if forms:
            yield self._way(Match.MEANING, [forms], WANTED * 5)
        yield from self._guesses(WANTED * 5, sure)

    def some(self) -> tuple[Choices, Choices]:
        """Where nothing has all words: what may stand in the slots of which one is enough, and in those beside them.

        Of a text with a word that is known for sure, guesses and numbers (``500ml``) say nothing alone.
        """
        kinds: tuple[Choices, Choices, Choices] = ([], [], [])
        for slot, likely in zip(self.slots, self._likely, strict=True):
            is_number = has_digit(slot.words[-1])
            kinds[1 if is_number else 0].append(likely)
            if not likely and len(without_vowels(slot.words[0])) >= SURE_SOUND:
                kinds[2].append(self._guess(slot, SURELY_HEARD, SURELY_HEARD))
        sure, numbers, guessed = (list(filter(None, kind)) for kind in kinds)
        return (sure, [*numbers, *guessed]) if sure else (guessed or numbers, [])

    def _way(self, how: Match, choices: Choices, limit: int) -> Way:
        """A way that reads the text as something else."""
        understood = None
        if how is not Match.MEANING:
            best = [
                slot.words if slot.words in forms else forms[0] for slot, forms in zip(self.slots, choices, strict=True)
            ]
            understood = " ".join(chain.from_iterable(best))
        elif all(slot.concepts for slot in self.slots):
            understood = " ".join(slot.concepts[0] for slot in self.slots)
        return Way(how, choices, limit, understood)

    def _guesses(self, limit: int, sure: Callable[[], int]) -> Iterator[Way]:
        yield from self._spaced(limit)
        spelt = [meant or self._misspelt(slot) for slot, meant in zip(self.slots, self._likely, strict=True)]
        # Of a word in a script that few titles have, spelling says less than sound: both have their share then.
        is_latin = all(word.isascii() for word in self._text)
        if is_latin and spelt != self._likely and all(spelt):
            yield self._way(Match.SPELLING, spelt, limit)
        if not sure():
            yield from self._joined_by_ear(limit)
        respelt = [_mixed(forms, self._near(slot)) for slot, forms in zip(self.slots, spelt, strict=True)]
        if is_latin and respelt != spelt and all(respelt):
            yield self._way(Match.SPELLING, respelt, limit)
        if sure():
            return
        heard = respelt
        if len(self._text) <= MOST_BY_EAR:
            heard = [
                [*dict.fromkeys((*forms, *self._heard(slot)))] for slot, forms in zip(self.slots, respelt, strict=True)
            ]
        if (heard != respelt or not is_latin) and all(heard):
            yield self._way(Match.SOUND, heard, limit)

    def _spaced(self, limit: int) -> Iterator[Way]:
        """A space more where nobody writes a word so, or one less where somebody does."""
        parted = [meant or self._parted(slot) for slot, meant in zip(self.slots, self._likely, strict=True)]
        if parted != self._likely and all(parted):
            yield self._way(Match.SPELLING, parted, limit)
        for at, (word, following) in enumerate(pairwise(self._text)):
            if self._vocabulary.count(word + following):
                joined = self._joined(at)
                if all(joined._likely):
                    yield joined._way(Match.SPELLING, joined._likely, limit)

    def _joined_by_ear(self, limit: int) -> Iterator[Way]:
        pairs = zip(self.slots, self._likely, strict=True)
        meant = {word for slot, likely in pairs if slot.concepts and likely for word in slot.words}
        is_known = [self._vocabulary.count(word) > 0 for word in self._text]
        for at in range(len(self._text) - 1 if len(self._text) <= MOST_BY_EAR else 0):
            # Beside a word that is known, one that is not has a slip of its own.
            if is_known[at] == is_known[at + 1] and meant.isdisjoint(self._text[at : at + 2]):
                joined = self._joined(at)
                spelt = [
                    meant or joined._misspelt(slot) for slot, meant in zip(joined.slots, joined._likely, strict=True)
                ]
                if spelt != joined._likely and all(spelt):
                    yield joined._way(Match.SPELLING, spelt, limit)

    def _joined(self, at: int) -> Asked:
        """The text without the space after a word."""
        text = [*self._text[:at], self._text[at] + self._text[at + 1], *self._text[at + 2 :]]
        return Asked(self._vocabulary, self._lexicon, text)

    def _parted(self, slot: Slot) -> list[Form]:
        word = slot.words[0] if len(slot.words) == 1 else ""
        pairs: list[Form] = [
            (word[:at], word[at:])
            for at in range(1, len(word))
            if 1 < at < len(word) - 1 or word[at - 1].isdigit() is not word[at].isdigit()
        ]
        rarer = {pair: min(map(self._vocabulary.count, pair)) for pair in pairs}
        return sorted((pair for pair in pairs if rarer[pair]), key=rarer.__getitem__, reverse=True)[:SPACINGS]

    def _misspelt(self, slot: Slot) -> list[Form]:
        """What a word may be that nobody writes so: spelt wrong, a staple, or written by ear."""
        if len(slot.words) > 1:
            return []
        word = slot.words[0]
        if word not in self._guessed:
            self._guessed[word] = self._guess(slot, SURE, ALIKE)
        return self._guessed[word]

    def _guess(self, slot: Slot, staple: float, word: float) -> list[Form]:
        staples = self._lexicon.misspelt(slot.words[0], staple)
        return _mixed(self._near(slot), self._known(self._lexicon.forms(staples)), self._heard(slot, word))

    def _near(self, slot: Slot) -> list[Form]:
        if len(slot.words) > 1:
            return []
        return [(other,) for other in self._vocabulary.one_edit(slot.words[0], SPELLINGS)]

    def _heard(self, slot: Slot, least: float = ALIKE) -> list[Form]:
        if len(slot.words) > 1:
            return []
        return [(other,) for other in self._vocabulary.sounding(slot.words[0], SOUNDS, least)]

    def _is_meant_otherwise(self, written: list[Form], meant: list[Form]) -> bool:
        most = max(self._vocabulary.count(form[0]) for form in written)
        return any(min(map(self._vocabulary.count, form)) > MEANT_OTHERWISE * most for form in meant)

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

    def _is_rare(self) -> bool:
        """Whether a text of one word is most often spelt otherwise: it is somebody's slip in a title, too."""
        if len(self._text) > 1:
            return False
        near = self._vocabulary.one_edit(self._text[0], 1)
        return bool(near) and self._vocabulary.count(near[0]) > MUCH_RARER * self._vocabulary.count(self._text[0])

    def _known(self, forms: Sequence[Form]) -> list[Form]:
        return [form for form in forms if all(self._vocabulary.count(word) for word in form)]


_MANY = re.compile("(?<=[a-z]{2})(?:ie|e)?s$")


def _one_or_many(form: Form) -> Iterator[Form]:
    """The same with its last word in the plural or without, as many of Europe's languages have it."""
    *before, word = form
    if len(word) < SHORTEST_PLURAL or not (word.isascii() and word.isalpha()):
        return
    many = _MANY.search(word)
    if many is None:
        others = [word[:-1] + "ies"] if word.endswith("y") else [word + "s", word + "es"]
    elif word.endswith("ss"):
        others = [word + "es"]
    else:
        others = [word[:-3] + "y"] if many[0] == "ies" else [word[:-1], word[:-2]] if many[0] == "es" else [word[:-1]]
    yield from ((*before, other) for other in others)


def _mixed(*kinds: Sequence[Form]) -> list[Form]:
    """The best of each kind, then the second best: of one word each has a share of the page."""
    return [*dict.fromkeys(form for best in zip_longest(*kinds) for form in best if form is not None)]
