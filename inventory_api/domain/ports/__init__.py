"""What the channels and the questions ask of the world outside; ``cli`` wires the implementations.

Few and domain-shaped: a port stands only where two implementations or a fake earn it. One module a subject.
"""

from inventory_api.domain.ports.callers import (
    KeyHolder,
    Keys,
    Replies,
    Reply,
    SharedCounts,
)
from inventory_api.domain.ports.catalog import (
    Gazetteer,
    Match,
    Matches,
    Products,
    ProductSearch,
    RemotePlaces,
)
from inventory_api.domain.ports.changes import (
    ChangeOutcome,
    ChangeResult,
    HookDelivery,
    HookDesk,
    HookOutcome,
    StockChange,
    StockDesk,
)
from inventory_api.domain.ports.feeds import (
    VERSIONS,
    Continuation,
    FeedDesk,
    FeedUpload,
    PartialUpload,
    Reception,
    ResumableDesk,
    SourceDraft,
    Sources,
)
from inventory_api.domain.ports.index import (
    IndexEntries,
    IndexEntry,
    IndexReader,
    Record,
    RecordColumns,
    Records,
    Statements,
)
from inventory_api.domain.ports.outside import (
    Documents,
    Unreachable,
)
from inventory_api.domain.ports.sms import (
    Leases,
    Memos,
    OptOutJournal,
    OptOuts,
    Pace,
    Seals,
    SmsChannel,
    SmsChannels,
    Step,
)
from inventory_api.domain.ports.telling import (
    QualityDesk,
    ReportDesk,
    WebhookDesk,
)
from inventory_api.domain.ports.watches import (
    Alert,
    AlertSender,
    EndpointMaker,
    WatchDesk,
    WatchWish,
)

__all__ = [
    "VERSIONS",
    "Alert",
    "AlertSender",
    "ChangeOutcome",
    "ChangeResult",
    "Continuation",
    "Documents",
    "EndpointMaker",
    "FeedDesk",
    "FeedUpload",
    "Gazetteer",
    "HookDelivery",
    "HookDesk",
    "HookOutcome",
    "IndexEntries",
    "IndexEntry",
    "IndexReader",
    "KeyHolder",
    "Keys",
    "Leases",
    "Match",
    "Matches",
    "Memos",
    "OptOutJournal",
    "OptOuts",
    "Pace",
    "PartialUpload",
    "ProductSearch",
    "Products",
    "QualityDesk",
    "Reception",
    "Record",
    "RecordColumns",
    "Records",
    "RemotePlaces",
    "Replies",
    "Reply",
    "ReportDesk",
    "ResumableDesk",
    "Seals",
    "SharedCounts",
    "SmsChannel",
    "SmsChannels",
    "SourceDraft",
    "Sources",
    "Statements",
    "Step",
    "StockChange",
    "StockDesk",
    "Unreachable",
    "WatchDesk",
    "WatchWish",
    "WebhookDesk",
]
