"""Standing requests to be told."""

from __future__ import annotations

import datetime as dt

from inventory_api.channels.rest.schema.catalog import ProductOut
from inventory_api.channels.rest.schema.retailers import DeliveryOut
from inventory_api.channels.rest.schema.shape import Shape
from inventory_api.domain.watch import Means, WatchStatus


class WatchedPlace(Shape):
    """The place as it is kept: three decimals."""

    lat: float
    lon: float
    label: str | None


class WatchOut(Shape):
    """A watch.

    `near` is null once it has ended; `store_id` names the store that the alert told of; `delivery` is of a `webhook`
    alone; `secret` stands only in the answer that made it.
    """

    id: str
    status: WatchStatus
    means: Means
    product: ProductOut
    near: WatchedPlace | None
    radius_m: float
    created_at: dt.datetime
    expires_at: dt.datetime
    ended_at: dt.datetime | None
    store_id: str | None
    delivery: DeliveryOut | None
    secret: str | None = None
