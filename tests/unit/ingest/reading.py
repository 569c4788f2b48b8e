"""Files of any format read to their end, for tests of the readers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from ingest.formats.feed import read_feed
from ingest.notices import NoticeBook
from ingest.rows import FeedContext
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import FeedProfile

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)


class Read:
    """A staged file read to its end: its rows as dictionaries, their lines, and its notices."""

    def __init__(
        self,
        path: Path,
        kind: FeedKind = FeedKind.INVENTORY,
        *,
        profile: FeedProfile | None = None,
        is_full: bool = True,
        decimal: str = ".",
        currency: str | None = None,
    ) -> None:
        profile = profile or FeedProfile()
        self.rows: list[dict[str, Any]] = []
        self.lines: list[int] = []
        self.rejected = 0
        self.progress: list[int] = []
        book = NoticeBook()
        context = FeedContext(
            received_at=NOON,
            as_of=NOON,
            is_full=is_full,
            decimal=decimal,
            currency=currency,
            encoding=profile.encoding or "cp1252",
            profile=profile,
        )
        for batch in read_feed(path, kind=kind, context=context, notices=book, on_progress=self.progress.append):
            columns = {name: column.to_pylist() for name, column in batch.columns.items()}
            self.rows += [{name: cells[at] for name, cells in columns.items()} for at in range(len(batch))]
            self.lines += batch.line.tolist()
            self.rejected += batch.rejected
        self.report = book.report()

    @property
    def told(self) -> dict[str, list[int | None]]:
        """The lines of each notice by its code, errors first."""
        lines: dict[str, list[int | None]] = {}
        for notice in self.report:
            lines.setdefault(notice["code"], []).extend(sample["line"] for sample in notice["samples"])
        return lines

    @property
    def messages(self) -> list[str]:
        """What the samples of all notices say."""
        return [sample["message"] for notice in self.report for sample in notice["samples"]]


def refusal(path: Path, **options: Any) -> FeedRejected:
    """Why a file is refused."""
    with pytest.raises(FeedRejected) as caught:
        Read(path, **options)
    return caught.value
