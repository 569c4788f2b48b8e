"""Style, script, fonts, icon: read once, served under a name that changes with what is in them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
    "txt": "text/plain; charset=utf-8",
}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_FONTS = ("fonts/nastaliq.woff2", "fonts/telugu.woff2")


@lru_cache(maxsize=32)
def content_of(name: str) -> bytes:
    """A file of the page. Raises FileNotFoundError. The style names the fonts by their versions."""
    content = files(__package__).joinpath("static").joinpath(*name.split("/")).read_bytes()
    if name == "style.css":
        for font in _FONTS:
            content = content.replace(font.encode(), url_of(font).removeprefix("/assets/").encode())
    return content


@lru_cache(maxsize=32)
def url_of(name: str) -> str:
    """Where a file is served; another URL for other content, so that it may be kept for ever."""
    return f"/assets/{name}?v={hashlib.sha256(content_of(name)).hexdigest()[:8]}"


async def serve_asset(request: Request) -> Response:
    """``/assets/{name}``."""
    name = request.path_params["name"]
    try:
        if ".." in name:
            raise FileNotFoundError(name)
        content = content_of(name)
    except (OSError, ValueError) as error:
        # No file's name: a folder's, one below a file, one too long, one with a zero byte.
        raise HTTPException(404) from error
    return Response(content, headers=_FOREVER, media_type=_TYPES[name.rpartition(".")[2]])
