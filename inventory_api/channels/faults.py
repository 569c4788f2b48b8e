"""What is logged of a fault of ours."""

from __future__ import annotations

import traceback


def story_of(error: BaseException) -> str:
    """Where an exception came from and of what kind it is, its causes before it, as a traceback tells them.

    Not what it says: that may be what a shopper wrote.
    """
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = "" if cause is None else f"{story_of(cause)}\nThen:\n"
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{before}Traceback:\n{''.join(traceback.format_tb(error.__traceback__))}{kind}"
