"""The places that a text may name, of all that are known here; who has stores there is none of its matter.

In this order: coordinates, a Plus Code (a short one with its town), a postal code (or as much of it as is known), the
places that our stores name, cities and neighborhoods by name, names that sound alike.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from inventory_api.domain import geo, plus_code
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.ports import Gazetteer
from inventory_api.domain.text import fold, reading, sound_of
from inventory_api.lookup.kinds import KINDS
from inventory_api.lookup.localities import Localities
from inventory_api.lookup.positions import cell_of, is_position, point_of

TOWN_M = 30_000.0
"""How far from the middle of a town its parts are, at most."""

_TOWN_DEGREES = TOWN_M / 110_000
"""The same from north to south."""

SHORTEST_PREFIX = 3
LONG_TOGETHER = 6
"""Letters of a name that its words may be parted in otherwise: "kukat pally", but no "c or"."""

ALIKE = 75.0
"""Of 100: how alike a name must be written to be taken for a misspelt one."""

_SHORTEST_SOUND = 3
"""Consonants of a name in another script: of fewer there are too many."""

_COUNTRY_WORDS = {"usa": "US", "united states": "US", "america": "US", "india": "IN", "bharat": "IN",
                  "pakistan": "PK", "uk": "GB", "united kingdom": "GB", "england": "GB", "canada": "CA"}  # fmt: skip


class Namesakes:
    """Finds places by their names.

    Args:
        gazetteer: The places that come with the program.
        localities: Those that our stores name.
    """

    def __init__(self, gazetteer: Gazetteer, localities: Localities) -> None:
        self._gazetteer = gazetteer
        self._localities = localities

    def of(self, text: str, *, is_guessing: bool) -> list[Place]:
        """The places that a text may name, in no order.

        Args:
            text: As the shopper wrote it.
            is_guessing: Whether a name that nobody knows may be a misspelt one, or the begin of a postal code.
        """
        point = point_of(text)
        if point is not None:
            return [point]
        if is_position(text) and "." in text:
            # Off the earth. No postal code has decimals.
            return []
        code, _, town = text.replace(",", " ").partition(" ")
        if plus_code.is_plus_code(code):
            return self._coded(code.upper(), town)
        folded = fold(text)
        if not folded:
            return []
        words = folded.split()
        # The whole text first; then a name with its state, city or country behind it.
        for cut in range(len(words), 0, -1):
            name, tail = " ".join(words[:cut]), words[cut:]
            likely = self._named(name) or (self._heard(name, is_whole=not tail) if is_guessing else [])
            found = self._qualified(likely, tail)
            # Or a town with its part behind it.
            parts = self._parts(" ".join(tail), words[:cut], likely) if likely and tail else []
            if parts or found:
                return [*(parts or found)]
        return (self._prefix(folded) or self._alike(folded)) if is_guessing else []

    def _parts(self, name: str, town: Sequence[str], towns: Sequence[Place]) -> Sequence[Place]:
        """Smaller places of a name that the words before it place."""
        largest = max(place.population for place in towns)
        return self._qualified([place for place in self._named(name) if place.population < largest], town)

    def _coded(self, code: str, town: str) -> list[Place]:
        """The cell of a Plus Code; of a short one the nearest to its town, wherever that may be."""
        try:
            if plus_code.is_full(code):
                return cell_of(code, plus_code.decode(code), None)
            near = self.of(town.strip(), is_guessing=True) if town.strip() else []
            cells = [
                cell_of(code, plus_code.recover(code, latitude=one.latitude, longitude=one.longitude), one)
                for one in near
            ]
        except ValueError:
            return []
        return [place for places in cells for place in places]

    def _qualified(self, places: Sequence[Place], tail: Sequence[str]) -> Sequence[Place]:
        """Those of places of a name of which the words behind it say where they are; each stretch of them must."""
        if not tail or not places:
            return places
        for length in range(len(tail), 0, -1):
            words = " ".join(tail[:length])
            regions = self._gazetteer.regions(words)
            towns = [town for town in self._named(words) or self._heard(words) if town.kind is PlaceKind.CITY]
            there = [
                place
                for place in places
                if words in KINDS
                or words in {fold(part) for part in (place.region, place.parent, place.country) if part}
                or _COUNTRY_WORDS.get(words) == place.country
                or (place.country, place.region) in regions
                or any(_is_near(place, town) for town in towns)
            ]
            found = self._qualified(there, tail[length:])
            if found:
                return found
        return ()

    def _named(self, name: str) -> list[Place]:
        found: list[Place] = []
        code = name.replace(" ", "")
        is_numbered = any(char.isdigit() for char in code)
        if is_numbered:
            found = self._gazetteer.postal_codes(code)
        found = found or [*self._localities.named(name), *self._gazetteer.named(name)]
        may_be_parted = is_numbered or " " not in name or len(code) >= LONG_TOGETHER
        return found if may_be_parted else [place for place in found if fold(place.name) == name]

    def _prefix(self, folded: str) -> list[Place]:
        """A postal code that nobody listed lies near those that begin like it."""
        code = folded.replace(" ", "")
        if not any(char.isdigit() for char in code):
            return []
        for length in range(len(code) - 1, SHORTEST_PREFIX - 1, -1):
            found = self._gazetteer.postal_prefix(code[:length], len(code))
            if found:
                return found
        return []

    def _heard(self, folded: str, *, is_whole: bool = False) -> list[Place]:
        """The places of a name in another script by its sound alone, as it shares no letter with theirs.

        Several words must sound alike with their vowels, where no town behind them says which place is meant.
        """
        heard = [] if folded.isascii() else self._sounding(folded)
        if not is_whole:
            return heard
        said = ["".join(map(reading, way.split())) for way in _ways(folded)]
        return [p for p in heard if max(fuzz.ratio(way, reading(fold(p.name))) for way in said) >= ALIKE]

    def _sounding(self, folded: str) -> list[Place]:
        sounds = set(map(sound_of, _ways(folded)))
        if not folded.isascii():
            sounds = {sound for sound in sounds if len(sound) >= _SHORTEST_SOUND}
        return [
            place for sound in sounds for place in (*self._localities.sounding(sound), *self._gazetteer.sounding(sound))
        ]

    def _alike(self, folded: str) -> list[Place]:
        heard = self._sounding(folded)
        scored = [(fuzz.ratio(folded, fold(place.name)), place) for place in heard]
        same_script = [place for score, place in scored if score >= ALIKE]
        return same_script or ([] if folded.isascii() else heard)


def _ways(folded: str) -> set[str]:
    """How a name in another script may be meant: Telugu has no z."""
    return {folded, folded.replace("జ", "z")}


def _is_near(part: Place, town: Place) -> bool:
    """Whether a place may be a part of a town."""
    # Most are in another latitude, which is told in a hundredth of the time.
    if abs(part.latitude - town.latitude) > _TOWN_DEGREES or part == town:
        return False
    return geo.geodesic_m(part.latitude, part.longitude, town.latitude, town.longitude) <= TOWN_M
