"""The shapes of answers, for the OpenAPI document and the clients generated from it.

Answers are rendered as plain JSON, never through these models: a contract test holds the two together.
"""

from inventory_api.channels.rest.schema.answers import (
    AvailabilityOut,
    AvailableStore,
    BasketOut,
    BatchItem,
    BatchOut,
    ItemError,
    Money,
    PlanOut,
)
from inventory_api.channels.rest.schema.catalog import (
    Address,
    LocatedStore,
    NearQuery,
    NearStore,
    OriginOut,
    PlaceOut,
    PlacePage,
    Precision,
    ProductHit,
    ProductOut,
    ProductPage,
    SearchQuery,
    StoreOut,
    StorePage,
)
from inventory_api.channels.rest.schema.events import FeedRunEnded, FeedStale, WatchTriggered
from inventory_api.channels.rest.schema.feeds import (
    ChangeOut,
    Changes,
    ChangesOut,
    HookOut,
    Rows,
    RunOut,
    RunPage,
    SourceOut,
    SourcesOut,
    SourceState,
)
from inventory_api.channels.rest.schema.ops import (
    IndexState,
    Live,
    Ready,
)
from inventory_api.channels.rest.schema.retailers import (
    DeliveryOut,
    EndpointOut,
    EndpointPage,
    OutcomesOut,
    PromiseOut,
    QualityOut,
    ReportOut,
    StoreCounts,
)
from inventory_api.channels.rest.schema.shape import (
    Shape,
)
from inventory_api.channels.rest.schema.watches import (
    WatchedPlace,
    WatchOut,
)

__all__ = [
    "Address",
    "AvailabilityOut",
    "AvailableStore",
    "BasketOut",
    "BatchItem",
    "BatchOut",
    "ChangeOut",
    "Changes",
    "ChangesOut",
    "DeliveryOut",
    "EndpointOut",
    "EndpointPage",
    "FeedRunEnded",
    "FeedStale",
    "HookOut",
    "IndexState",
    "ItemError",
    "Live",
    "LocatedStore",
    "Money",
    "NearQuery",
    "NearStore",
    "OriginOut",
    "OutcomesOut",
    "PlaceOut",
    "PlacePage",
    "PlanOut",
    "Precision",
    "ProductHit",
    "ProductOut",
    "ProductPage",
    "PromiseOut",
    "QualityOut",
    "Ready",
    "ReportOut",
    "Rows",
    "RunOut",
    "RunPage",
    "SearchQuery",
    "Shape",
    "SourceOut",
    "SourceState",
    "SourcesOut",
    "StoreCounts",
    "StoreOut",
    "StorePage",
    "WatchOut",
    "WatchTriggered",
    "WatchedPlace",
]
