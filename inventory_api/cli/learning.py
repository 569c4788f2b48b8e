"""Learns the weights by which texts are understood, from examples and the lexicon: ``make learn``, after each change.

Needs scikit-learn, which whoever only runs the program does not.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from inventory_api.channels.sms.talk.learned import EXAMPLES, PIECES, WEIGHTS, meaning_of, pieces, weight_of
from inventory_api.channels.sms.talk.vocabulary import Act
from inventory_api.domain.text import fold
from inventory_api.storage.search.lexicon import lexicon

_TRUST = 20.0
"""How far one example may pull: the inverse of the regularization, by trial on texts that are no examples."""

_OF_A_WORD = 0.3
"""What a word of the lexicon counts as an example of a search: most are texted with others around them."""

_FINEST = 127
"""Weights are kept in a byte each."""


class Example(NamedTuple):
    """A text, what it asks for, and how much it counts."""

    text: str
    label: str
    counts: float


def examples() -> list[Example]:
    """All that is learned from: of every language, and the names of things.

    Raises:
        ValueError: A label is none.
    """
    told = []
    for path in sorted(EXAMPLES.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            told += [Example(row["text"], row["act"], 1.0) for row in csv.DictReader(file)]
    for label in {example.label for example in told}:
        meaning_of(label)
    return told + [Example(" ".join(form), str(Act.SEARCH), _OF_A_WORD) for form in lexicon().every_form()]


def fingerprint() -> str:
    """Tells whether weights were learned from the examples as they are."""
    return hashlib.sha256("\n".join(map(str, examples())).encode()).hexdigest()


def learn(path: Path = WEIGHTS) -> None:
    """Learn, and keep the weights: half a minute."""
    told = examples()
    numbers = [pieces(fold(example.text).split()) for example in told]
    sizes = [len(of_one) for of_one in numbers]
    values = np.repeat([weight_of(of_one) for of_one in numbers], sizes)
    begins = np.concatenate([[0], np.cumsum(sizes)])
    model = LogisticRegression(C=_TRUST, max_iter=500).fit(
        csr_matrix((values, np.concatenate(numbers), begins), shape=(len(told), PIECES)),
        [example.label for example in told],
        sample_weight=[example.counts for example in told],
    )
    scale = float(np.abs(model.coef_).max()) / _FINEST
    np.savez_compressed(
        path,
        weights=np.round(model.coef_.T / scale).astype(np.int8),
        scale=np.float32(scale),
        base=model.intercept_.astype(np.float32),
        labels=model.classes_.astype(str),
        fingerprint=fingerprint(),
    )


if __name__ == "__main__":
    learn()
