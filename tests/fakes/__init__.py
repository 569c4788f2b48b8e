"""Written fakes of our ports, split as the ports are: small, honest, and never patched in."""

from tests.fakes.callers import FakeCounts, FakeDocuments, FakeKeys, FakeReplies
from tests.fakes.catalog import FakeGazetteer, FakeIndex, FakeProducts, FakeRemotePlaces, FakeSearch
from tests.fakes.feeds import (
    NOON,
    FakeDesk,
    FakeHooks,
    FakeQuality,
    FakeReception,
    FakeSources,
    FakeStock,
    FakeUploads,
    a_run,
)
from tests.fakes.telling import FakeReports, FakeWatches, FakeWebhooks

__all__ = [
    "NOON",
    "FakeCounts",
    "FakeDesk",
    "FakeDocuments",
    "FakeGazetteer",
    "FakeHooks",
    "FakeIndex",
    "FakeKeys",
    "FakeProducts",
    "FakeQuality",
    "FakeReception",
    "FakeRemotePlaces",
    "FakeReplies",
    "FakeReports",
    "FakeSearch",
    "FakeSources",
    "FakeStock",
    "FakeUploads",
    "FakeWatches",
    "FakeWebhooks",
    "a_run",
]
