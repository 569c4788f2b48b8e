"""The service itself."""

from __future__ import annotations

from typing import Literal

from inventory_api.channels.rest.schema.shape import Shape


class Live(Shape):
    """The process answers."""

    status: Literal["ok"]


class IndexState(Shape):
    """The serving index."""

    format: int | str | None
    complete: bool


class Ready(Shape):
    """Questions can be answered."""

    status: Literal["ready"]
    index: IndexState
