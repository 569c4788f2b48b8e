"""A feed's report for people: what counts first, what to do about it last."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from inventory_api.cli.output import print_json

_SHOWN_SAMPLES = 3
_PIPED_WIDTH = 120
_COLORS = {"error": "red", "warning": "yellow", "info": "dim"}


def show_report(report: Mapping[str, Any], json: bool) -> None:
    """Print the report of a run or a check, and of its columns and suggestion where it has them."""
    if json:
        print_json(report)
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
    rows = report["rows"]
    console.print(
        f"{report['status']}: {rows['read']:,} rows read, {rows['accepted']:,} accepted, "
        f"{rows['rejected']:,} rejected, {rows['parked']:,} parked"
    )
    if report.get("columns"):
        console.print(_columns(report["columns"], report["kind"]))
    if report["notices"]:
        console.print(_notices(report["notices"]))
    for remark in report.get("remarks", ()):
        console.print(Text(f"- {remark}"))
    if report.get("suggestion"):
        console.print("\nA profile that says so (--suggest FILE saves it, --profile FILE reads by it):")
        console.print(Text(orjson.dumps(report["suggestion"], option=orjson.OPT_INDENT_2).decode()))


def _columns(columns: Sequence[Mapping[str, Any]], kind: str) -> Table:
    table = Table(title=f"Columns of {kind}", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("in the file", "read as", "first value"):
        table.add_column(heading, overflow="fold")
    for column in columns:
        read_as = Text(column["read_as"] or "not used", style="" if column["read_as"] else "dim")
        if column["read_as"] and not column["certain"]:
            read_as = Text(f"{column['read_as']}? (a guess)", style="yellow")
        table.add_row(Text(column["name"] or "(no name)"), read_as, Text(column["sample"][:60]))
    return table


def _notices(notices: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Notices", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("notice", no_wrap=True)
    table.add_column("count", justify="right", no_wrap=True)
    table.add_column("what to do, and where it was seen first", overflow="fold")
    for notice in notices:
        where = Text(notice["hint"])
        for sample in notice["samples"][:_SHOWN_SAMPLES]:
            where.append("\n" + _sample(sample, notice["hint"]), style="dim")
        name = Text(f"{notice['severity']} ", style=_COLORS[notice["severity"]]) + Text(notice["code"])
        table.add_row(name, f"{notice['count']:,}", where)
    return table


def _sample(sample: Mapping[str, Any], hint: str) -> str:
    place = "the file" if sample["line"] is None else f"line {sample['line']}"
    value = "" if sample["value"] is None else f" {sample['column'] or ''} {sample['value']!r}"
    told = "" if sample["message"] == hint else f": {sample['message']}"
    column = f" {sample['column']}" if sample["value"] is None and sample["column"] else ""
    return f"{place}{column}{value}{told}"
