"""What a channel beside REST adds to the app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.routing import BaseRoute

from inventory_api.channels.ports import Hook
from inventory_api.channels.problem import Dialect


@dataclass(frozen=True, slots=True)
class Channel:
    """Its routes, what lives as long as the app, and how problems are said below its paths."""

    routes: Sequence[BaseRoute] = ()
    hooks: Sequence[Hook] = ()
    dialects: Mapping[str, Dialect] = field(default_factory=dict)
