"""The owner's handle on the guard program; closing its pipe is how a server is stopped, on purpose or not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from inventory_api.storage.index.embedded import guard_main
from inventory_api.storage.index.embedded.launch import server_environment
from inventory_api.storage.index.embedded.ownership import OwnedDescriptor

# SIGKILL after the grace, and what the kernel takes to free the memory of a large process.
_AFTER_GRACE_S = 10.0


class Guard:
    """A running guard program.

    Args:
        task: Its last arguments: ``["run", program, ...]`` or ``["adopt", pid]``.
        lock: Held by the guard too as long as it lives, so that a new owner can wait for its end.
        log_path: Where it and the server write.
        grace_s: From SIGTERM to SIGKILL.
    """

    def __init__(self, task: list[str], *, lock: OwnedDescriptor, log_path: Path, grace_s: float) -> None:
        self._grace_s = grace_s
        watched, ours = os.pipe()
        self._pipe = OwnedDescriptor(ours)
        try:
            with log_path.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603  our own program
                    [sys.executable, "-IS", guard_main.__file__, str(lock.descriptor), str(grace_s), *task],
                    stdin=watched,
                    stdout=log,
                    stderr=log,
                    cwd=log_path.parent,
                    env=server_environment(),
                    pass_fds=(lock.descriptor,),
                    # Ctrl-C shall reach the API and not the server, which is needed until the drain ends.
                    start_new_session=True,
                )
        except BaseException:
            self._pipe.close()
            raise
        finally:
            os.close(watched)

    @property
    def pid(self) -> int:
        """Process id of the guard, not of the server."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the guard runs; it ends as soon as the server has ended."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the server and the guard; returns when both are gone."""
        self._pipe.close()
        try:
            self._process.wait(self._grace_s + _AFTER_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
