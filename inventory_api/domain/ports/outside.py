"""What others publish on the internet."""

from __future__ import annotations

from typing import Protocol


class Unreachable(Exception):
    """A document could not be had; the text says why."""


class Documents(Protocol):
    """Small public documents of strangers, by URLs that strangers choose. Synchronous (network)."""

    def fetch(self, url: str, *, max_bytes: int, total_s: float) -> bytes:
        """A whole document, from a public address, without redirects.

        Raises:
            Unreachable: Not allowed, nobody answers, not with 200, not in time, or too large.
        """
