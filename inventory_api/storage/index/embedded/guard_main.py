"""The program that starts the server and ends it when the owner is gone, even by ``kill -9``.

Run as ``python -IS guard_main.py LOCK_FD GRACE_S run PROGRAM ARG...`` or ``... adopt PID``. Standard
input is a pipe that only the owner can write to: at its end of file the server gets SIGTERM, after
GRACE_S seconds SIGKILL. Ends when the server ends. Must not import anything of ours: it stays small,
and is in nobody's way when the package changes under a running server.

Linux has PR_SET_PDEATHSIG for this, but that fires when the starting *thread* ends.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

_POLL_S = 0.2
_OWNER = 0


class _Server:
    """The guarded process: our child, or adopted."""

    def __init__(self, pid: int, *, is_child: bool) -> None:
        self.pid = pid
        self._is_child = is_child
        self.exit_code: int | None = None
        try:
            self._end: list[int] = [os.pidfd_open(pid)]
        except ProcessLookupError:
            self._end, self.exit_code = [], 0
        except (AttributeError, OSError):
            # Not Linux, or one without it: look now and then.
            self._end = []

    def has_ended(self) -> bool:
        """Whether it is gone; a child is reaped."""
        if self.exit_code is not None:
            return True
        if self._is_child:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.exit_code = os.waitstatus_to_exitcode(status)
        elif self._end:
            if select.select(self._end, [], [], 0)[0]:
                self.exit_code = 0
        else:
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                self.exit_code = 0
        return self.exit_code is not None

    def wait(self, others: list[int], timeout_s: float | None = None) -> bool:
        """Wait for its end: True. False: time is up, or one of the other descriptors can be read."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self.has_ended():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            if not self._end:
                left = _POLL_S if left is None else min(_POLL_S, left)
            if any(other in others for other in select.select([*self._end, *others], [], [], left)[0]):
                return False
        return True

    def end(self, grace_s: float) -> None:
        """SIGTERM, which flushes the append-only file; SIGKILL if that takes too long."""
        for number, wait_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 5.0)):
            if self.has_ended():
                return
            self._send(number)
            if self.wait([], wait_s):
                return

    def _send(self, number: signal.Signals) -> None:
        try:
            if self._end:
                # By descriptor: the number of an adopted process may belong to another by now.
                signal.pidfd_send_signal(self._end[0], number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass


def _start(command: list[str]) -> _Server:
    null = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    # Python ignores SIGPIPE and SIGXFSZ; the server shall begin with the usual answers.
    usual = [signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
    return _Server(os.posix_spawn(command[0], command, os.environ, file_actions=null, setsigdef=usual), is_child=True)


def main(lock: str, grace_s: str, task: str, *rest: str) -> int:
    """Guard one server; the exit code is the server's (128 + number for a signal)."""
    os.set_inheritable(int(lock), False)
    # A mask set by the owner's thread would otherwise keep SIGTERM from us and from the server.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit())
    server = _start(list(rest)) if task == "run" else _Server(int(rest[0]), is_child=False)
    try:
        server.wait([_OWNER])
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        server.end(float(grace_s))
    code = server.exit_code or 0
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
