"""Every code that a problem may have: what a client may branch on, and what its author does about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi.exceptions import RequestValidationError

from inventory_api.domain import errors as e


@dataclass(frozen=True, slots=True)
class Kind:
    """What a client may branch on: the code never changes; title, status and mend belong to it.

    ``mend`` says what to do about any problem with this code; its ``detail`` and ``errors`` say more of this one.
    """

    code: str
    status: int
    title: str
    mend: str


INVALID_REQUEST = Kind(
    "invalid_request",
    422,
    "The request cannot be understood",
    "Each of errors names a parameter, header or place in the body, and says what belongs there; /docs lists them all.",
)
INTERNAL_ERROR = Kind(
    "internal_error",
    500,
    "A fault of ours",
    "Nothing is wrong with the request. Send it again in a while; if it stays, tell us its request_id.",
)
NOT_FOUND = Kind(
    "not_found",
    404,
    "There is nothing here",
    "Compare path and id with what the list endpoint shows; no path ends in a slash, and what belongs to another "
    "retailer's key is not there.",
)
UNAUTHORIZED = Kind(
    "unauthorized",
    401,
    "A valid key is needed",
    "Send one key, as Authorization: Bearer KEY or X-API-Key: KEY; inventory-api retailer rotate-key makes a new one. "
    "Questions of shoppers need none.",
)
FORBIDDEN = Kind(
    "forbidden",
    403,
    "This key may not do that",
    "Send the retailer's secret key; a publishable one only reads, and never writes.",
)
CONFLICT = Kind(
    "conflict",
    409,
    "The state of the thing does not allow this",
    "Read the thing again and do what detail says; a new request needs a new Idempotency-Key.",
)
PRECONDITION = Kind(
    "precondition_failed",
    412,
    "It was changed since you read it",
    "Read it again, carry your change over, and send its new ETag in If-Match. tus: send Tus-Resumable: 1.0.0.",
)
TOO_LARGE = Kind(
    "payload_too_large",
    413,
    "The body is too large",
    "Send less at once: detail has the limit. Feeds go to /v1/feeds or, in pieces, to /v1/uploads.",
)
MEDIA = Kind(
    "unsupported_media_type",
    415,
    "This endpoint does not read that format",
    "Send the Content-Type that detail asks for.",
)
LIMITED = Kind(
    "rate_limited",
    429,
    "Too many requests",
    "Wait Retry-After seconds; RateLimit in every answer says how many calls are left.",
)
NOT_ACCEPTABLE = Kind(
    "not_acceptable",
    406,
    "There is no answer in that format",
    "Leave Accept out, or ask for one of the formats that detail names.",
)
OVERLOADED = Kind(
    "overloaded",
    503,
    "More requests than we can answer well",
    "Wait Retry-After seconds, then once more, then twice as long.",
)

KINDS: Mapping[type[Exception] | int, Kind] = {
    e.InvalidInput: INVALID_REQUEST,
    e.InvalidGtin: Kind(
        "invalid_gtin",
        422,
        "Not a valid GTIN",
        "Scan again: a wrong check digit is nearly always a bad scan. Send 8, 12, 13 or 14 digits as they were read.",
    ),
    e.InvalidCoordinates: Kind(
        "invalid_coordinates",
        422,
        "Not a point on earth",
        "Send decimal degrees, latitude -90 to 90 and longitude -180 to 180, and look whether the two are swapped.",
    ),
    e.OriginRequired: Kind(
        "origin_required",
        422,
        "Exactly one origin is needed",
        "Say where, in one way: lat and lon, or near, or place, or store_id.",
    ),
    e.PlaceNotFound: Kind(
        "place_not_found",
        422,
        "No such place is known",
        "Try /v1/places?q=, a postal code, or the next larger town; or send lat and lon.",
    ),
    e.AmbiguousPlace: Kind(
        "ambiguous_place",
        422,
        "Several places have this name",
        "Let the shopper pick one of candidates and send its lat and lon, or add country.",
    ),
    e.RadiusTooLarge: Kind(
        "radius_too_large",
        422,
        "The radius is above the maximum",
        "Ask for 160 km at most; unit says what radius is counted in.",
    ),
    e.BatchTooLarge: Kind(
        "batch_too_large",
        422,
        "More items than one call takes",
        "Send the items in several calls; detail has the limit.",
    ),
    e.PayloadTooLarge: TOO_LARGE,
    e.UnsupportedMediaType: MEDIA,
    e.NotAcceptable: NOT_ACCEPTABLE,
    e.NotFound: NOT_FOUND,
    e.UnknownProduct: Kind(
        "unknown_product",
        404,
        "No retailer ever named this product",
        "It is not sold here as far as we know: say so, or search by words with /v1/products?q=.",
    ),
    e.UnknownStore: Kind(
        "unknown_store",
        404,
        "No store has this id",
        "Take ids from /v1/stores; a retailer's own store code is no id.",
    ),
    e.UnknownRetailer: NOT_FOUND,
    e.UnknownSource: NOT_FOUND,
    e.UnknownUpload: NOT_FOUND,
    e.UnknownEndpoint: NOT_FOUND,
    e.UnknownWatch: NOT_FOUND,
    e.UnknownRun: Kind(
        "unknown_run",
        404,
        "No feed run has this id",
        "Take ids from /v1/feed-runs, with the key of the retailer that sent the feed.",
    ),
    e.Conflict: CONFLICT,
    e.VersionMismatch: PRECONDITION,
    e.AlreadyAvailable: Kind(
        "already_available",
        409,
        "A store within the radius has it now",
        "Nothing to wait for: ask /v1/availability which store it is; watch again when it is gone.",
    ),
    e.TooManyWatches: Kind(
        "too_many_watches",
        409,
        "The subscriber has as many active watches as one may",
        "Delete one that is not needed any more (DELETE /v1/watches/{id}); each ends by itself after 14 days.",
    ),
    e.OptedOut: Kind(
        "opted_out",
        409,
        "The owner of this number wants no texts",
        "Only they can change that, by texting START to us; use a webhook, or tell them in your app.",
    ),
    e.Refused: FORBIDDEN,
    e.Unauthorized: UNAUTHORIZED,
    e.Forbidden: FORBIDDEN,
    e.RateLimited: LIMITED,
    e.FeedRejected: Kind(
        "feed_rejected",
        422,
        "The feed cannot be used",
        "The notice in errors says what is wrong with the file; mend it where it is made and upload it anew.",
    ),
    e.Unavailable: OVERLOADED,
    e.IndexUnavailable: Kind(
        "index_unavailable",
        503,
        "The serving index cannot answer now",
        "Wait Retry-After seconds, then once more, then twice as long; meanwhile show what you hold, with its age.",
    ),
    e.Overloaded: OVERLOADED,
    e.DeadlineExceeded: Kind(
        "deadline_exceeded",
        503,
        "The answer did not come in time",
        "Wait Retry-After seconds and ask once more; ask for a smaller radius or fewer items where it comes back.",
    ),
    RequestValidationError: INVALID_REQUEST,
    Exception: INTERNAL_ERROR,
    401: UNAUTHORIZED,
    403: FORBIDDEN,
    404: NOT_FOUND,
    406: NOT_ACCEPTABLE,
    405: Kind(
        "method_not_allowed",
        405,
        "This endpoint does not answer that method",
        "Use one of the methods that Allow names.",
    ),
    408: Kind(
        "body_too_slow",
        408,
        "The body did not arrive in time",
        "Send it again on a new connection; over a slow line send a feed packed, or in pieces to /v1/uploads.",
    ),
    409: CONFLICT,
    412: PRECONDITION,
    413: TOO_LARGE,
    415: MEDIA,
    460: Kind(
        "checksum_mismatch",
        460,
        "The bytes that arrived are not the ones that were sent",
        "Send this piece again, from Upload-Offset on: nothing of it was kept.",
    ),
    429: LIMITED,
    503: OVERLOADED,
}
"""Exception class, or status of a bare ``HTTPException``, to what a client sees."""

BY_CODE: Mapping[str, Kind] = {kind.code: kind for kind in KINDS.values()}
