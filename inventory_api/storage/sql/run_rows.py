"""Feed runs to and from their rows."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import RowMapping

from inventory_api.domain.feed import ChangeCounts, FeedKind, FeedMode, FeedRun, RowCounts, RunStage, RunStatus
from inventory_api.storage.sql.tables import feed_run

_FIELDS = tuple(field.name for field in fields(FeedRun))
COLUMNS = tuple(feed_run.c[name] for name in _FIELDS)


def values_of(run: FeedRun) -> dict[str, Any]:
    """The columns of a run."""
    values = {name: getattr(run, name) for name in _FIELDS}
    return values | {
        "kind": run.kind.value,
        "mode": run.mode.value,
        "status": run.status.value,
        "stage": run.stage.value,
        "rows": asdict(run.rows),
        "changes": asdict(run.changes),
    }


def run_of(row: RowMapping) -> FeedRun:
    """The run of a row with these columns."""
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    return FeedRun(
        **values
        | {
            "kind": FeedKind(values["kind"]),
            "mode": FeedMode(values["mode"]),
            "status": RunStatus(values["status"]),
            "stage": RunStage(values["stage"]),
            "dry_run": bool(values["dry_run"]),
            "approved": bool(values["approved"]),
            "rows": RowCounts(**values["rows"]),
            "changes": ChangeCounts(**values["changes"]),
        }
    )
