"""The gazetteer that the packages make, built once for all tests of this environment."""

from __future__ import annotations

from inventory_api.settings import Settings
from inventory_api.storage.gazetteer.build import ensure
from inventory_api.storage.gazetteer.reader import GazetteerFile


def the_gazetteer() -> GazetteerFile:
    """The one of ``make setup``, or made now: a few seconds."""
    return GazetteerFile(ensure(Settings().gazetteer_path))
