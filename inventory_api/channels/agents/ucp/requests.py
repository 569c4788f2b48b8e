"""What agents ask, read more strictly than the protocol's models do.

Those let unknown members pass, also where that broadens an answer: a misspelt filter would be no filter, an ``offset``
the first page again. They take an infinite radius, and fail on every instant. What they say of a member still holds
here, and null is as good as nothing: so they write what was left out. ``ucp``, the protocol's own member, may stand in
every object and is passed over.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from ucp_sdk.models.schemas.common.location_lookup import LookupRequest
from ucp_sdk.models.schemas.common.location_search import SearchRequest
from ucp_sdk.models.schemas.common.types import location_filter, pagination
from ucp_sdk.models.schemas.common.types.context import Context
from ucp_sdk.models.schemas.common.types.geo import Geo
from ucp_sdk.models.schemas.common.types.location_distance import LocationDistance

from inventory_api.channels.problem import unreadable
from inventory_api.domain.errors import InvalidInput, RadiusTooLarge
from inventory_api.locales.catalog import Language, language_of_tag
from inventory_api.lookup.answer import MAX_RADIUS_M
from inventory_api.lookup.several import MAX_PRODUCTS
from inventory_api.lookup.stores import Circle

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


def _instant(value: object) -> object:
    # Pydantic alone takes epoch numbers, and a blank for the T.
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise PydanticCustomError("instant", "write an RFC 3339 instant with Z or an offset: 2026-11-20T17:00:00Z")
    try:
        return dt.datetime.fromisoformat(value.upper()).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("instant", "there is no such date or time") from None


class _Part(BaseModel):
    """A part of a question, and nothing else."""

    model_config = ConfigDict(extra="forbid")
    ucp: Annotated[Any, Field(exclude=True)] = None


class Center(Geo, _Part):
    """A point."""


class Distance(LocationDistance, _Part):
    """A circle."""

    center: Center
    max: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Hours(location_filter.Hours, _Part):
    """The instant, which the SDK's own model cannot read."""

    open_at: Annotated[AwareDatetime, BeforeValidator(_instant)]


class Filters(location_filter.LocationFilter, _Part):
    """Filters that we know."""

    hours: Hours | None = None


class Page(pagination.Request, _Part):
    """Where to go on."""


class _Asked(BaseModel):
    """What both requests share."""

    distance: Distance | None = None
    serves: Any = None
    filters: Filters | None = None
    context: Context | None = None

    @property
    def language(self) -> Language | None:
        """Asked for in the body; None for none, and for one that we lack."""
        return language_of_tag((self.context and self.context.language) or "")

    @model_validator(mode="after")
    def _is_known(self) -> _Asked:
        # An extension's own member is named by its reverse domain; anything else would be a misspelt one of these.
        for name in self.model_extra or {}:
            if "." not in name and name != "ucp":
                raise PydanticCustomError("unknown", "{name} is unknown here", {"name": name[:40]})
        return self


class Search(_Asked, SearchRequest):
    """``POST /ucp/locations/search``."""

    filters: Filters | None = None
    pagination: Page | None = None


class Lookup(_Asked, LookupRequest):
    """``POST /ucp/locations/lookup``."""


Model = TypeVar("Model", Search, Lookup)


def read(model: type[Model], body: bytes) -> Model:
    """Read a body.

    Raises:
        RequestValidationError: Not JSON, or not by the schema; names every mistake.
        RadiusTooLarge: A radius above ours, which must not be clamped.
        InvalidInput: A service target, which we cannot evaluate, or too many items.
    """
    try:
        asked = model.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise unreadable(error) from None
    if asked.serves is not None:
        raise InvalidInput("delivery areas are not known here: ask by distance instead", parameter="/serves")
    if asked.distance is not None and asked.distance.max > MAX_RADIUS_M:
        raise RadiusTooLarge(f"at most {MAX_RADIUS_M:.0f} meters", parameter="/distance/max")
    if asked.filters is not None and len(asked.filters.items or ()) > MAX_PRODUCTS:
        raise InvalidInput(f"at most {MAX_PRODUCTS} items", parameter="/filters/items")
    return asked


def circle_of(distance: Distance | None) -> Circle | None:
    """The circle asked for, as it was sent."""
    if distance is None:
        return None
    return Circle(distance.center.latitude, distance.center.longitude, distance.max)
