"""A body on its way in: not larger than allowed, and not slower.

Time counts only while we wait for the sender. Each has a few seconds, and more with every byte that comes: a slow
line goes on for as long as it takes, and who sends a byte now and then to hold a connection is out soon.
"""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

LEAST_BYTES_PER_S = 16 << 10
"""What a sender has to keep up, whatever it began with."""


def arriving(receive: Receive, *, limit: int, patience_s: float) -> Receive:
    """Receive a body of at most so many bytes.

    Args:
        receive: Of the server.
        limit: Bytes.
        patience_s: Seconds to wait in all, beside one for each ``LEAST_BYTES_PER_S``; 0: however long.

    Returns:
        The same, raising an HTTPException 413 or 408: FastAPI lets no other pass through its own reading of a body.
    """
    size, waited_s, is_whole = 0, 0.0, False
    loop = asyncio.get_running_loop()

    async def receive_in_time() -> Message:
        nonlocal size, waited_s, is_whole
        if is_whole or not patience_s:
            message = await receive()
        else:
            began = loop.time()
            left_s = patience_s + size / LEAST_BYTES_PER_S - waited_s
            try:
                async with asyncio.timeout(left_s):
                    message = await receive()
            except TimeoutError:
                raise _too_slow(size) from None
            waited_s += loop.time() - began
        size += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if size > limit:
            raise too_large(limit)
        return message

    return receive_in_time


def too_large(limit: int) -> HTTPException:
    """What to raise for a body of more than so many bytes."""
    return HTTPException(413, f"This endpoint takes bodies of at most {limit:,} bytes.")


def _too_slow(size: int) -> HTTPException:
    # The rest of the body may still come: the connection cannot be used again.
    return HTTPException(
        408,
        f"The body stopped after {size:,} bytes. Send it again, or in pieces at /v1/uploads.",
        {"Connection": "close"},
    )
