"""What is known of a product beside its stock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """A product; ``id`` is a product id of ``identifiers``, ``aliases`` what else people call it, as one text."""

    id: int
    title: str | None = None
    brand: str | None = None
    category: str | None = None
    description: str | None = None
    link: str | None = None
    image_url: str | None = None
    aliases: str | None = None
