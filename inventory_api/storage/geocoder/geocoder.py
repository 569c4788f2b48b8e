"""A geocoder that the operator chose is asked: once a question, once a second in all, never for long.

Everybody who asks, shopper or feed, in whatever process, shares the memory and the turn in SQL. Hits are remembered
for 90 days and misses for one. A geocoder that failed three times in a row, or says that it is asked too often, is left
alone by all for a minute: the next turn is put that far off.
"""

from __future__ import annotations

import datetime as dt
import inspect
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from geopy.adapters import URLLibAdapter
from geopy.exc import GeocoderRateLimited
from geopy.geocoders import get_geocoder_for_service

from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.text import fold
from inventory_api.storage.geocoder.answers import place_of
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.vault import Vault

TIMEOUT_S = 2.0
EVERY_S = 1.0
HITS_KEPT = dt.timedelta(days=90)
MISSES_KEPT = dt.timedelta(days=1)
MAX_FAILURES = 3
LEFT_ALONE = dt.timedelta(minutes=1)
MAX_PLACES = 5

_OF_OPENSTREETMAP = frozenset({"nominatim", "photon", "openmapquest", "pickpoint", "opencage"})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Query:
    """A question: an address or a name, and the country (ISO 3166 alpha-2) whose places alone are meant."""

    text: str
    country: str | None = None

    @property
    def key(self) -> str:
        """What two spellings of one question share."""
        return f"{self.country or '*'} {fold(self.text)}"


class Geocoder:
    """One of geopy's geocoders, with a memory in SQL; thread-safe, and synchronous (SQL, network, waiting).

    Args:
        db: Remembers answers, and whose turn it is.
        service: geopy's word for it: ``nominatim``, ``photon``, ``here``, ...
        options: Of geopy's class: ``user_agent``, ``domain``, ``api_key``, ...
        vault: Seals what is remembered.
        now: The clock.
        sleep: Waits for our turn.

    Raises:
        geopy.exc.GeopyError: There is no such service, or it refuses the options.
    """

    def __init__(
        self,
        db: Database,
        service: str,
        options: Mapping[str, Any],
        vault: Vault,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._db = db
        self.service = service
        self._vault = vault
        # Named, as geopy else takes whatever is installed; and the one of requests tries three times over.
        defaults = {"timeout": TIMEOUT_S, "adapter_factory": URLLibAdapter}
        self._asked: Any = get_geocoder_for_service(service)(**{**defaults, **options})
        self._now = now
        self._sleep = sleep
        self._failures = 0

    @property
    def attribution(self) -> str:
        """Whom to credit beside its answers."""
        return "© OpenStreetMap contributors" if self.service in _OF_OPENSTREETMAP else self.service

    def recall(self, query: Query) -> list[Place] | None:
        """What it answered before, likeliest first; None where it never did, or too long ago. One SQL read.

        Raises:
            Unavailable: SQL is away.
        """
        with self._db.read() as tx:
            sealed = tx.geocodes.find(self._vault.pseudonym(query.key), self._now())
        return None if sealed is None else [_place(fields) for fields in self._vault.open(sealed)["places"]]

    def find(self, query: Query, *, patience_s: float) -> list[Place] | None:
        """The places that a question means, by memory or by asking; None where nobody can be asked now.

        Args:
            query: The question.
            patience_s: Seconds that our turn is waited for; the answer takes ``TIMEOUT_S`` more at most.

        Raises:
            Unavailable: SQL is away.
        """
        known = self.recall(query)
        if known is not None:
            return known
        begun = self._now()
        with self._db.write() as tx:
            turn = tx.geocodes.reserve_turn(begun, EVERY_S, before=begun + dt.timedelta(seconds=patience_s))
        if turn is None:
            logger.info("%s is not asked: too many others wait, or it is left alone", self.service)
            return None
        wait_s = max(0.0, (turn - self._now()).total_seconds())
        self._sleep(wait_s)
        # While we waited another process may have asked the same.
        known = self.recall(query) if wait_s else None
        return known if known is not None else self._ask(query)

    def _ask(self, query: Query) -> list[Place] | None:
        try:
            found = self._asked.geocode(query.text, **self._wishes(query)) or []
            places = [place_of(one, self.service) for one in found]
        except Exception as error:
            # geopy reads a stranger's answer: whatever breaks there is theirs.
            self._fail(error)
            return None
        self._failures = 0
        # Not every service can be told the country.
        fit = [place for place in places if place and query.country in (None, place.country or query.country)]
        now = self._now()
        # What a shopper asked, and where that is, is nobody's to read in a backup.
        sealed = self._vault.seal({"places": [asdict(place) for place in fit]})
        with self._db.write() as tx:
            until = now + (HITS_KEPT if fit else MISSES_KEPT)
            tx.geocodes.remember(self._vault.pseudonym(query.key), sealed, now, until=until)
        return fit

    def _wishes(self, query: Query) -> dict[str, Any]:
        """What this service can be told beside the words."""
        wishes: dict[str, Any] = {
            "exactly_one": False,
            "limit": MAX_PLACES,
            "addressdetails": True,
            "language": "en",
            "country_codes": query.country,
            "country": query.country,
        }
        known = inspect.signature(self._asked.geocode).parameters
        return {name: wish for name, wish in wishes.items() if name in known and wish is not None}

    def _fail(self, error: Exception) -> None:
        self._failures += 1
        # Not its text, which may hold the question: shoppers' whereabouts are in no log.
        logger.warning("%s does not answer: %s", self.service, type(error).__name__)
        if self._failures < MAX_FAILURES and not isinstance(error, GeocoderRateLimited):
            return
        logger.warning("%s is left alone for %d s", self.service, LEFT_ALONE.total_seconds())
        with self._db.write() as tx:
            tx.geocodes.put_off(self._now() + LEFT_ALONE)


def _place(fields: dict[str, Any]) -> Place:
    return Place(**fields | {"kind": PlaceKind(fields["kind"])})
