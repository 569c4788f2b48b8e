"""One small world behind the REST channel, and a client of it, without I/O."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partialmethod
from typing import Any

import httpx
from starlette.types import ASGIApp

from inventory_api.channels.codes import BY_CODE
from inventory_api.channels.ports import AppPorts, Hook, Limits
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.product import Product
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.store import Store
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.places import Places
from tests.fakes import (
    FakeCounts,
    FakeDesk,
    FakeDocuments,
    FakeGazetteer,
    FakeHooks,
    FakeIndex,
    FakeKeys,
    FakeProducts,
    FakeQuality,
    FakeRemotePlaces,
    FakeReplies,
    FakeReports,
    FakeSearch,
    FakeSources,
    FakeStock,
    FakeUploads,
    FakeWatches,
    FakeWebhooks,
)

BASE_URL = "https://inventory.example.com"
STORES = [
    Store(
        id=n,
        retailer_id="acme" if n % 2 else "bolt",
        store_code=f"{n:03d}",
        number=n,
        name=f"Store {n}",
        city="San Francisco",
        country="US",
        latitude=37.77 + n * 0.005,
        longitude=-122.42,
        hours={1: "24/7", 2: "off", 4: "Mo-Su 09:00-17:00"}.get(n),
        services=("pickup",),
        place=n,
    )
    for n in range(1, 13)
]
TIDE = Product(37000185062, title="Detergent", brand="Tide", image_url="https://images.example.com/1.jpg")
OWN = Product(10**14 + 5, title="House bread")
MANY = [Product(10**14 + 100 + n, title=f"Soap {n}") for n in range(12)]

GAZETTEER = FakeGazetteer(
    **{
        "94103": [Place("94103", PlaceKind.POSTAL_CODE, "US", 37.7725, -122.4147, "CA", "San Francisco")],
        "54000": [Place("54000", PlaceKind.POSTAL_CODE, "PK", 31.5497, 74.3436, "Punjab", "Lahore")],
        "springfield": [
            Place("Springfield", PlaceKind.CITY, "US", 37.2153, -93.2982, "MO", population=166_810),
            Place("Springfield", PlaceKind.CITY, "US", 39.8017, -89.6437, "IL", population=116_565),
        ],
    }
)


@dataclass
class World:
    """The fakes behind an app, to set up and to look into afterwards."""

    index: FakeIndex = field(default_factory=FakeIndex)
    desk: FakeDesk = field(default_factory=FakeDesk)
    stock: FakeStock = field(default_factory=FakeStock)
    webhooks: FakeWebhooks = field(default_factory=FakeWebhooks)
    quality: FakeQuality = field(default_factory=FakeQuality)
    search: FakeSearch = field(default_factory=lambda: FakeSearch(TIDE, OWN, *MANY))
    sources: FakeSources = field(default_factory=FakeSources)
    events: FakeHooks = field(default_factory=FakeHooks)
    reports: FakeReports = field(default_factory=FakeReports)
    watches: FakeWatches = field(default_factory=FakeWatches)
    replies: FakeReplies = field(default_factory=FakeReplies)
    counts: FakeCounts = field(default_factory=FakeCounts)
    limits: Limits = field(default_factory=Limits)
    hooks: list[Hook] = field(default_factory=list)
    documents: FakeDocuments | None = None
    remote: FakeRemotePlaces | None = None

    def ports(self) -> AppPorts:
        directory = Directory(STORES, [Retailer("acme", "Acme"), Retailer("bolt", "Bolt")])
        return AppPorts(
            directory=directory,
            places=Places(GAZETTEER, directory, self.remote),
            index=self.index,
            products=FakeProducts(TIDE, OWN, *MANY),
            search=self.search,
            keys=FakeKeys(),
            desk=self.desk,
            stock=self.stock,
            webhooks=self.webhooks,
            quality=self.quality,
            reports=self.reports,
            watches=self.watches,
            sources=self.sources,
            events=self.events,
            uploads=FakeUploads(),
            replies=self.replies,
            counts=self.counts,
            limits=self.limits,
            cursor_secret=b"the same in every process",
            version="0.0.0",
            index_format=1,
            public_base_url=BASE_URL,
            hooks=self.hooks,
            documents=self.documents,
        )


class Client:
    """Asks an app, one question at a time, from synchronous code."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] | None = None, *, address: str = "127.0.0.1") -> None:
        self._app = app
        self._headers = dict(headers or {})
        self._address = address

    def request(
        self,
        method: str,
        url: str,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        json: object = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        headers: Mapping[str, str] | Sequence[tuple[bytes, bytes]] | None = None,
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=(self._address, 50_000))
            async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=self._headers) as client:
                return await client.request(method, url, content=content, json=json, files=files, headers=headers)

        return asyncio.run(ask())

    get = partialmethod(request, "GET")
    post = partialmethod(request, "POST")
    patch = partialmethod(request, "PATCH")
    put = partialmethod(request, "PUT")
    delete = partialmethod(request, "DELETE")


def problem_of(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check that a response is a whole problem with this code."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status
    assert problem["type"] == f"{BASE_URL}/docs/errors#{code}"
    assert problem["title"] == BY_CODE[code].title
    assert problem["request_id"] == response.headers["request-id"]
    assert isinstance(problem["errors"], list)
    return problem
