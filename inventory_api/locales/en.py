"""English."""

from __future__ import annotations

_CAVEAT = "Stock can change and is not held."


def age(seconds: int) -> str:
    """An age in its largest unit: ``6 minutes ago``."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def distance(metres: float | None) -> str:
    """A distance behind a store's name, empty where none was asked: ``, 1.4 km away``."""
    if metres is None:
        return ""
    return f", {metres / 1000:.1f} km away" if metres >= 1000 else f", {round(metres / 10) * 10} m away"


def say_found(store: str, *, age_s: int, distance_m: float | None, is_low: bool, is_stale: bool) -> str:
    """The answer when a store is likely to have it."""
    had = f"{store} had {'a few' if is_low else 'it'} {age(age_s)}{distance(distance_m)}."
    return f"{had} {'Call first. ' if is_low or is_stale else ''}{_CAVEAT}"


def say_unsure(store: str, *, age_s: int, distance_m: float | None) -> str:
    """The answer when the best that is known is too old to rely on."""
    return f"Not sure: {store}{distance(distance_m)}, was last heard of {age(age_s)}. Call first."


def say_none(*, checked: int, radius_m: float | None) -> str:
    """The answer when no store is known to have it now."""
    where = "at the stores asked" if radius_m is None else f"within {radius_m / 1000:g} km"
    if checked == 0:
        return f"No store {where} has told us about it."
    return (
        f"None of the {checked} stores {where} that sell it has it right now."
        if checked > 1
        else (f"The one store {where} that sells it has none right now.")
    )


def say_basket(visits: list[tuple[str, float | None]], *, served: int, wanted: int, is_any: bool) -> str:
    """The answer to a shopping list: where to go, nearest first, and how much of the list that gives."""
    names = " and ".join(f"{store}{distance(metres)}" for store, metres in visits)
    have = "had" if len(visits) == 1 else "together had"
    if is_any or wanted == 1:
        what = "it" if wanted == 1 else f"{served} of these {wanted}"
    elif served == wanted:
        what = f"all {wanted} items"
    else:
        what = f"{served} of {wanted} items"
    return f"{names} {have} {what}. {_CAVEAT}"
