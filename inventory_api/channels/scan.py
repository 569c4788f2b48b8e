"""The number of a barcode in a photo. The photo is read in memory and kept nowhere."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import zxingcpp
from PIL import Image, UnidentifiedImageError

from inventory_api.domain.errors import InvalidGtin
from inventory_api.domain.identifiers import parse_gtin

MAX_PIXELS = 50_000_000
"""A phone's photo has 12 to 50 million; a file that claims more is a bomb."""
MAX_DECODED_PIXELS = 16_000_000
"""Of which a JPEG is decoded to a fraction; what other types say is decoded whole, up to 25 bytes a pixel."""
MAX_SCANS = 256
"""Passes over a JPEG, which may cost 75 bytes each. Ten are usual; a film behind the photo seems to have some too."""
READERS = 2
"""Photos read at a time, in threads that nobody else waits for."""

_TYPES = ("JPEG", "PNG", "WEBP", "GIF")
_FORMATS = zxingcpp.barcode_formats_from_str("EANUPC,ITF14,DataBar,QRCode,DataMatrix")
_JPEG, _SCAN = b"\xff\xd8", b"\xff\xda"
_READING = ThreadPoolExecutor(READERS, thread_name_prefix="photo")
_IN_A_LINK = re.compile(r"(?:^|/|\()01\)?/?([0-9]{14})")


async def read_barcode(photo: bytes) -> str | None:
    """``decode_barcode`` beside the event loop, in its turn."""
    return await asyncio.get_running_loop().run_in_executor(_READING, decode_barcode, photo)


def decode_barcode(photo: bytes) -> str | None:
    """The digits of the first product barcode found, None where none can be read. 90 ms for 2 megapixels.

    Args:
        photo: JPEG, PNG, WebP or GIF, within the limits above.

    Returns:
        8, 13 or 14 digits whose check digit fits: of EAN and UPC, which is written as EAN-13, ITF-14, GS1 DataBar, or
        in a QR code or Data Matrix that holds a GTIN.
    """
    try:
        with Image.open(BytesIO(photo), formats=_TYPES) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            if photo.startswith(_JPEG) and photo.count(_SCAN) > MAX_SCANS:
                return None
            image.draft("L", (2000, 2000))
            if image.width * image.height > MAX_DECODED_PIXELS:
                return None
            image.thumbnail((2000, 2000))
            grey = image.convert("L")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return None
    found = zxingcpp.read_barcodes(grey, formats=_FORMATS)
    return next((digits for one in found if one.valid and (digits := _gtin(one.text)) is not None), None)


def _gtin(text: str) -> str | None:
    linked = _IN_A_LINK.search(text)
    digits = linked[1] if linked else text
    try:
        parse_gtin(digits)
    except InvalidGtin:
        return None
    return digits
