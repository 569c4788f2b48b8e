"""Photos: from the provider's host alone, small, whole, and read."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import threading
import time

import httpx
import pytest
import zxingcpp
from PIL import Image
from starlette.concurrency import run_in_threadpool

from inventory_api.channels.scan import (
    MAX_DECODED_PIXELS,
    MAX_PIXELS,
    MAX_SCANS,
    READERS,
    decode_barcode,
    read_barcode,
)
from inventory_api.channels.sms.message import Inbound, Media
from inventory_api.channels.sms.photo import MAX_BYTES, is_of, read_photos
from tests.unit.sms.test_twilio import twilio

AT_TWILIO = "https://api.twilio.com/2010-04-01/Accounts/ACaa/Messages/MM1/Media/ME1"


def photo(digits: str, kind: str = "EAN13", *, turned: float = 8.0, saved_as: str = "JPEG") -> bytes:
    code = zxingcpp.create_barcode(digits, getattr(zxingcpp.BarcodeFormat, kind))
    picture = Image.fromarray(code.to_image(scale=4)).rotate(turned, expand=True, fillcolor=255)
    file = io.BytesIO()
    picture.save(file, saved_as)
    return file.getvalue()


@pytest.mark.parametrize(
    ("digits", "kind", "read"),
    [
        ("036000291452", "UPCA", "0036000291452"),
        ("4006381333931", "EAN13", "4006381333931"),
        ("96385074", "EAN8", "96385074"),
        ("04252614", "UPCE", "0042100005264"),
        ("10012345678902", "ITF14", "10012345678902"),
        ("https://id.gs1.org/01/09520007400197", "QRCode", "09520007400197"),
        ("https://example.com/menu", "QRCode", None),
    ],
)
def test_the_digits_under_the_bars(digits: str, kind: str, read: str | None) -> None:
    assert decode_barcode(photo(digits, kind)) == read


def test_a_picture_of_nothing_has_none() -> None:
    file = io.BytesIO()
    Image.new("RGB", (400, 300), "green").save(file, "PNG")
    assert decode_barcode(file.getvalue()) is None


def of_size(pixels: int, saved_as: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("L", (6_000, pixels // 6_000 + 1)).save(file, saved_as, **options)
    return file.getvalue()


def test_what_is_no_picture_or_too_large_has_none() -> None:
    too_large = of_size(MAX_PIXELS, "PNG", compress_level=9)
    assert len(too_large) < 100_000
    for bad in (b"", b"GIF89a", photo("96385074", "EAN8")[:200], too_large, of_size(MAX_PIXELS, "JPEG")):
        assert decode_barcode(bad) is None


@pytest.mark.parametrize("saved_as", ["PNG", "WEBP"])
def test_a_small_file_of_many_pixels_is_not_decoded(saved_as: str) -> None:
    """A phone's photo of as many pixels is a JPEG, which is decoded to a fraction of them."""
    bomb = of_size(MAX_DECODED_PIXELS, saved_as)
    begun = time.process_time()
    assert decode_barcode(bomb) is None
    assert time.process_time() - begun < 0.05


def test_the_largest_photo_of_a_phone_is_read() -> None:
    file = io.BytesIO()
    with Image.open(io.BytesIO(photo("4006381333931", turned=0))) as code:
        code.resize((8_160, 6_120)).save(file, "JPEG", progressive=True)
    assert decode_barcode(file.getvalue()) == "4006381333931"


def test_a_photo_of_thousands_of_passes_is_not_decoded() -> None:
    plain = of_size(40_000_000, "JPEG", progressive=True)
    scan = plain[plain.rindex(b"\xff\xda") : -2]
    begun = time.process_time()
    assert decode_barcode(plain[:-2] + scan * MAX_SCANS + plain[-2:]) is None
    assert time.process_time() - begun < 0.05


def test_photos_wait_for_each_other_and_nobody_else_for_them() -> None:
    seen = 0

    async def run() -> None:
        nonlocal seen
        slow = of_size(MAX_DECODED_PIXELS // 2, "PNG")
        photos = [asyncio.create_task(read_barcode(slow)) for _ in range(4)]
        while not all(one.done() for one in photos):
            await run_in_threadpool(int)
            seen = max(seen, sum(thread.name.startswith("photo") for thread in threading.enumerate()))

    asyncio.run(run())
    assert seen == READERS


def read(answers: dict[str, httpx.Response], url: str = AT_TWILIO, text: str = "94103") -> tuple[Inbound, list[str]]:
    asked: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url} {'authorized' if 'authorization' in request.headers else 'plain'}")
        return answers[str(request.url)]

    inbound = Inbound("twilio", "M", "+1", "+2", text, dt.datetime.now(dt.UTC), (Media(url, "image/jpeg"),))
    return asyncio.run(read_photos(twilio(httpx.MockTransport(answer)), inbound)), asked


def test_a_photo_becomes_its_digits() -> None:
    stored = "https://mms.twiliocdn.com/ACaa/abc"
    moved, found = (
        httpx.Response(307, headers={"location": stored}),
        httpx.Response(200, content=photo("4006381333931")),
    )
    inbound, asked = read({AT_TWILIO: moved, stored: found})
    assert (inbound.text, inbound.media) == ("4006381333931 94103", ())
    assert asked == [f"{AT_TWILIO} authorized", f"{stored} plain"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"no picture"),
        httpx.Response(200, content=b"\0" * (MAX_BYTES + 1)),
        httpx.Response(404),
        httpx.Response(302, headers={"location": "http://169.254.169.254/latest/meta-data"}),
        httpx.Response(302, headers={"location": AT_TWILIO}),
    ],
    ids=["no picture", "too large", "gone", "elsewhere", "in circles"],
)
def test_without_a_code_the_photo_stays_for_the_conversation_to_see(answer: httpx.Response) -> None:
    inbound, asked = read({AT_TWILIO: answer})
    assert (inbound.text, len(inbound.media)) == ("94103", 1)
    assert all(each.startswith(AT_TWILIO) for each in asked)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.twilio.com/x",
        "https://api.twilio.com.evil.example/x",
        "https://evil.example/https://api.twilio.com/",
        "https://user@api.twilio.com/x",
        "https://api.twilio.com:8443/x",
        "https://api.twilio.com:port/x",
        "https://twiliocdn.com/x",
        "https://eviltwiliocdn.com/x",
        "file:///etc/passwd",
        "",
    ],
)
def test_nothing_is_fetched_from_elsewhere(url: str) -> None:
    assert not is_of(twilio(), url)
    assert read({}, url)[1] == []
