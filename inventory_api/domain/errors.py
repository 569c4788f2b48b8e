"""What can go wrong, as facts: no sentences for people, no HTTP statuses.

    InventoryError
    ├─ InvalidInput   InvalidGtin, InvalidCoordinates, OriginRequired, PlaceNotFound, AmbiguousPlace,
    │                 RadiusTooLarge, BatchTooLarge, PayloadTooLarge, UnsupportedMediaType, NotAcceptable
    ├─ NotFound       UnknownProduct, UnknownStore, UnknownRetailer, UnknownRun, UnknownSource, UnknownUpload,
    │                 UnknownEndpoint, UnknownWatch
    ├─ Conflict       VersionMismatch, AlreadyAvailable, TooManyWatches, OptedOut
    ├─ Refused        Unauthorized, Forbidden, FeedRejected, RateLimited
    └─ Unavailable    IndexUnavailable, Overloaded, DeadlineExceeded

The REST channel turns them into problem+json with one table.
"""

from __future__ import annotations

from inventory_api.domain.place import Place


class InventoryError(Exception):
    """Base of every error this product raises on purpose."""


class InvalidInput(InventoryError):
    """The caller's question or file cannot be understood.

    Args:
        reason: What is wrong with this occurrence, and how to mend it.
        parameter: The query parameter, header or JSON pointer at fault, where there is one.
    """

    def __init__(self, reason: str, *, parameter: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.parameter = parameter


class InvalidGtin(InvalidInput):
    """Not 8, 12, 13 or 14 digits, or the check digit does not fit."""


class InvalidCoordinates(InvalidInput):
    """Latitude outside -90..90 or longitude outside -180..180."""


class OriginRequired(InvalidInput):
    """No origin, or more than one."""


class PlaceNotFound(InvalidInput):
    """No gazetteer and no store knows a place of this name."""


class AmbiguousPlace(InvalidInput):
    """Several places have this name, and nothing says which is meant; ``candidates`` are the likeliest."""

    def __init__(self, reason: str, candidates: list[Place], *, parameter: str | None = None) -> None:
        super().__init__(reason, parameter=parameter)
        self.candidates = candidates


class RadiusTooLarge(InvalidInput):
    """The search radius is above the documented maximum."""


class BatchTooLarge(InvalidInput):
    """More rows in one call than the documented maximum."""


class PayloadTooLarge(InvalidInput):
    """More bytes in one call than the documented maximum."""


class UnsupportedMediaType(InvalidInput):
    """A body in a format that this endpoint does not read."""


class NotAcceptable(InvalidInput):
    """An answer is wanted in a format that this endpoint does not write."""


class NotFound(InventoryError):
    """The thing named does not exist, or belongs to another retailer."""

    def __init__(self, name: str, *, parameter: str | None = None) -> None:
        super().__init__(name)
        self.name = name
        self.parameter = parameter


class UnknownProduct(NotFound):
    """No retailer ever named this product."""


class UnknownStore(NotFound):
    """No store has this id."""


class UnknownRetailer(NotFound):
    """No retailer has this id."""


class UnknownRun(NotFound):
    """No feed run has this id."""


class UnknownSource(NotFound):
    """No feed source of this retailer has this id."""


class UnknownUpload(NotFound):
    """No resumable upload of this retailer has this id, or it expired."""


class UnknownEndpoint(NotFound):
    """No webhook endpoint of this retailer has this id."""


class UnknownWatch(NotFound):
    """No watch made with a key of this retailer has this id."""


class Conflict(InventoryError):
    """The thing exists, but in a state that does not allow this."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class VersionMismatch(Conflict):
    """The thing was changed since the caller read it."""


class AlreadyAvailable(Conflict):
    """What is to be watched for is there now.

    Args:
        store_id: The nearest store that has it.
    """

    def __init__(self, store_id: int) -> None:
        super().__init__(f"the store s{store_id} has it now: ask GET /v1/availability, there is nothing to wait for")
        self.store_id = store_id


class TooManyWatches(Conflict):
    """The subscriber waits for as much as one may."""


class OptedOut(Conflict):
    """The owner of the number wants no texts, until they say otherwise themselves."""


class Refused(InventoryError):
    """Understood, and not allowed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unauthorized(Refused):
    """No key, or one we do not know."""


class Forbidden(Refused):
    """A key of the wrong kind."""


class RateLimited(Refused):
    """A caller has made as many calls as it may.

    Args:
        policy: What is limited, in a word.
        limit: Calls that are allowed in a window.
        window_s: Seconds of a window.
        retry_after_s: Seconds until the next one.
    """

    def __init__(self, policy: str, limit: int, window_s: int, retry_after_s: int) -> None:
        super().__init__(f"at most {limit} calls in {window_s} seconds ({policy})")
        self.policy = policy
        self.limit = limit
        self.window_s = window_s
        self.retry_after_s = retry_after_s


class FeedRejected(Refused):
    """The feed as a whole cannot be used; ``code`` is the notice code that says why."""

    def __init__(self, code: str, reason: str, *, line: int | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.line = line


class Unavailable(InventoryError):
    """Our side cannot answer now; the same call may work later."""

    def __init__(self, reason: str, *, retry_after_s: int = 2) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class IndexUnavailable(Unavailable):
    """Redis is away, or holds an index that is not complete."""


class Overloaded(Unavailable):
    """More questions at once than we can answer well."""


class DeadlineExceeded(Unavailable):
    """The answer did not come within the request's deadline."""
