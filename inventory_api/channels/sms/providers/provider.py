"""What a provider of text messages is to us, and what all of them share."""

from __future__ import annotations

import datetime as dt
import hmac
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx
import orjson
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from inventory_api.channels.sms.message import Caps, Inbound, Reply, SendResult, StatusUpdate
from inventory_api.domain.errors import Forbidden, InvalidInput
from inventory_api.domain.ports import SmsChannel

CONNECT_S, ANSWER_S = 2.0, 5.0


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call of a provider, untouched: signatures cover it.

    ``url`` is the public address with the query as it came, ``headers`` are by lower-case name, ``address`` is where
    it came from. None of it is shown: the address holds the channel's secret.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    address: str = field(repr=False, default="")

    @property
    def query(self) -> list[tuple[str, str]]:
        """Parameters of the URL, in order."""
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)

    @property
    def form(self) -> list[tuple[str, str]]:
        """Parameters of the body, in order: every one, blank ones too."""
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    @property
    def is_json(self) -> bool:
        """Whether the body says that it is JSON."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"

    def json(self) -> dict[str, Any]:
        """The body, a JSON object. Raises InvalidInput."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise InvalidInput("the body is no JSON object")
        return found


def instant_of(text: str) -> dt.datetime:
    """When a provider says that it took a message, UTC where it names no offset; now where that cannot be read."""
    try:
        told = dt.datetime.fromisoformat(text)
        return told.replace(tzinfo=dt.UTC) if told.tzinfo is None else told.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return dt.datetime.now(dt.UTC)


class Dlt(BaseModel):
    """India's registration: the sender's entity, and the id of each template by its key."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    entity: str
    templates: dict[str, str]


class Options(BaseModel):
    """What a channel of any provider may say of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    dlt: Dlt | None = None


_O = TypeVar("_O", bound=Options)


class SmsProvider(ABC, Generic[_O]):
    """One channel at one provider: reads its calls, writes its answers, sends.

    Args:
        channel: Which.
        client: Reaches the provider. Its timeouts are ours.

    Attributes:
        name: As in the URL.
        options_of: What the operator has to say of a channel.
        media_hosts: Where photos may be fetched from; a leading dot stands for every host below.
    """

    name: ClassVar[str]
    caps: ClassVar[Caps]
    options_of: ClassVar[type[Options]]
    media_hosts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, channel: SmsChannel, client: httpx.AsyncClient) -> None:
        self.channel = channel
        self.client = client
        self.options: _O = self.options_of.model_validate(dict(channel.options))  # type: ignore[assignment]

    @property
    def replies_inline(self) -> bool:
        """Whether a reply may stand in the answer to the call; a registered template's id cannot."""
        return self.caps.inline_reply and self.options.dlt is None

    @property
    def media_auth(self) -> tuple[str, str] | None:
        """User and password for photos, shown to the first of ``media_hosts`` alone."""
        return None

    @abstractmethod
    def verify(self, call: Call) -> None:
        """Make sure that the provider made this call; over its raw bytes, before anything is parsed.

        Raises:
            Forbidden: It did not, or cannot show it.
        """

    @abstractmethod
    def parse(self, call: Call) -> list[Inbound]:
        """The messages in a call; several where the provider sends batches, none where it tells of something else.

        Raises:
            InvalidInput: It is not what the provider sends.
        """

    def parse_status(self, call: Call) -> list[StatusUpdate]:
        """What a call tells of texts sent before."""
        return []

    def render_inline(self, reply: Reply | None) -> Response:
        """The answer to a call; with the reply, where ``replies_inline``."""
        return Response(status_code=204)

    async def send(self, to: str, reply: Reply) -> SendResult:
        """Hand over a text, once: nothing is tried again.

        Args:
            to: E.164.
            reply: What to say.
        """
        dlt = self.options.dlt
        if dlt is not None and reply.key not in dlt.templates:
            return SendResult("refused", code="no_template")
        return await self._send(to, reply)

    @abstractmethod
    async def _send(self, to: str, reply: Reply) -> SendResult: ...

    async def _deliver(
        self,
        url: str,
        read: Callable[[httpx.Response], SendResult],
        *,
        method: str = "POST",
        **request: Any,  # noqa: ANN401  as httpx takes it
    ) -> SendResult:
        """Call the provider; ``read`` judges its answer."""
        try:
            response = await self.client.request(
                method, url, timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S), **request
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return SendResult("unavailable", code="unreachable")
        except httpx.HTTPError as error:
            # It was on its way: whether it arrived nobody knows.
            return SendResult("unknown", code=type(error).__name__)
        if response.status_code in (429, 503):
            return SendResult("unavailable", code=str(response.status_code))
        if response.status_code >= 500:
            return SendResult("unknown", code=str(response.status_code))
        try:
            return read(response)
        except (LookupError, TypeError, ValueError):
            return SendResult("unknown", code="unreadable")


def equal(expected: str, given: str) -> bool:
    """Whether two signatures are the same, in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())


def refuse(reason: str) -> Forbidden:
    """The exception for a call that is not the provider's."""
    return Forbidden(reason)


def international(number: str) -> str:
    """A number with its country code but without a ``+``, as E.164 has it; names and short codes as they are."""
    return f"+{number}" if number.isascii() and number.isdigit() and len(number) > 6 else number
