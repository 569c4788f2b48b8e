"""A secret key exchanged for a sealed cookie, and forms that only our own pages can send.

The cookie is the key itself, sealed: nothing is kept here, and a key that is rotated or revoked ends its sessions.
"""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from inventory_api.channels.http import RETAILER
from inventory_api.domain.errors import Forbidden, Unauthorized
from inventory_api.domain.ports import KeyHolder, Keys

COOKIE = "retailer_session"
TTL_S = 8 * 3600
CSRF = "csrf"
"""The field of every form that holds the token."""

_INFO = b"inventory-api retailer session"


@dataclass(frozen=True, slots=True)
class Session:
    """Whose it is, and the token that its forms carry."""

    holder: KeyHolder
    token: str

    def check(self, sent: str) -> None:
        """Make sure that a form is of this session. Raises Forbidden."""
        if not hmac.compare_digest(self.token.encode(), sent.encode()):
            raise Forbidden("the form is of another session")


class Sessions:
    """Seals and opens cookies.

    Args:
        keys: Asked with every request; they may remember a key for a few seconds.
        secret: The same in every process of an installation.
        public_base_url: Where browsers find us; "" where nobody said.
        clock: Unix seconds.
    """

    def __init__(
        self, keys: Keys, secret: bytes, public_base_url: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        derived = HKDF(SHA256(), length=64, salt=None, info=_INFO).derive(secret)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived[:32]))
        self._token_key = derived[32:]
        self._keys = keys
        self._public = urlsplit(public_base_url)
        self._clock = clock

    def seal(self, key: str) -> str:
        """The cookie's value for a key that was verified."""
        return self._fernet.encrypt_at_time(key.encode(), int(self._clock())).decode()

    async def open(self, request: Request) -> Session | None:
        """The session of a request, None where it has none.

        Raises:
            Unauthorized: It has ended: it is too old, or its key is no longer valid.
        """
        sealed = request.cookies.get(COOKIE)
        if sealed is None:
            return None
        try:
            key = self._fernet.decrypt_at_time(sealed, TTL_S, int(self._clock())).decode()
        except InvalidToken:
            raise Unauthorized("the session has ended") from None
        holder = await run_in_threadpool(self._keys.verify, key)
        return Session(holder, hmac.digest(self._token_key, sealed.encode(), "sha256").hex())

    def set(self, request: Request, response: Response, key: str) -> None:
        """Give the browser a session; it ends with the browser, or with its time."""
        is_secure = "https" in (request.url.scheme, self._public.scheme)
        response.set_cookie(COOKIE, self.seal(key), path=RETAILER, secure=is_secure, httponly=True, samesite="strict")

    def end(self, response: Response) -> None:
        """Take the session from the browser."""
        response.delete_cookie(COOKIE, path=RETAILER, httponly=True, samesite="strict")

    def check_origin(self, request: Request) -> None:
        """Refuse a form that another site's page sends. Raises Forbidden."""
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None:
            is_ours = site in ("same-origin", "none")
        else:
            # A proxy may end TLS, so schemes need not agree.
            hosts = {request.headers.get("host"), self._public.netloc} - {""}
            is_ours = origin is None or urlsplit(origin).netloc in hosts
        if not is_ours:
            raise Forbidden("another site sent this form")
