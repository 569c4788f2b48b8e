"""What is said of a path that nobody answers, or not with that method."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import compile_path

from inventory_api.channels.head import is_as_get


class Paths:
    """What is answered where; from the routes, since the document takes a second to make.

    Args:
        routers: All of them; a path whose routes are not in the document is never proposed.
    """

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._methods: dict[str, set[str]] = defaultdict(set)
        self._proposed: list[str] = []
        routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
        for route in routes:
            self._methods[route.path] |= route.methods or set()
            if "GET" in self._methods[route.path] and is_as_get(route.path):
                self._methods[route.path].add("HEAD")
            if route.include_in_schema and "{" not in route.path:
                self._proposed.append(route.path)
        self._patterns = [compile_path(path)[0] for path in self._methods]

    def methods_at(self, request: Request) -> str:
        """``Allow`` of a path; a route by itself knows only its own method."""
        path = getattr(request.scope.get("route"), "path", "")
        return ", ".join(sorted(self._methods.get(path, ())))

    def nearest_to(self, request: Request) -> str:
        """What to say to a path that is nearly one of ours, or to any other."""
        path = request.url.path
        bare = path.rstrip("/")
        is_ours = bare != path and any(pattern.match(bare) for pattern in self._patterns)
        near = [bare] if is_ours else get_close_matches(path, self._proposed, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        return f"Nothing is served at this path; {hint}/openapi.json lists what is."
