"""What is said of a path that nobody answers, or not with that method."""

from __future__ import annotations

from difflib import get_close_matches

from fastapi import FastAPI
from starlette.requests import Request
from starlette.routing import Match


def methods_at(app: FastAPI, request: Request) -> str:
    """``Allow`` of a path; a route by itself knows only its own method."""
    path = getattr(request.scope.get("route"), "path", "")
    return ", ".join(sorted(method.upper() for method in app.openapi()["paths"].get(path, ())))


def nearest_to(app: FastAPI, request: Request) -> str:
    """What to say to a path that is nearly one of ours, or to any other."""
    path = request.url.path
    bare = path.rstrip("/")
    if bare != path and any(route.matches({**request.scope, "path": bare})[0] != Match.NONE for route in app.routes):
        near = [bare]
    else:
        near = get_close_matches(path, [known for known in app.openapi()["paths"] if "{" not in known], n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"Nothing is served at this path; {hint}/openapi.json lists what is."
