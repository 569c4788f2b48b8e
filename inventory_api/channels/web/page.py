"""HTML with the headers that a public page needs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import Response

from inventory_api.channels.reading import caching_of
from inventory_api.channels.web.asked import SHOWN_LANGUAGES, Asked
from inventory_api.channels.web.assets import url_of
from inventory_api.locales.catalog import Language
from inventory_api.locales.wording import Wording

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
        "object-src 'none'; frame-ancestors 'none'"
    ),
    # The query tells where somebody stands; no other site is to learn it.
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_NAMES = {Language.ENGLISH: "English", Language.URDU: "اردو", Language.TELUGU: "తెలుగు"}


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, asked: Asked, wording: Wording, shown: Mapping[str, object]) -> str:
    """Fill a template.

    Args:
        template: Its file.
        asked: What the page answers; its links change some of it.
        wording: The words to speak.
        shown: What else the template prints.
    """
    return (
        _templates()
        .get_template(template)
        .render(
            asked=asked,
            _=wording.gettext,
            ngettext=wording.ngettext,
            filled=_filled,
            wording=wording,
            asset=url_of,
            languages=[(code, _NAMES[code], asked.url(chosen_language=code)) for code in SHOWN_LANGUAGES],
            **shown,
        )
    )


def _filled(sentence: str, **slots: object) -> Markup:
    """A sentence with its slots; names and numbers keep their own direction, whatever is written around them."""
    isolated = {name: Markup("<bdi>{}</bdi>").format(slot) for name, slot in slots.items()}
    return escape(sentence).format(**isolated)


def page(
    template: str,
    asked: Asked,
    wording: Wording,
    shown: Mapping[str, object],
    *,
    query: bytes,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page for everybody.

    Args:
        template: Its file.
        asked: What the page answers.
        wording: The words to speak.
        shown: What else the template prints.
        query: The query string as it came: whether it tells an exact position decides who may keep the answer.
        status: Of the answer.
        headers: More of them.
    """
    said = {
        **HEADERS,
        "Cache-Control": caching_of(query, {}).decode() if status == 200 else "no-store",
        "Content-Language": wording.language.value,
        "Vary": "Accept-Encoding, Accept-Language",
        **(headers or {}),
    }
    html = render(template, asked, wording, shown)
    return Response(html, status, said, "text/html; charset=utf-8")
