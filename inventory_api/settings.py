"""Every environment variable, with its unit and its reason. Read once, handed down as values."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of both programs; each is ``INVENTORY_`` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="INVENTORY_", frozen=True, extra="ignore")

    data_dir: Path = Field(Path("data"), description="Where SQLite, segments, uploads and the embedded server live.")
    database_url: str | None = Field(None, description="SQLAlchemy URL; SQLite in the data directory where absent.")
    redis_url: str | None = Field(None, description="redis://, rediss:// or unix://; an embedded server where absent.")
    redis_server: str | None = Field(None, description="Path of the server binary to embed instead of the one found.")
    redis_max_memory_mib: int | None = Field(
        None, ge=16, description="MiB of the embedded server; derived from the machine where absent."
    )
    public_base_url: str = Field(
        "", description="How clients reach us, without a trailing slash; begins problem types."
    )
    gazetteer: Path | None = Field(
        None, description="Places by name (SQLite); beside the packages it is built from where absent."
    )
    host: str = Field("127.0.0.1", description="Address to listen on; loopback, so that nothing is open by accident.")
    port: int = Field(8000, ge=0, le=65535, description="Port of the API.")
    workers: int = Field(1, ge=1, le=64, description="API processes.")
    deadline_ms: int = Field(250, ge=10, description="Milliseconds a lookup may wait for Redis before it answers 503.")
    read_deadline_ms: int = Field(2_000, ge=10, description="Milliseconds any other read may take.")
    receive_deadline_ms: int = Field(
        5_000, ge=0, description="Milliseconds a body is waited for, and a second more for each 16 KiB; 0: no limit."
    )
    anonymous_rate_limit: int = Field(600, ge=0, description="Requests a minute from one address; 0: no limit.")
    key_rate_limit: int = Field(
        6_000, ge=0, description="Requests a minute with the keys of one retailer; 0: no limit."
    )
    max_in_flight: int = Field(256, ge=0, description="Requests at once in one API process; 0: no limit.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses and networks whose X-Forwarded-For is believed; nobody's where absent."
    )
    ucp_verify_agents: bool = Field(
        False, description="Whether agents' profiles (UCP) are fetched and checked; else they are taken at their word."
    )
    metrics_folder: Path | None = Field(
        None, description="Where API processes leave their counts for one another; a temporary folder where absent."
    )
    lease_s: float = Field(10.0, ge=1, description="Seconds after which a silent worker's run goes to another.")
    fold_rows: int = Field(
        200_000, ge=1, description="Delta log rows of a retailer beyond which they are folded into a new segment."
    )
    kept_versions: int = Field(
        10, ge=1, description="Newest versions of each feed whose files are kept, so that they can be replayed."
    )
    kept_visits: int = Field(
        50, ge=1, description="Newest visits of each source that brought nothing (unchanged, failed) that are kept."
    )
    allow_private_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Hosts, addresses and networks that feeds may come from though they are private or not TLS."
    )
    watched_folder: Path | None = Field(
        None, description="Folder below which each retailer's own folder may be watched for feeds; none where absent."
    )

    sms_daily_segments: int = Field(
        5_000, ge=0, description="Segments of texts a day (UTC) beyond which replies are cut to one; 0: no limit."
    )

    @field_validator("allow_private_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    geocoder: str | None = Field(
        None,
        description="geopy's name of a geocoder to ask for places we do not know (nominatim, ...); none: nobody.",
    )
    geocoder_user_agent: str | None = Field(
        None, description="How we name ourselves to it, with an address to complain to; needed beside a geocoder."
    )
    geocoder_options: dict[str, Any] = Field({}, description="JSON: what else geopy's class takes (domain, api_key).")

    @model_validator(mode="after")
    def _names_itself(self) -> Self:
        if self.geocoder and not self.geocoder_user_agent:
            raise ValueError(
                "INVENTORY_GEOCODER needs INVENTORY_GEOCODER_USER_AGENT: public geocoders refuse the nameless"
            )
        return self

    sms_number: str = Field(
        "", description="Where shoppers text their questions, as they dial it; the web page offers it where it is set."
    )
    help_contact: str = Field("", description="An address or number where shoppers find help.")
    brand_name: str = Field(
        "StockNearMe",
        description="Who texts come from: at most 20 units of the GSM 7-bit alphabet, else nothing starts.",
    )

    @property
    def sql_url(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'inventory.sqlite').absolute()}"

    @property
    def gazetteer_path(self) -> Path:
        """Where places are looked up: one file for all installations of an environment that we may write to."""
        if self.gazetteer is not None:
            return self.gazetteer
        shared = Path(sys.prefix) / "share" / "inventory-api" / "gazetteer.sqlite"
        is_ours = os.access(sys.prefix, os.W_OK)
        return shared if is_ours or shared.exists() else self.data_dir / "gazetteer.sqlite"
