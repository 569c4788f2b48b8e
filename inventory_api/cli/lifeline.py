"""Processes that end when the one that started them does, however it ends: nobody else would end them."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import threading
import time

GRACE_S = 3.0
"""From SIGTERM to SIGKILL. Whatever is in hand may be killed anywhere; a lost parent has its successor waiting."""


class Lifeline:
    """The parent's end: a pipe that nobody writes to. Its other end, a child's standard input, tells of its closing."""

    def __init__(self) -> None:
        self.child_end, self._own_end = os.pipe()

    def close(self) -> None:
        """Let go: children that still live end within ``GRACE_S``."""
        for end in (self.child_end, self._own_end):
            os.close(end)


def end_with_parent() -> None:
    """End this process when the parent that holds the lifeline is gone."""
    _end_when_readable(0)


def end_with_supervisor() -> None:
    """End this process when the ``multiprocessing`` parent that started it, if any, is gone."""
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        _end_when_readable(supervisor.sentinel)


def _end_when_readable(descriptor: int) -> None:
    def watch() -> None:
        select.select([descriptor], [], [])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
