"""One server a data directory: whoever holds its lock owns the server, everyone else attaches."""

from __future__ import annotations

import logging
import re
import shutil
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from inventory_api.storage.index.embedded.binary import ServerBinary, find_server
from inventory_api.storage.index.embedded.guard import Guard
from inventory_api.storage.index.embedded.launch import (
    DAMAGED_DIR_NAME,
    choose_socket_path,
    default_max_memory_bytes,
    find_socket_path,
    forget_socket_path,
    server_flags,
)
from inventory_api.storage.index.embedded.ownership import OwnedDescriptor, lock_within, try_lock
from inventory_api.storage.index.embedded.probe import Life, find_server_pid, probe

logger = logging.getLogger(__name__)

# From SIGTERM to SIGKILL; a little more than the server's own --shutdown-timeout.
STOP_GRACE_S = 15.0
# The process runs and nobody answers: hung.
_SILENCE_LIMIT_S = 30.0
# What an owner may take until its server listens; reading its files comes after that.
_STARTING_S = 5.0
_POLL_S = 0.01
_LOADING_NOTE_S = 5.0
_MAX_LOG_BYTES = 8 * 2**20
# Pauses before the restarts that are allowed within the window; after the last the server stays down.
_RESTART_PAUSES_S = (0.0, 1.0, 4.0)
_RESTART_WINDOW_S = 300.0
# What the engines write when what they saved cannot be read: damaged, missing, or of a newer engine.
_DAMAGE = re.compile(
    "Bad file format reading|Unrecoverable error|Wrong RDB checksum|Internal error in RDB|RDB format version"
    "|MANIFEST FILE ERROR|AOF file .*No such file|BUG REPORT"
)


class ServerNotStarted(Exception):
    """The server ended during its start, or nobody answers; the text has its last words."""


class EmbeddedServer:
    """A server of this data directory, ours (``owned``) or another process's.

    Build it with ``start_or_attach``. Also a context manager that stops it.
    """

    def __init__(
        self, data_dir: Path, lock: OwnedDescriptor | None, override: str | None, max_memory_bytes: int, grace_s: float
    ) -> None:
        self.data_dir = data_dir
        self.owned = lock is not None
        self.socket_path = find_socket_path(data_dir)
        self.pid = 0
        # What was started; None for a server that somebody else started.
        self.binary: ServerBinary | None = None
        self._lock = lock
        self._override = override
        self._max_memory_bytes = max_memory_bytes
        self._grace_s = grace_s
        self._guard: Guard | None = None
        self._guard_lock: OwnedDescriptor | None = None
        self._stopping = threading.Event()
        self._changing = threading.Lock()
        self._restarts: list[float] = []
        self._log_start = 0

    @classmethod
    def start_or_attach(
        cls,
        data_dir: Path,
        *,
        override: str | None = None,
        max_memory_bytes: int | None = None,
        stop_grace_s: float = STOP_GRACE_S,
    ) -> EmbeddedServer:
        """A server that answers. Any thread may call it; blocks while the server reads its files.

        Args:
            data_dir: On a local disk, made private (mode 0700); everything of the server lies there.
            override: Path of the binary to run instead of the one that ``find_server`` would choose.
            max_memory_bytes: Above it writes fail and reads go on. None: half of the machine or container.
            stop_grace_s: From SIGTERM to SIGKILL.

        Raises:
            NoServerFound: There is none to attach to and no binary to start.
            ServerNotStarted: It ended at once, or does not answer.
        """
        data_dir = data_dir.resolve()
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        data_dir.chmod(0o700)
        limit = default_max_memory_bytes() if max_memory_bytes is None else max_memory_bytes
        lock_path = data_dir / "kv.lock"
        heard_at = time.monotonic()
        while True:
            lock = try_lock(lock_path)
            server = cls(data_dir, lock, override, limit, stop_grace_s)
            if lock is not None:
                # Whoever attaches now would get a server that its dead owner's guard is just ending.
                lock.write("")
                with server._changing:
                    server._bring_up(lock)
                return server
            life = probe(server.socket_path)
            named_pid = lock_path.read_text().strip()
            if life is Life.READY and named_pid:
                server.pid = int(named_pid)
                logger.info("attached to the server of %s, pid %d", data_dir, server.pid)
                return server
            if life in (Life.READY, Life.LOADING):
                heard_at = time.monotonic()
            elif time.monotonic() - heard_at > _STARTING_S + stop_grace_s:
                raise ServerNotStarted(f"Another process holds {lock_path}, but no server answers.")
            time.sleep(_POLL_S)

    @property
    def url(self) -> str:
        """Where clients find it, as redis-py and our own clients read it."""
        return f"unix://{quote(str(self.socket_path))}?db=0"

    def is_alive(self) -> bool:
        """Whether the server runs, be it still loading."""
        if self._guard is not None:
            return self._guard.is_alive()
        return probe(self.socket_path) is not Life.NONE

    def restart_if_dead(self) -> bool:
        """Start our server again after a crash; clients keep the same URL.

        Returns:
            Whether it runs now. False: not ours, stopped, or it has died too often in the last minutes.

        Raises:
            ServerNotStarted: It does not come up again.
        """
        with self._changing:
            if self._lock is None or self._lock.descriptor < 0 or self._stopping.is_set():
                return False
            if self._guard is not None and self._guard.is_alive():
                return True
            now = time.monotonic()
            self._restarts = [at for at in self._restarts if now - at < _RESTART_WINDOW_S]
            if len(self._restarts) == len(_RESTART_PAUSES_S):
                return False
            pause_s = _RESTART_PAUSES_S[len(self._restarts)]
            self._restarts.append(now)
            logger.error("the server of %s ended by itself; starting it again in %.0f s", self.data_dir, pause_s)
            if self._stopping.wait(pause_s):
                return False
            self._bring_up(self._lock)
            return True

    def stop(self) -> None:
        """End our server with its data flushed; another's is left alone. Returns when it is gone."""
        self._stopping.set()
        with self._changing:
            if self._lock is not None and self._lock.descriptor >= 0:
                self._lock.write("")
                self._take_down()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def _bring_up(self, lock: OwnedDescriptor) -> None:
        try:
            # The guard of a dead owner may still be ending its server; two servers would ruin the files.
            guard_lock = self._guard_lock or lock_within(self.data_dir / "kv.guard", self._grace_s + _SILENCE_LIMIT_S)
            if guard_lock is None:
                raise ServerNotStarted(f"The former server of {self.data_dir} does not end.")
            self._guard_lock = guard_lock
            if not self._adopt_orphan(guard_lock) and not self._launch(guard_lock):
                self._set_aside_damage()
                if not self._launch(guard_lock):
                    raise ServerNotStarted(f"The server ended during its start:\n{self._last_words()}")
            lock.write(f"{self.pid}\n")
        except BaseException:
            self._take_down()
            raise

    def _adopt_orphan(self, guard_lock: OwnedDescriptor) -> bool:
        """Guard a server that outlived its owner and its owner's guard; False if there is none."""
        deadline = time.monotonic() + _SILENCE_LIMIT_S
        while probe(self.socket_path) is not Life.NONE:
            pid = find_server_pid(self.socket_path)
            if pid is not None:
                logger.warning("adopting the server of %s, pid %d: its owner is gone", self.data_dir, pid)
                return self._guard_until_ready(["adopt", str(pid)], guard_lock)
            if time.monotonic() > deadline:
                raise ServerNotStarted(
                    f"A server listens on {self.socket_path} and does not answer; its process id is in"
                    f" {self.data_dir / 'kv.pid'}. End it, then start again."
                )
            time.sleep(_POLL_S)
        return False

    def _launch(self, guard_lock: OwnedDescriptor) -> bool:
        """Start the server; False if it ended before it was ready."""
        self.binary = find_server(self._override)
        self.socket_path = choose_socket_path(self.data_dir)
        # We hold the lock and nobody listens there: what remains is stale.
        self.socket_path.unlink(missing_ok=True)
        if self._log_path.exists() and self._log_path.stat().st_size > _MAX_LOG_BYTES:
            self._log_path.replace(self._log_path.with_name("kv.log.1"))
        flags = server_flags(self.data_dir, self.socket_path, self._max_memory_bytes)
        return self._guard_until_ready(["run", str(self.binary.path), *flags], guard_lock)

    def _guard_until_ready(self, task: list[str], guard_lock: OwnedDescriptor) -> bool:
        started_at = heard_at = noted_at = time.monotonic()
        self._log_start = self._log_path.stat().st_size if self._log_path.exists() else 0
        self._guard = Guard(task, lock=guard_lock, log_path=self._log_path, grace_s=self._grace_s)
        while self._guard.is_alive():
            life, now = probe(self.socket_path), time.monotonic()
            if life is Life.READY and (pid := find_server_pid(self.socket_path)):
                self.pid = pid
                logger.info("server of %s is ready after %.2f s, pid %d", self.data_dir, now - started_at, pid)
                return True
            if life is Life.LOADING:
                heard_at = now
                if now - noted_at > _LOADING_NOTE_S:
                    logger.info("server of %s is still loading after %.0f s", self.data_dir, now - started_at)
                    noted_at = now
            elif now - heard_at > _SILENCE_LIMIT_S:
                raise ServerNotStarted(f"The server runs but does not answer:\n{self._last_words()}")
            time.sleep(_POLL_S)
        return False

    def _set_aside_damage(self) -> None:
        """Let the next start begin empty if this one failed on its files: the index is derived."""
        saved = self.data_dir / "appendonlydir"
        words = self._last_words()
        if not saved.is_dir() or not _DAMAGE.search(words):
            raise ServerNotStarted(f"The server ended during its start:\n{words}")
        aside = self.data_dir / DAMAGED_DIR_NAME
        # Only the last one is kept: repeated damage must not fill the disk.
        shutil.rmtree(aside, ignore_errors=True)
        saved.replace(aside)
        logger.warning("the server cannot read its files; moved to %s, starting empty. It said:\n%s", aside, words)

    def _take_down(self) -> None:
        if self._guard is not None:
            self._guard.stop()
            # If somebody killed the guard, the server is still there.
            if self._guard_lock is not None and (pid := find_server_pid(self.socket_path)):
                task = ["adopt", str(pid)]
                Guard(task, lock=self._guard_lock, log_path=self._log_path, grace_s=self._grace_s).stop()
            self._guard = None
            forget_socket_path(self.data_dir, self.socket_path)
        for lock in (self._guard_lock, self._lock):
            if lock is not None:
                lock.close()

    @property
    def _log_path(self) -> Path:
        return self.data_dir / "kv.log"

    def _last_words(self) -> str:
        with self._log_path.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").strip().splitlines()
        return "\n".join(lines[-12:])
