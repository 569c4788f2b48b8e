"""Does the answer to a list call say of itself that there is more? Every API has a name of its own for that."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.formats.json.text import Object

_NEXT = frozenset(
    ["next", "nextpage", "nextlink", "nexturl", "nextpageurl", "nextpagetoken", "nexttoken", "nextcursor", "cursor",
     "continuationtoken", "@odata.nextlink", "hasnext", "hasnextpage", "hasmore"]
)  # fmt: skip
"""Without ``-`` and ``_``, in lower case; what stands behind such a name is empty, or false, on the last page."""

_AROUND = frozenset(["pageinfo", "links", "meta", "metadata", "paging", "pagination"])
"""Where such a name may stand instead of beside the list."""


def next_page(around: Object) -> str | None:
    """The name of the member that tells of another page; None: this is all, or nothing is said.

    Args:
        around: The object around the list, its large values left out.
    """
    for name, value in around.items():
        plain = _plain(name)
        if plain in _NEXT and _leads_on(value):
            return name
        if plain in _AROUND and isinstance(value, Mapping):
            inner = next((one for one in value if _plain(one) in _NEXT and _leads_on(value[one])), None)
            if inner is not None:
                return f"{name}.{inner}"
    return None


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _leads_on(value: object) -> bool:
    """A link may be an object with a target, which may be missing."""
    return bool(value.get("href") if isinstance(value, Mapping) and "href" in value else value)
