"""What a message asks for, as it was learned from examples of what people text.

``examples/`` has, a language a file, texts and what each asks for, "…" where a place was; ``cli.learning`` weighs the
pieces of words that they are made of, and ``learned.npz`` keeps the weights. Who wants a way of saying something to be
understood adds it to the examples, and learns anew.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from inventory_api.channels.sms.talk.vocabulary import Act
from inventory_api.domain.arrays import Floats, Ints

EXAMPLES = Path(__file__).with_name("examples")
WEIGHTS = Path(__file__).with_name("learned.npz")
PIECES = 1 << 15
"""Numbers that pieces of words get; of twice as many examples, two pieces of one number would begin to matter."""

ASKING_FOR_STOCK = frozenset({Act.SEARCH, Act.PLACE})
_SHORTEST, _LONGEST = 2, 4
_LIKELIER = 1.5
"""What is added to the score of what we asked for: natural logarithm of how much likelier it is than elsewhere."""

_MARGIN = 0.75
"""By how much words beside a place must be likelier talk about it than a thing: no word is learned from that never was
in an example, and most such words are things."""

_LIKELY = (1.0, 0.7, 0.5, 0.4)
"""How likely a command of no word, of one, of two, and of more must be: few words may as well name a thing. Of 5,000
words that titles of products begin with, 4 % are likelier than not to be commands by 0.4, 2 % by 0.7, of two words 2 %
and 0.8 %."""

_SURE = {Act.OPT_OUT: 0.5, Act.FORGET: 0.7}
"""The same of what cannot be undone, at least."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message asks for.

    ``choice`` counts from 1 where it names one of a menu, else 0; ``wants_alert``: to be told when there is any of what
    it searches.
    """

    act: Act
    choice: int = 0
    wants_alert: bool = False


class Learned:
    """Knows what messages ask for.

    Args:
        path: Of the weights.
    """

    def __init__(self, path: Path = WEIGHTS) -> None:
        with np.load(path) as kept:
            self._weights, self._base, labels = kept["weights"] * kept["scale"], kept["base"], kept["labels"]
        self._meanings = [meaning_of(label) for label in labels.tolist()]
        self._search, self._place = (
            [meaning.act is act for meaning in self._meanings] for act in (Act.SEARCH, Act.PLACE)
        )

    def read(self, words: Sequence[str], rest: Sequence[str] | None = None, *, expected: Act | None = None) -> Meaning:
        """What a message asks for, most likely; what is no command for sure is a search. Costs 20 us a word.

        Args:
            words: Its words, folded.
            rest: The same without the place that they tell; None: they tell none. A place is no word of a command.
            expected: What we asked for, or offered.
        """
        scores = self._scores(words)
        scores[[meaning.act is expected for meaning in self._meanings]] += _LIKELIER
        likeliest = self._likeliest(scores, len(words))
        if rest is None:
            is_odd = likeliest.act is Act.PLACE and expected is not Act.PLACE
            return Meaning(Act.SEARCH) if is_odd else likeliest
        beside = self._scores(rest)
        asking = likeliest if likeliest.act in ASKING_FOR_STOCK else self._likeliest(scores + beside, len(words))
        if asking.act not in ASKING_FOR_STOCK:
            return likeliest
        # One word says too little: it is a thing, unless the grammar knows better.
        is_talk = len(rest) > 1 and beside[self._place].max() > beside[self._search].max() + _MARGIN
        if is_talk or not rest:
            return Meaning(Act.PLACE)
        return asking if asking.act is Act.SEARCH else Meaning(Act.SEARCH)

    def _likeliest(self, scores: Floats, count: int) -> Meaning:
        odds = np.exp(scores - scores.max())
        best = int(np.argmax(odds))
        meaning = self._meanings[best]
        enough = max(_SURE.get(meaning.act, 0), _LIKELY[min(count, len(_LIKELY) - 1)])
        is_sure = odds[best] / odds.sum() >= enough
        return meaning if is_sure or meaning.act in ASKING_FOR_STOCK else Meaning(Act.SEARCH)

    def _scores(self, words: Sequence[str]) -> Floats:
        numbers = pieces(words)
        scores: Floats = self._base + self._weights[numbers].sum(0) * weight_of(numbers)
        return scores


@cache
def the_learned() -> Learned:
    """What is shipped."""
    return Learned()


def meaning_of(label: str) -> Meaning:
    """The meaning of a label of the examples: an act; "choice" and its number; "search alert". Raises ValueError."""
    act, _, more = label.partition(" ")
    wants_alert = more == Act.ALERT
    return Meaning(Act(act), 0 if wants_alert else int(more or 0), wants_alert)


def pieces(words: Sequence[str]) -> Ints:
    """The numbers of the pieces of folded words: some letters in a row, words, and two words in a row."""
    return np.array(sorted({zlib.crc32(piece.encode()) % PIECES for piece in _pieces(words)}), np.int64)


def weight_of(numbers: Ints) -> float:
    """What one piece of a text counts, so that long texts count as much as short ones."""
    return float(max(len(numbers), 1) ** -0.5)


def _pieces(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        padded = f" {word} "
        yield padded
        for length in range(_SHORTEST, _LONGEST + 1):
            for at in range(len(padded) - length + 1):
                yield padded[at : at + length]
    for first, second in zip(["^", *words], [*words, "$"], strict=True):
        yield f"{first}_{second}"
