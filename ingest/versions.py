"""Which version of a scope counts: what came before a run, what it replaces, and whether it must be read at all.

The scope of a run is what it speaks of as a whole: one kind of one retailer, of all its stores or of one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import xxhash

from ingest.checks.rails import HISTORY
from ingest.checks.statistics import FeedStatistics
from ingest.notices import NoticeBook, Severity
from ingest.reconcile import ZEROS_KEPT_S
from ingest.rows import FeedContext
from inventory_api.domain.errors import UnknownSource
from inventory_api.domain.feed import ChangeCounts, FeedKind, FeedMode, FeedRun, RunStatus
from inventory_api.domain.profile import Absence
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.source import PULLED
from inventory_api.domain.stock import to_observed
from inventory_api.storage.sql.engine import Transaction
from inventory_api.storage.sql.sources import PROFILE

APPLIED = (RunStatus.PUBLISHED, RunStatus.UNCHANGED)
MAX_AHEAD = dt.timedelta(minutes=10)

RULES = 1
"""Counts the changes after which the same file would be read as something else."""


class DamagedFile(Exception):
    """A kept file is no longer what arrived: a fault of ours."""


def context_of(run: FeedRun, retailer: Retailer) -> FeedContext:
    """What the normalizers must know beyond the rows."""
    return FeedContext.of(
        retailer,
        received_at=run.received_at,
        as_of=run.as_of,
        is_full=run.mode is FeedMode.FULL,
        store_code=run.store_code,
        profile=None if run.profile is None else PROFILE.validate_python(run.profile),
    )


def cut_time(run: FeedRun, notices: NoticeBook) -> None:
    """A feed cannot speak of what is still to come; clocks may differ by a little."""
    if run.as_of <= run.received_at:
        return
    if run.as_of > run.received_at + MAX_AHEAD:
        notices.add("timestamp_future", Severity.WARNING, column="as_of", value=run.as_of.isoformat())
    run.as_of = run.received_at


def history_of(tx: Transaction, run: FeedRun) -> list[FeedStatistics]:
    """The statistics of the last published versions of the run's scope, the newest first."""
    return [FeedStatistics(**stats) for stats in tx.runs.history(run.retailer_id, run.kind, run.store_code, HISTORY)]


def is_outdated(tx: Transaction, run: FeedRun, notices: NoticeBook) -> bool:
    """Whether a full feed is older than what is published: by its sender's count, else by the time it speaks of.

    A replay is not: it is meant to be older.
    """
    if run.mode is not FeedMode.FULL or run.replay_of is not None:
        return False
    scope = (run.retailer_id, run.kind, run.store_code)
    newest = None if run.sequence is None else tx.runs.newest_sequence(*scope)
    if newest is not None and run.sequence is not None and run.sequence != newest:
        message = f"Its sequence is {run.sequence}; {newest} is published."
        is_older = run.sequence < newest
    else:
        last = tx.runs.last_published(*scope)
        is_older = last is not None and last.as_of > run.as_of
        message = "" if last is None else f"It speaks of {run.as_of}; {last.id} of {last.as_of}."
    if is_older:
        notices.add("outdated_feed", Severity.WARNING, message=message)
    return is_older


def is_first_pull(tx: Transaction, run: FeedRun) -> bool:
    """Whether this is the first that ever came by a source that we fetch from."""
    if run.source_id is None or tx.runs.is_source_known(run.retailer_id, run.source_id):
        return False
    try:
        return tx.sources.get(run.retailer_id, run.source_id).protocol in PULLED
    except UnknownSource:
        return False


def withdrawn_up_to(tx: Transaction, run: FeedRun) -> int:
    """Where a replay goes back behind newer versions: the observed time up to which they are withdrawn, else 0."""
    if run.replay_of is None or run.mode is not FeedMode.FULL or run.kind is not FeedKind.INVENTORY:
        return 0
    withdrawn = _newer_versions(tx, run)
    # The rows of a version may have moved a store's snapshot past the time of the version itself.
    spoken = [FeedStatistics(**version.stats).spoken for version in withdrawn if version.stats is not None]
    return max([0, *spoken, *(to_observed(version.as_of) for version in withdrawn)])


def reading_of(run: FeedRun, context: FeedContext) -> str:
    """Fingerprint of everything but the file that decides how it is read."""
    defaults = (context.currency, context.timezone, context.decimal, context.date_order, context.encoding)
    return xxhash.xxh3_64_hexdigest(repr((RULES, run.profile, defaults, context.upce)).encode())


def repeated(tx: Transaction, run: FeedRun, reading: str) -> FeedRun | None:
    """The last version, where this run has the same content and reading it again would change nothing but times.

    That is so where the same rules read it, every row was accepted, and nothing was said since that it could undo:
    no change in the log, no other segment, no record newer than it was, no store or product described.
    """
    last = tx.runs.last_published(run.retailer_id, run.kind, run.store_code)
    if last is None or last.sha256 != run.sha256 or last.stats is None or last.held_stores or last.replay_of:
        return None
    if (run.profile or {}).get("absence") == Absence.RETAIN:
        # What the file leaves out keeps its age, which a newer snapshot would renew.
        return None
    if run.dry_run or run.approved or run.replay_of is not None or last.rows.parked or last.rows.rejected:
        return None
    pointer, stats = tx.runs.published_segment(run.retailer_id), FeedStatistics(**last.stats)
    if pointer is None or pointer.name != last.segment or tx.deltas.last_seq(run.retailer_id) != pointer.folded_seq:
        return None
    if stats.reading != reading or stats.has_times or stats.newest > to_observed(last.as_of):
        return None
    if stats.absent_since and to_observed(run.as_of) - stats.absent_since > ZEROS_KEPT_S:
        return None
    return None if tx.runs.is_described_since(run.retailer_id, last.received_at) else last


def stores_of(version: FeedRun) -> list[int]:
    """Numbers of the stores that a version named."""
    return [store for store, rows in enumerate(FeedStatistics(**(version.stats or {})).stores) if rows]


def take_over(run: FeedRun, last: FeedRun, notices: NoticeBook) -> None:
    """Report a repeated file, which nobody read, as its last version was."""
    notices.add("unchanged", Severity.INFO)
    own = {"unchanged", "timestamp_future"}
    notices.keep(run)
    run.notices += [notice for notice in last.notices if notice["code"] not in own]
    run.rows = last.rows
    run.changes = ChangeCounts(unchanged=last.changes.inserted + last.changes.updated + last.changes.unchanged)
    now = to_observed(run.as_of)
    run.stats = {**(last.stats or {}), "spoken": now, "newest": now}


def supersede(tx: Transaction, run: FeedRun) -> None:
    """A full feed is published: older ones that wait for approval expire, newer ones that it replaces are withdrawn."""
    if run.mode is not FeedMode.FULL or run.dry_run:
        return
    for other in tx.runs.same_scope(run, [RunStatus.QUARANTINED]):
        if other.as_of <= run.as_of:
            _close(tx, other, RunStatus.OUTDATED, "outdated_feed", f"{run.id} was published and is newer.")
    if run.replay_of is None:
        return
    for other in _newer_versions(tx, run):
        _close(tx, other, RunStatus.REJECTED, "withdrawn", f"{run.id} put {run.replay_of} in its place.")


def _newer_versions(tx: Transaction, run: FeedRun) -> list[FeedRun]:
    newer = tx.runs.same_scope(run, APPLIED, newer_than=run.as_of)
    return [version for version in newer if version.mode is FeedMode.FULL]


def verify_content(run: FeedRun) -> None:
    """Make sure that a file which was kept for long is still what arrived; about a second a gigabyte.

    Raises:
        DamagedFile: It is not.
    """
    with Path(run.path).open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != run.sha256:
            raise DamagedFile(f"{run.path} no longer has the hash {run.sha256}")


def _close(tx: Transaction, run: FeedRun, status: RunStatus, code: str, message: str) -> None:
    notices = NoticeBook()
    notices.add(code, Severity.WARNING, message=message)
    tx.runs.close(run, status, [*notices.report(), *run.notices])
