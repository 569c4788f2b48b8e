"""Feed runs, decisions, troubles and quality in words: everything that the retailer's templates print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from inventory_api.channels.problem import Problem
from inventory_api.channels.report import MEANING
from inventory_api.channels.web.asked import Asked
from inventory_api.domain.feed import FINAL, FeedKind, FeedMode, FeedRun, RunStatus
from inventory_api.domain.quality import Quality
from inventory_api.locales.wording import Wording


def _(message: str) -> str:
    """Marks a text for the catalogs."""
    return message


KINDS: Mapping[FeedKind, str] = {
    FeedKind.INVENTORY: _("Stock"),
    FeedKind.PRODUCTS: _("Products"),
    FeedKind.STORES: _("Stores"),
}

SAMPLES = 5
"""Rows shown of each notice; the report has more."""

_MODES = {FeedMode.FULL: _("everything"), FeedMode.DELTA: _("changes only")}
_STATUS = {
    RunStatus.QUEUED: ("…", "", _("waiting")),
    RunStatus.RUNNING: ("…", "", _("being read")),
    RunStatus.PUBLISHED: ("✔", "in_stock", _("published")),
    RunStatus.UNCHANGED: ("✔", "in_stock", _("nothing new")),
    RunStatus.OUTDATED: ("▲", "low_stock", _("too old")),
    RunStatus.QUARANTINED: ("▲", "low_stock", _("waits for your decision")),
    RunStatus.REJECTED: ("✖", "out_of_stock", _("not used")),
    RunStatus.FETCH_FAILED: ("✖", "out_of_stock", _("could not be fetched")),
    RunStatus.FAILED: ("✖", "out_of_stock", _("failed")),
}
"""Icon, tone, which the style has for availability, and words."""
_CHECKED = ("✔", "", _("checked"))
"""How a trial ends that found nothing to refuse; what shoppers would see of it was not looked at."""

_SEVERITIES = {"error": ("✖", _("Not accepted")), "warning": ("▲", _("Doubtful")), "info": ("✔", _("Harmless"))}
_TROUBLES = {
    "unknown_store": _("None of your stores has this code. Correct it, or send the store in a stores file first."),
    "not_found": _("You have no feed source of this name. Correct it, or leave it empty."),
    "payload_too_large": _("The file is too large for us. Pack it with gzip or zip, or send it in parts."),
    "body_too_slow": _("The connection broke, and the file did not arrive. Try again."),
    "conflict": _("This cannot be done any more. Below is how it stands now."),
    "feed_rejected": _("This file cannot be used. Mend it and upload it again."),
    "forbidden": _("The form was out of date, and nothing was done. Please send it again."),
    "invalid_request": _("This could not be understood. Look at the form again."),
}
"""By code of a problem, what to do."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong: in the reader's language what to do, in English what exactly it was."""

    say: str
    detail: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What was noticed, how often, and the first rows."""

    icon: str
    severity: str
    code: str
    count: int
    hint: str
    samples: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that may be done with a run, and what follows."""

    name: str
    path: str
    button: str
    consequence: str


@dataclass(frozen=True, slots=True)
class Run:
    """A feed run. ``is_live``: it will change by itself."""

    id: str
    url: str
    report: str
    notices_csv: str
    kind: str
    mode: str
    icon: str
    tone: str
    status: str
    meaning: str
    is_live: bool
    dry_run: bool
    age: str
    received_at: str
    read: int
    rejected: int
    counts: list[tuple[str, int]]
    held: list[str]
    notices: list[Notice]


def run_path(run: FeedRun) -> str:
    """The page of a run."""
    return f"/retailer/runs/{run.id}"


def run_shown(run: FeedRun, asked: Asked, words: Wording, now: dt.datetime) -> Run:
    """Put a run into words.

    Args:
        run: Of the session's retailer.
        asked: Its language goes into the links.
        words: The language.
        now: The aware instant that its age is told at.
    """
    is_checked = run.dry_run and run.status is RunStatus.UNCHANGED
    icon, tone, status = _CHECKED if is_checked else _STATUS[run.status]
    path, rows, changes = run_path(run), run.rows, run.changes
    counts = [
        (words.gettext("rows read"), rows.read),
        (words.gettext("accepted"), rows.accepted),
        (words.gettext("repaired"), rows.repaired),
        (words.gettext("rejected"), rows.rejected),
        (words.gettext("waiting for their store"), rows.parked),
    ]
    if not run.dry_run:
        counts += [
            (words.gettext("new"), changes.inserted),
            (words.gettext("changed"), changes.updated),
            (words.gettext("gone"), changes.removed),
        ]
    return Run(
        id=run.id,
        url=asked.url(path),
        report=f"{path}/report.html",
        notices_csv=f"{path}/notices.csv",
        kind=words.gettext(KINDS[run.kind]),
        mode=words.gettext(_MODES[run.mode]),
        icon=icon,
        tone=tone,
        status=words.gettext(status),
        # What a status means for shoppers does not hold for what is never shown to them.
        meaning="" if run.dry_run else words.gettext(MEANING[run.status]),
        is_live=run.status in (RunStatus.QUEUED, RunStatus.RUNNING),
        dry_run=run.dry_run,
        age=words.age(max(0, int((now - run.received_at).total_seconds()))),
        received_at=run.received_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        read=rows.read,
        rejected=rows.rejected,
        counts=counts,
        held=run.held_stores or [],
        notices=list(_notices(run, words)),
    )


def decisions_of(run: FeedRun, words: Wording) -> list[Decision]:
    """What the retailer may do with a run as it stands."""
    made = []
    waits = run.status is RunStatus.QUARANTINED
    if waits or (run.held_stores and run.status in (RunStatus.PUBLISHED, RunStatus.UNCHANGED)):
        gone = _("What the file leaves out is then gone, and of a store that it leaves out nothing is known any more.")
        made.append(("approve", _("Publish all of it"), gone))
    if waits:
        made.append(("reject", _("Discard it"), _("The file is not used. Shoppers keep what they see now.")))
    # Of what was refused before a row was taken, there is nothing to go back to.
    is_usable = run.status is not RunStatus.REJECTED or run.rows.accepted > 0
    if run.status in FINAL and is_usable and run.path and not run.dry_run:
        back = _(
            "The file is published once more, with the age that it has. Newer files of the same stock are withdrawn; "
            "single changes that came after them stand."
        )
        made.append(("replay", _("Go back to this file"), back))
    return [
        Decision(name, f"{run_path(run)}/{name}", words.gettext(button), words.gettext(consequence))
        for name, button, consequence in made
    ]


def trouble_of(problem: Problem) -> Trouble:
    """What to tell of a problem."""
    say = _TROUBLES.get(problem.kind.code)
    if say is None:
        say = _("Sorry, we cannot take this right now. Try again in a moment.")
        if (problem.status or problem.kind.status) < 500:
            say = _TROUBLES["invalid_request"]
    return Trouble(say, problem.detail)


def facts_of(quality: Quality, words: Wording) -> list[tuple[str, str]]:
    """A retailer's quality in a few lines."""
    oldest, kept, rate = quality.oldest_age_s, quality.kept, quality.reject_rate
    return [
        (words.gettext("Stores"), f"{quality.stores:,}"),
        (words.gettext("Stores whose stock is fresh enough to be shown"), _percent(kept)),
        (words.gettext("Stores that never had stock"), f"{quality.never_stocked_count:,}"),
        (words.gettext("Oldest full stock of a store"), "?" if oldest is None else words.age(oldest)),
        (words.gettext("Rows rejected lately"), _percent(rate)),
    ]


def _percent(share: float | None) -> str:
    return "?" if share is None else f"{100 * share:.1f} %"


def _notices(run: FeedRun, words: Wording) -> Iterable[Notice]:
    for notice in run.notices:
        icon, severity = _SEVERITIES[notice["severity"]]
        yield Notice(
            icon=icon,
            severity=words.gettext(severity),
            code=notice["code"],
            count=notice["count"],
            hint=notice["hint"],
            samples=[
                sample | {"message": "" if sample["message"] == notice["hint"] else sample["message"]}
                for sample in notice["samples"][:SAMPLES]
            ],
        )
