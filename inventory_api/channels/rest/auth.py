"""Keys: who is asking, and whether they may write. The retailer comes from the key and nowhere else."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from inventory_api.domain.errors import Forbidden, Unauthorized
from inventory_api.domain.ports import KeyHolder

_BEARER = HTTPBearer(auto_error=False, description="A key of a retailer; for most calls a secret one.")
_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key, for clients without Bearer.")


async def require_key(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    header: Annotated[str | None, Security(_HEADER)],
) -> KeyHolder:
    """Who holds the request's key; ``Callers`` has read it, what stands here is for the document.

    Raises:
        Unauthorized: There is no key.
    """
    holder: KeyHolder | None = request.scope["state"].get("holder")
    if holder is None:
        what = "Authorization has no Bearer key: " if "authorization" in request.headers else ""
        raise Unauthorized(f"{what}send Authorization: Bearer KEY or X-API-Key: KEY")
    return holder


AnyHolder = Annotated[KeyHolder, Depends(require_key)]


async def require_secret(holder: AnyHolder) -> KeyHolder:
    """Who holds the request's secret key.

    Raises:
        Unauthorized: There is no key.
        Forbidden: A publishable key.
    """
    if not holder.secret:
        raise Forbidden("this is a publishable key, which changes nothing here; a secret key is needed")
    return holder


Holder = Annotated[KeyHolder, Depends(require_secret)]
