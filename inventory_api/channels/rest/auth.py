"""Keys: who is asking, and whether they may write. The retailer comes from the key and nowhere else."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from inventory_api.channels.ports import Ports
from inventory_api.domain.errors import Forbidden, Unauthorized
from inventory_api.domain.ports import KeyHolder

_BEARER = HTTPBearer(auto_error=False, description="A secret key of a retailer.")
_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key, for clients without Bearer.")


def require_secret(
    ports: Ports,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    header: Annotated[str | None, Security(_HEADER)],
) -> KeyHolder:
    """Who holds the request's secret key. Synchronous: a key not asked lately is looked up in SQL.

    Raises:
        Unauthorized: No key, two different ones, or one we do not know.
        Forbidden: A publishable key.
    """
    keys = {key for key in (bearer.credentials if bearer else None, header) if key}
    if not keys:
        raise Unauthorized("send Authorization: Bearer KEY or X-API-Key: KEY")
    if len(keys) > 1:
        raise Unauthorized("Authorization and X-API-Key hold different keys; send one")
    holder = ports.keys.verify(keys.pop())
    if not holder.secret:
        raise Forbidden("this is a publishable key, which only reads; a secret key is needed")
    return holder


Holder = Annotated[KeyHolder, Depends(require_secret)]
