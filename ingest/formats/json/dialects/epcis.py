"""GS1 EPCIS 2.0: only events that count what is there. Additions and deletions drift when they are summed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.formats.json.dialects.dialect import Dialect, Located, Record, pass_over
from ingest.formats.json.text import Object, objects_in, plain
from ingest.notices import NoticeBook
from ingest.rows import FeedContext

_SELLABLE = frozenset({"", "sellable_accessible"})
_PIECES = frozenset({"", "EA", "C62", "H87", "PCE"})
"""Units that count pieces; anything else is a weight or a length."""

_COUNTING = frozenset({"cycle_counting", "stock_taking"})
"""Business steps in which a person counts the shelf."""

_LINK = re.compile(r"/(01|414)/([0-9]{8,14})(?:[/?#]|$)")
_SGLN = re.compile(r"urn:epc:id:sgln:([0-9]+)\.([0-9]*)\.")
_GTIN = re.compile(r"urn:epc:(?:class:lgtin|idpat:sgtin|id:sgtin):([0-9]+)\.([0-9])([0-9]*)\.")


def _fits(head: Object) -> bool:
    return "epcisBody" in head or ("eventTime" in head and "bizStep" in head)


def _path(head: Object) -> tuple[str, ...]:
    return ("epcisBody", "eventList") if "epcisBody" in head else ()


def _read(objects: Iterable[Located], context: FeedContext, notices: NoticeBook) -> Iterator[Record]:
    for line, event in objects:
        place = event.get("bizLocation")
        location = plain(place.get("id")) if isinstance(place, dict) else plain(place)
        counts = [one for one in objects_in(event.get("quantityList")) if _word(one.get("uom")) in _PIECES]
        is_count = event.get("type") == "ObjectEvent" and event.get("action") == "OBSERVE"
        if not is_count or _word(event.get("disposition")) not in _SELLABLE or not location or not counts:
            pass_over(notices, line, f"{event.get('type')} {event.get('action')} {event.get('disposition')}")
            continue
        basis = "count" if _word(event.get("bizStep")) in _COUNTING else None
        for count in counts:
            yield (
                line,
                [
                    ("store_code", _gln(location)),
                    ("gtin", _gtin(plain(count.get("epcClass")) or "")),
                    ("quantity", plain(count.get("quantity"))),
                    ("timestamp", plain(event.get("eventTime"))),
                    ("basis", basis),
                ],
            )


def _word(value: object) -> str:
    """A vocabulary word without the URI or prefix before it."""
    return re.split(r"[/:#]", plain(value) or "")[-1].removeprefix("Disp-").removeprefix("BizStep-")


def _gln(location: str) -> str:
    """The GLN of a Digital Link or a URN, else the location as it stands."""
    link, urn = _LINK.search(location), _SGLN.match(location)
    if link is not None and link.group(1) == "414":
        return link.group(2)
    return location if urn is None else _with_check_digit("".join(urn.groups()))


def _gtin(epc_class: str) -> str:
    """The GTIN of a Digital Link or a URN, else the class as it stands."""
    link, urn = _LINK.search(epc_class), _GTIN.match(epc_class)
    if link is not None and link.group(1) == "01":
        return link.group(2)
    if urn is None:
        return epc_class
    company, indicator, item = urn.groups()
    return _with_check_digit(indicator + company + item)


def _with_check_digit(digits: str) -> str:
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


DIALECT = Dialect("GS1 EPCIS 2.0", _fits, _read, _path)
