"""``/.well-known/ucp``: what of the protocol is spoken here, and where."""

from __future__ import annotations

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from ucp_sdk.models.schemas.profile import BusinessSchema

from inventory_api.channels.agents.ucp.envelope import LOOKUP, SEARCH, VERSION
from inventory_api.channels.ports import ports_of
from inventory_api.channels.reading import JSON, is_known, tag_of

MAX_AGE_S = 3_600

_SITE = f"https://ucp.dev/{VERSION}"


async def get_profile(request: Request) -> Response:
    """The business profile."""
    base = ports_of(request).public_base_url or str(request.base_url).rstrip("/")
    body = _profile(base)
    headers = {"ETag": tag_of(body).decode(), "Cache-Control": f"public, max-age={MAX_AGE_S}"}
    known = request.scope["state"]["headers"].get(b"if-none-match")
    if known is not None and is_known(tag_of(body), known):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=JSON)


@lru_cache(maxsize=16)
def _profile(base: str) -> bytes:
    profile = {
        "ucp": {
            "version": VERSION,
            "services": {
                "dev.ucp.common": [
                    {
                        "version": VERSION,
                        "transport": "rest",
                        "endpoint": f"{base}/ucp",
                        "spec": f"{_SITE}/specification/overview",
                        "schema": f"{_SITE}/services/common/rest.openapi.json",
                    }
                ]
            },
            "capabilities": {SEARCH: [_capability("search")], LOOKUP: [_capability("lookup")]},
            "payment_handlers": {},
        }
    }
    return BusinessSchema.model_validate(profile).model_dump_json(by_alias=True, exclude_none=True).encode()


def _capability(name: str) -> dict[str, str]:
    return {
        "version": VERSION,
        "spec": f"{_SITE}/specification/common/location/{name}",
        "schema": f"{_SITE}/schemas/common/location_{name}.json",
    }
