"""The body of ``PUT /v1/feed-sources/{id}``: one shape a protocol, checked down to the last key."""

from __future__ import annotations

import codecs
import datetime as dt
import zoneinfo
from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.dataclasses import dataclass as checked_dataclass
from pydantic_core import PydanticCustomError

from inventory_api.channels.problem import unreadable
from inventory_api.domain.errors import InvalidInput
from inventory_api.domain.feed import FeedKind, FeedMode
from inventory_api.domain.money import is_currency
from inventory_api.domain.ports import SourceDraft
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.source import HOOKED, Protocol

SHORTEST_S, LONGEST_S = 60, 7 * 86_400
_SOME_DAY = dt.datetime(2026, 11, 23, 17, 45, 30)


def _web_address(text: str) -> str:
    try:
        url = urlsplit(text)
        is_whole = url.scheme in ("https", "http") and bool(url.hostname) and url.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise PydanticCustomError("source", "is no web address that begins with https://")
    if url.username is not None or url.password is not None:
        raise PydanticCustomError("source", "holds credentials: send them as credentials, which are never shown")
    if url.fragment:
        raise PydanticCustomError("source", "holds a #, which no server is sent")
    return text


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise PydanticCustomError("source", "is no encoding such as windows-1252") from None


def _timezone(name: str) -> str:
    if name not in zoneinfo.available_timezones():
        raise PydanticCustomError("source", "is no IANA time zone such as America/New_York")
    return name


def _currency(code: str) -> str:
    if not is_currency(code):
        raise PydanticCustomError("source", "is no ISO 4217 currency such as USD")
    return code


def _as_of(pattern: str) -> str:
    if pattern == "received":
        return pattern
    try:
        day = dt.datetime.strptime(_SOME_DAY.strftime(pattern), pattern).date()
    except ValueError:
        day = None
    if day != _SOME_DAY.date():
        raise PydanticCustomError(
            "source", "is neither received nor a file name with at least %Y, %m and %d, such as stock_%Y%m%d.csv"
        )
    return pattern


_PLAIN = r"^[^\x00-\x1f\x7f]*$"
Line = Annotated[str, Field(max_length=1024, pattern=_PLAIN)]
Glob = Annotated[str, Field(min_length=1, max_length=256, pattern=_PLAIN, description="Which file names are the feed.")]
Secret = Annotated[str, Field(min_length=1, max_length=16_384)]
Address = Annotated[str, Field(max_length=2048, pattern=r"^[\x21-\x7e]+$"), AfterValidator(_web_address)]


@checked_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ProfileIn(FeedProfile):
    """``FeedProfile`` as a retailer may write it."""

    encoding: Annotated[str, AfterValidator(_encoding)] | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    skip_rows: Annotated[int, Field(ge=0, le=10_000)] = 0
    decimal: Literal[".", ","] | None = None
    date_order: Literal["mdy", "dmy"] | None = None
    timezone: Annotated[str, AfterValidator(_timezone)] | None = None
    currency: Annotated[str, AfterValidator(_currency)] | None = None
    thresholds: Mapping[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(default_factory=dict)
    as_of: Annotated[str, Field(max_length=128), AfterValidator(_as_of)] | None = None

    def plain(self) -> FeedProfile:
        """The profile, as the domain knows it."""
        return FeedProfile(**{field.name: getattr(self, field.name) for field in fields(FeedProfile)})


class _Credentials(BaseModel):
    """Base; ``{}`` takes the credentials away. ``together``: one of these sets of fields, or nothing."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    together: ClassVar[tuple[frozenset[str], ...]]
    optional: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = self.model_fields_set - self.optional
        if given and given not in self.together:
            raise PydanticCustomError(
                "source", "give " + ", or ".join(" and ".join(sorted(names)) for names in self.together)
            )
        return self


class WebLogin(_Credentials):
    """Of a web server: a user, or a bearer token."""

    together = (frozenset({"username", "password"}), frozenset({"token"}))
    username: Secret | None = None
    password: Secret | None = None
    token: Secret | None = None


class SshLogin(_Credentials):
    """Of an SFTP server: a password, or a private key in OpenSSH's or PEM form."""

    together = (frozenset({"username", "password"}), frozenset({"username", "private_key"}))
    optional = frozenset({"passphrase"})
    username: Secret | None = None
    password: Secret | None = None
    private_key: Secret | None = None
    passphrase: Secret | None = None


class StoreKeys(_Credentials):
    """Of an object store."""

    together = (frozenset({"access_key_id", "secret_access_key"}),)
    optional = frozenset({"session_token"})
    access_key_id: Secret | None = None
    secret_access_key: Secret | None = None
    session_token: Secret | None = None


class HookSecret(_Credentials):
    """What a point of sale signs with; the previous one holds while it is replaced."""

    together = (frozenset({"secret"}),)
    optional = frozenset({"previous_secret"})
    secret: Secret | None = None
    previous_secret: Secret | None = None


class SourceIn(BaseModel):
    """What every source says. Fields of the subclasses are the source's settings."""

    model_config = ConfigDict(extra="forbid")

    kind: FeedKind
    mode: FeedMode = FeedMode.FULL
    store_code: Annotated[str, Field(min_length=1, max_length=64, pattern=_PLAIN)] | None = None
    profile: ProfileIn = Field(default_factory=ProfileIn)

    @model_validator(mode="after")
    def _is_of_stores(self) -> Self:
        if self.store_code is not None and self.kind is not FeedKind.INVENTORY:
            raise PydanticCustomError("source", "store_code is of inventory feeds")
        return self


class UploadSource(SourceIn):
    """Files that are uploaded: only how they are read."""

    protocol: Literal["upload"]


class _Pulled(SourceIn):
    every_s: int = Field(900, ge=SHORTEST_S, le=LONGEST_S, description="Seconds from one visit to the next.")


class HttpsSource(_Pulled):
    """One URL."""

    protocol: Literal["https"]
    url: Address
    credentials: WebLogin | None = None


class SftpSource(_Pulled):
    """A folder of an SFTP server."""

    protocol: Literal["sftp"]
    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:_-]+$")]
    port: int = Field(22, ge=1, le=65_535)
    host_keys: list[Annotated[str, Field(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")]] = Field(
        min_length=1,
        max_length=8,
        description="Fingerprints of the server's keys: `ssh-keyscan HOST | ssh-keygen -lf -`.",
    )
    path: Line = "."
    glob: Glob = "*"
    credentials: SshLogin | None = None


class S3Source(_Pulled):
    """Objects of a bucket; its ETag is an object's version."""

    protocol: Literal["s3"]
    bucket: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{3,255}$")]
    prefix: Line = ""
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")] = "us-east-1"
    endpoint: Address | None = Field(None, description="Of a store that is not Amazon's.")
    glob: Glob = "*"
    credentials: StoreKeys | None = None


class FolderSource(_Pulled):
    """A folder that the operator lets be watched; relative to the retailer's own."""

    protocol: Literal["folder"]
    folder: Line = ""
    glob: Glob = "*"


class HookSource(SourceIn):
    """A point of sale that calls ``/v1/hooks/{protocol}/{retailer}.{id}``."""

    protocol: Literal["shopify", "square", "lightspeed", "generic"]
    mode: FeedMode = FeedMode.DELTA
    notification_url: Address | None = Field(None, description="As the sender signs it, where ours differs.")
    credentials: HookSecret | None = None


SHAPES: dict[Protocol, type[SourceIn]] = {
    Protocol.UPLOAD: UploadSource,
    Protocol.HTTPS: HttpsSource,
    Protocol.SFTP: SftpSource,
    Protocol.S3: S3Source,
    Protocol.FOLDER: FolderSource,
    **dict.fromkeys(HOOKED, HookSource),
}


class _Head(BaseModel):
    protocol: Protocol


def read_source(document: object) -> SourceDraft:
    """Read a body, parsed from JSON.

    Raises:
        InvalidInput: It is no object.
        RequestValidationError: Every mistake, by pointer.
    """
    if not isinstance(document, dict):
        raise InvalidInput("a source is a JSON object")
    try:
        read = SHAPES[_Head.model_validate(document).protocol].model_validate(document)
    except ValidationError as error:
        raise unreadable(error) from None
    given: dict[str, Any] = read.model_dump(exclude_none=True, exclude={"profile", "credentials"})
    common = {name: given.pop(name, None) for name in ("kind", "mode", "store_code", "protocol")}
    credentials = getattr(read, "credentials", None)
    return SourceDraft(
        kind=read.kind,
        mode=read.mode,
        protocol=Protocol(common["protocol"]),
        settings=given,
        profile=read.profile.plain(),
        store_code=read.store_code,
        credentials=None if credentials is None else credentials.model_dump(exclude_none=True),
    )


def body_schemas() -> dict[str, Any]:
    """The JSON schemas of the bodies and of what they hold, by name, for the document's components."""
    definitions: dict[str, Any] = {}
    for shape in dict.fromkeys(SHAPES.values()):
        schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
        definitions |= schema.pop("$defs", {}) | {shape.__name__: schema}
    return definitions
