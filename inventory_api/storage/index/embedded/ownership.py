"""Descriptors that mean ownership: a lock file's, a pipe's. They end with this process and no other has them."""

from __future__ import annotations

import os
import time
import weakref
from pathlib import Path

_POLL_S = 0.02

_owned: weakref.WeakSet[OwnedDescriptor] = weakref.WeakSet()


class OwnedDescriptor:
    """A descriptor that neither an exec nor a fork passes on.

    A forked worker that kept it would keep the server alive, or the lock held, after our death.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        os.set_inheritable(descriptor, False)
        _owned.add(self)

    def close(self) -> None:
        """Give it up; a second call does nothing."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def write(self, text: str) -> None:
        """Replace the file's content."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text.encode(), 0)


def _close_all() -> None:
    for owned in list(_owned):
        owned.close()


os.register_at_fork(after_in_child=_close_all)


def try_lock(path: Path) -> OwnedDescriptor | None:
    """The exclusive lock of this file, or None if somebody has it. The kernel frees it on any death."""
    import fcntl  # Windows has none, and must still be able to import us: it may use a server by URL.

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return OwnedDescriptor(descriptor)


def lock_within(path: Path, timeout_s: float) -> OwnedDescriptor | None:
    """The exclusive lock of this file as soon as it is free, None if it is not in time."""
    deadline = time.monotonic() + timeout_s
    while (lock := try_lock(path)) is None and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return lock
