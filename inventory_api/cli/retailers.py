"""``inventory-api retailer``."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from typing import Annotated

import typer
from babel import Locale, UnknownLocaleError

from inventory_api.cli.compose import sql_installation
from inventory_api.cli.output import print_json, words
from inventory_api.domain.errors import InvalidInput
from inventory_api.domain.freshness import FreshnessPolicy
from inventory_api.domain.money import is_currency
from inventory_api.domain.retailer import Disclosure, Retailer

app = typer.Typer(no_args_is_help=True, help="Retailers and their keys.")

Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def _currency(code: str | None) -> str | None:
    if code is not None and not is_currency(code.upper()):
        raise typer.BadParameter(f"{code!r} is no ISO 4217 currency such as USD")
    return code and code.upper()


def _timezone(name: str | None) -> str | None:
    if name is not None and name not in zoneinfo.available_timezones():
        raise typer.BadParameter(f"{name!r} is no IANA time zone such as America/New_York")
    return name


def _locale(tag: str) -> str:
    try:
        Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        raise typer.BadParameter(f"{tag!r} is no locale such as en or de-AT") from None
    return tag


Currency = Annotated[str | None, typer.Option(help="ISO 4217, for prices that name none.", callback=_currency)]
Timezone = Annotated[str | None, typer.Option(help="IANA zone, for times that name none.", callback=_timezone)]
NumberLocale = Annotated[str, typer.Option("--locale", help="Of numbers in its feeds: en, de, ...", callback=_locale)]


@app.command("add")
def add(
    name: str,
    id: Annotated[str | None, typer.Option(help="Short id; made of the name where absent.")] = None,
    currency: Currency = None,
    timezone: Timezone = None,
    locale: NumberLocale = "en",
    low_stock_at: Annotated[int, typer.Option(min=0, help="This many units or fewer are low stock.")] = 2,
    disclosure: Annotated[Disclosure, typer.Option(help="What shoppers see of quantities.")] = Disclosure.EXACT,
    expires_after_s: Annotated[int, typer.Option(min=1, help="Seconds after which a statement is unknown.")] = 86_400,
    json: Json = False,
) -> None:
    """Add a retailer and print its secret key, once."""
    retailer_id = _slug(name) if id is None else id
    if not retailer_id and id is None:
        raise InvalidInput(f"no id can be made of {name!r}; give one with --id")
    if not _ID.fullmatch(retailer_id):
        raise InvalidInput(f"{retailer_id!r} is no id: a-z, 0-9, - and _, at most 63; give one with --id")
    retailer = Retailer(
        id=retailer_id,
        name=name,
        currency=currency,
        timezone=timezone,
        locale=locale,
        low_stock_at=low_stock_at,
        disclosure=disclosure,
        freshness=FreshnessPolicy(expires_s=expires_after_s),
    )
    with sql_installation() as here:
        with here.db.write() as tx:
            tx.retailers.add(retailer)
        _print_key(retailer_id, here.keys.issue(retailer_id), json)


@app.command("list")
def list_(json: Json = False) -> None:
    """List retailers."""
    with sql_installation() as here, here.db.read() as tx:
        retailers = tx.retailers.list()
    if json:
        print_json([{"id": r.id, "name": r.name, "currency": r.currency, "timezone": r.timezone} for r in retailers])
    for r in [] if json else retailers:
        typer.echo(f"{r.id:24} {r.name}")


@app.command("rotate-key")
def rotate_key(
    id: str,
    publishable: Annotated[bool, typer.Option("--publishable", help="A key that only reads, for an app.")] = False,
    json: Json = False,
) -> None:
    """Give a retailer a new key; the newest two of a kind work, so that the old one can be replaced in peace."""
    with sql_installation() as here:
        _print_key(id, here.keys.issue(id, secret=not publishable), json, secret=not publishable)


def _print_key(retailer_id: str, key: str, json: bool, *, secret: bool = True) -> None:
    if json:
        print_json({"id": retailer_id, "api_key": key})
        return
    advice = "keep it secret" if secret else "it only reads and may be published"
    words.print(f"Retailer {retailer_id}. This key is shown once; {advice}:")
    typer.echo(key)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
