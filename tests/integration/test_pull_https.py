"""Feeds pulled over HTTP: every way in which a server can lie, break off or lead astray ends in a run that says so."""

from __future__ import annotations

import base64
import datetime as dt
import errno
import hashlib
import threading
from collections.abc import Iterator, Sequence
from email.utils import format_datetime

import pytest

from ingest.outbound import Outbound
from ingest.sources.https import fetch
from ingest.sources.incoming import IncomingFile
from ingest.sources.pull import GIVE_UP_AFTER, retry_pause
from ingest.sources.visit import Limits, NotKept, Visit
from inventory_api.domain.feed import FeedRun, RunStatus
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.source import Protocol
from tests.integration.senders import (
    EVERY_S,
    SHORT,
    Pulled,
    Sender,
    pulled,
    redirects,
    resumes,
    sending,
    sends,
    trickles,
)
from tests.integration.world import World

BODY = b"store_code,gtin,quantity\n001,00037000185062,7\n" + b"001,00037000185062,7\n" * 300
OTHER = BODY.replace(b",7\n", b",8\n")


@pytest.fixture
def sender() -> Iterator[Sender]:
    with sending() as running:
        yield running


@pytest.fixture
def source(world: World, sender: Sender) -> Pulled:
    world.add_retailer("acme", ["001"])
    built = pulled(world)
    built.declare(Protocol.HTTPS, url=sender.url)
    return built


def code(run: FeedRun) -> str:
    assert run.status is RunStatus.FETCH_FAILED, run
    assert run.path == ""
    return str(run.notices[0]["code"])


def test_a_feed_is_fetched_published_and_not_fetched_again(source: Pulled, sender: Sender) -> None:
    stamp = "Wed, 18 Nov 2026 06:00:00 GMT"
    sender.will(
        sends(BODY, ETag='"1"', Last_Modified=stamp, Content_Type="text/csv; charset=utf-8"), sends(b"", status=304)
    )
    run = source.visit()
    assert (run.status, run.source_id, run.content_type) == (RunStatus.QUEUED, "nightly", "text/csv")
    assert run.as_of == dt.datetime(2026, 11, 18, 6, tzinfo=dt.UTC)
    assert (run.sha256, run.bytes) == (hashlib.sha256(BODY).hexdigest(), len(BODY))
    assert source.content(run) == BODY
    assert sender.asked[0]["accept-encoding"] == "identity"
    source.world.work()
    assert source.world.run(run).status in (RunStatus.PUBLISHED, RunStatus.QUARANTINED)

    again = source.visit()
    assert (again.status, again.path) == (RunStatus.UNCHANGED, "")
    assert (sender.asked[1]["if-none-match"], sender.asked[1]["if-modified-since"]) == ('"1"', stamp)
    waits = source.source().due_at
    assert waits is not None
    assert abs((waits - dt.datetime.now(dt.UTC)).total_seconds() - EVERY_S) <= EVERY_S * 0.05 + 5
    assert source.source().heard_at == again.received_at


def test_word_that_nothing_changed_makes_no_later_file_outdated(source: Pulled, sender: Sender) -> None:
    """Files are built, then uploaded: one may be older than our last look."""
    source.declare(Protocol.HTTPS, url=sender.url, profile=FeedProfile(auto_first=True))
    first, built = "Wed, 18 Nov 2026 06:00:00 GMT", "Wed, 18 Nov 2026 06:30:00 GMT"
    sender.will(sends(BODY, ETag='"1"', Last_Modified=first), sends(b"", status=304), sends(OTHER, Last_Modified=built))
    source.visit()
    same = source.visit()
    assert (same.status, same.as_of) == (RunStatus.UNCHANGED, dt.datetime(2026, 11, 18, 6, tzinfo=dt.UTC))
    later = source.visit()
    source.world.work()
    assert source.world.run(later).status is RunStatus.PUBLISHED


def test_our_own_full_disk_is_a_fault_of_ours(source: Pulled, sender: Sender) -> None:
    class Full(IncomingFile):
        def write(self, chunk: bytes) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    sender.will(sends(BODY))
    claimed = source.puller._claim()
    assert claimed is not None
    beat = lambda: None  # noqa: E731
    visit = Visit(
        claimed.settings, {}, claimed.mode, {}, Full(source.world.data_dir), Outbound(["127.0.0.1"]), SHORT, beat
    )
    with pytest.raises(NotKept, match="No space"):
        fetch(visit)
    visit.file.abandon()
    run = source.puller._faulty(
        claimed, visit.file, NotKept("incoming file: No space left on device"), claimed.created_at
    )
    assert (run.status, run.notices) == (RunStatus.FAILED, [])
    assert claimed.failures == 1
    assert "failing_since" not in claimed.state


def test_equal_bytes_are_unchanged_unless_they_say_that_they_are_newer(source: Pulled, sender: Sender) -> None:
    old, new = ("Wed, 18 Nov 2026 06:00:00 GMT", "Wed, 18 Nov 2026 12:00:00 GMT")
    sender.will(*(sends(BODY, Last_Modified=stamp) for stamp in (old, old, new)))
    assert [source.visit().status for _ in range(3)] == [RunStatus.QUEUED, RunStatus.UNCHANGED, RunStatus.QUEUED]


def test_a_source_that_is_true_when_it_is_received_is_asked_without_conditions(source: Pulled, sender: Sender) -> None:
    source.declare(Protocol.HTTPS, url=sender.url, profile=FeedProfile(as_of="received"))
    sender.will(sends(BODY, ETag='"1"', Last_Modified="Wed, 18 Nov 2026 06:00:00 GMT"))
    runs = [source.visit(), source.visit()]
    assert [run.status for run in runs] == [RunStatus.QUEUED] * 2
    assert all(run.as_of == run.received_at for run in runs)
    assert "if-none-match" not in sender.asked[1]


def test_a_cut_transfer_goes_on_where_it_ended(source: Pulled, sender: Sender) -> None:
    third = len(BODY) // 3
    sender.will(resumes(BODY, etag='"1"', cut=third), resumes(BODY, etag='"1"', cut=third), resumes(BODY, etag='"1"'))
    run = source.visit()
    assert source.content(run) == BODY
    assert run.sha256 == hashlib.sha256(BODY).hexdigest()
    assert [asked.get("range") for asked in sender.asked] == [None, f"bytes={third}-", f"bytes={2 * third}-"]
    assert {asked.get("if-range") for asked in sender.asked[1:]} == {'"1"'}


def test_a_file_that_changes_between_the_parts_begins_again(source: Pulled, sender: Sender) -> None:
    sender.will(resumes(BODY, etag='"1"', cut=2000), resumes(OTHER, etag='"2"', cut=1000), resumes(OTHER, etag='"2"'))
    run = source.visit()
    assert source.content(run) == OTHER
    assert run.sha256 == hashlib.sha256(OTHER).hexdigest()


def test_a_server_that_resumes_another_file_is_not_believed(source: Pulled, sender: Sender) -> None:
    where = f"bytes 2000-{len(BODY) - 1}/{len(BODY)}"
    sender.will(sends(BODY, cut=2000, ETag='"1"'), sends(OTHER[2000:], status=206, ETag='"2"', Content_Range=where))
    assert code(source.visit()) == "fetch_incomplete"
    sender.will(
        sends(BODY, cut=2000, ETag='"1"'), sends(OTHER[9:], status=206, Content_Range=f"bytes 9-99/{len(BODY)}")
    )
    assert code(source.visit()) == "fetch_incomplete"
    assert source.files() == [name for name in source.files() if not name.endswith(".part")]


@pytest.mark.parametrize("tag", ['W/"1"', None])
def test_without_a_strong_tag_a_cut_transfer_begins_again(source: Pulled, sender: Sender, tag: str | None) -> None:
    headers = {"ETag": tag} if tag else {}
    sender.will(sends(BODY, cut=2000, **headers), sends(OTHER, **headers))
    assert source.content(source.visit()) == OTHER
    assert all("range" not in asked for asked in sender.asked)


def test_a_transfer_that_breaks_for_ever_fails(source: Pulled, sender: Sender) -> None:
    sender.will(sends(BODY, cut=100))
    assert code(source.visit()) == "fetch_incomplete"
    sender.will(sends(BODY, length=len(BODY) + 10))
    assert code(source.visit()) == "fetch_incomplete"


def test_digests_are_checked(source: Pulled, sender: Sender) -> None:
    def promise(body: bytes) -> str:
        return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"

    sender.will(sends(BODY, Content_Digest=promise(OTHER)), sends(BODY, Repr_Digest=promise(OTHER)))
    assert [code(source.visit()), code(source.visit())] == ["fetch_incomplete"] * 2
    sender.will(sends(BODY, Content_Digest=promise(BODY)))
    assert source.visit().status is RunStatus.QUEUED


def test_too_much_and_too_slow_end(source: Pulled, sender: Sender) -> None:
    sender.will(sends(b"x" * (2 << 20)))
    assert code(source.visit()) == "fetch_too_large"
    slow = pulled(source.world, limits=Limits(read_s=0.5, total_s=1.0))
    for head in (b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"):
        sender.will(trickles(head, b"X", 0.1))
        assert code(slow.visit()) == "fetch_too_slow"
    sender.will(trickles(b"", b"", 60))
    assert code(slow.visit()) in ("fetch_unreachable", "fetch_too_slow")


def test_no_redirect_leads_to_a_private_address(source: Pulled, sender: Sender) -> None:
    for target in (
        "http://169.254.169.254/latest/",
        "https://10.0.0.1/",
        f"http://localhost:{sender.port}/",
        "ftp://a/",
        "https://xn--/",
    ):
        sender.will(redirects(target))
        assert code(source.visit()) == "fetch_refused"
    sender.will(redirects(sender.url))
    assert code(source.visit()) == "fetch_refused"
    assert len(sender.asked) == 6
    sender.will(redirects(sender.url), sends(BODY))
    assert source.visit().status is RunStatus.QUEUED


def test_a_name_server_that_changes_its_answer_gains_nothing(source: Pulled, sender: Sender) -> None:
    def rebinding(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    strict = pulled(source.world, allowed=(), resolver=rebinding)
    strict.declare(Protocol.HTTPS, url=f"https://feeds.example:{sender.port}/stock.csv")
    sender.will(sends(BODY))
    assert code(strict.visit()) == "fetch_refused"
    assert sender.asked == []


def test_credentials_are_sent_to_their_host_alone(source: Pulled, sender: Sender) -> None:
    with sending() as elsewhere:
        source.declare(Protocol.HTTPS, url=sender.url, credentials={"username": "u", "password": "p"})
        sender.will(redirects(elsewhere.url))
        elsewhere.will(sends(BODY))
        source.visit()
        assert sender.asked[0]["authorization"] == f"Basic {base64.b64encode(b'u:p').decode()}"
        assert "authorization" not in elsewhere.asked[0]
    source.declare(Protocol.HTTPS, url=sender.url, credentials={"token": "t"})
    sender.will(sends(BODY))
    source.visit()
    assert sender.asked[0]["authorization"] == "Bearer t"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, "fetch_denied"), (404, "fetch_not_found"), (500, "fetch_status"), (204, "fetch_status")],
)
def test_each_answer_has_its_code(source: Pulled, sender: Sender, status: int, expected: str) -> None:
    sender.will(sends(b"", status=status))
    assert code(source.visit()) == expected


def test_retry_after_is_respected_in_seconds_and_as_a_date(source: Pulled, sender: Sender) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=3)
    for said in ("10800", format_datetime(later, usegmt=True)):
        sender.will(sends(b"", status=429, Retry_After=said))
        assert code(source.visit()) == "fetch_status"
        due = source.source().due_at
        assert due is not None
        assert abs((due - later).total_seconds()) < 60


def test_failures_are_retried_ever_more_rarely_and_a_success_forgets_them(source: Pulled, sender: Sender) -> None:
    assert [round(retry_pause(n, EVERY_S) / 60, -1) for n in (5, 6, 9, 99)] == [20, 30, 60, 60]
    assert 60 <= retry_pause(1, EVERY_S) <= 63
    assert retry_pause(1, EVERY_S, asked_s=10**9) == 86_400
    sender.will(sends(b"", status=500))
    source.visit()
    source.visit()
    assert source.source().failures == 2
    assert "failing_since" in source.source().state
    sender.will(sends(BODY))
    source.visit()
    assert source.source().failures == 0
    assert "failing_since" not in source.source().state


def test_a_source_that_fails_for_a_week_is_given_up_with_the_reason(source: Pulled, sender: Sender) -> None:
    sender.will(sends(b"", status=404))
    long_ago = dt.datetime.now(dt.UTC) - GIVE_UP_AFTER
    source.change(state={"failing_since": long_ago.isoformat()}, failures=99)
    run = source.visit()
    assert [notice["code"] for notice in run.notices] == ["fetch_not_found", "source_disabled"]
    assert "404" in str(source.source().disabled)
    source.change(due_at=dt.datetime.now(dt.UTC))
    assert source.puller.step() is None


def test_what_was_put_anew_during_a_fetch_is_not_overwritten(source: Pulled, sender: Sender) -> None:
    def changes_meanwhile(handler: object) -> None:
        source.declare(Protocol.HTTPS, url=sender.url, profile=FeedProfile(version=2))
        sends(BODY)(handler)  # type: ignore[arg-type]

    sender.will(changes_meanwhile)
    before = source.files()
    assert source.puller.step() is None
    assert source.source().profile.version == 2
    assert source.source().state == {}
    assert source.files() == before


def test_a_worker_fetches_by_itself_and_gives_back_what_it_has_in_hand(source: Pulled, sender: Sender) -> None:
    arrived = threading.Event()

    def slow(handler: object) -> None:
        arrived.set()
        trickles(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"X", 0.05)(handler)  # type: ignore[arg-type]

    sender.will(slow)
    stop = threading.Event()
    worker = source.world.new_worker(beside=(source.puller.run,))
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        assert arrived.wait(10)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert source.source().fetching_until is None
    assert [name for name in source.files() if name.endswith(".part")] == []
