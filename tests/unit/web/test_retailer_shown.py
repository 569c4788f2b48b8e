"""What the retailer's page says of a run, and what it offers to do with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from inventory_api.channels.web.asked import Asked
from inventory_api.channels.web.retailer.shown import decisions_of, run_shown
from inventory_api.domain.feed import FeedKind, FeedMode, FeedRun, RowCounts, RunStage, RunStatus
from inventory_api.locales.catalog import Language
from inventory_api.locales.wording import ENGLISH

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
RUN = FeedRun(
    "run_1", "acme", FeedKind.INVENTORY, FeedMode.FULL, RunStatus.PUBLISHED, RunStage.PUBLISHED, NOW, NOW,
    "incoming/run_1", "", 100, rows=RowCounts(read=3, accepted=3),
)  # fmt: skip


def offered(run: FeedRun) -> list[str]:
    return [decision.name for decision in decisions_of(run, ENGLISH)]


def test_nobody_is_offered_to_go_back_to_a_file_of_which_nothing_could_be_used() -> None:
    photo = replace(RUN, status=RunStatus.REJECTED, rows=RowCounts())
    assert offered(photo) == []
    assert offered(RUN) == ["replay"]
    # Discarded by mistake: the way back.
    assert offered(replace(RUN, status=RunStatus.REJECTED)) == ["replay"]


def test_a_row_does_not_say_again_what_the_notice_says() -> None:
    sample = {"line": 3, "column": "gtin", "value": "123", "message": "A GTIN has 8, 12, 13 or 14 digits."}
    other = sample | {"message": "It is another country's."}
    notice = {"severity": "error", "code": "gtin_format", "count": 2, "hint": sample["message"]}
    run = replace(RUN, notices=[notice | {"samples": [sample, other]}])
    [shown] = run_shown(run, Asked(Language.ENGLISH, "/retailer"), ENGLISH, NOW).notices
    assert [one["message"] for one in shown.samples] == ["", "It is another country's."]
