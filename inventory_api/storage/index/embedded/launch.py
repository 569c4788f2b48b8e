"""How the embedded server is launched: flags, memory limit, and where its socket lies."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from inventory_api.storage.index.server_settings import HASH_MAX_LISTPACK_ENTRIES, HASH_MAX_LISTPACK_VALUE

# The kernel's limit is 108 bytes on Linux and 104 on macOS, the final zero included.
_MAX_SOCKET_PATH_BYTES = 100
_SMALLEST_MEMORY_BYTES = 64 * 2**20
# Append-only files that could not be read are kept under this name.
DAMAGED_DIR_NAME = "appendonlydir.damaged"


def server_flags(data_dir: Path, socket_path: Path, max_memory_bytes: int) -> list[str]:
    """Command line of the server, understood alike by Redis 7.0 and Valkey 9.

    At ``max_memory_bytes`` writes fail with OOM and reads go on.
    """
    settings = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(data_dir),
        "pidfile": str(data_dir / "kv.pid"),
        "daemonize": "no",
        "supervised": "no",
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "aof-use-rdb-preamble": "yes",
        "aof-load-truncated": "yes",
        "shutdown-timeout": "10",
        "maxmemory": str(max_memory_bytes),
        "maxmemory-policy": "noeviction",
        "hash-max-listpack-value": str(HASH_MAX_LISTPACK_VALUE),
        "hash-max-listpack-entries": str(HASH_MAX_LISTPACK_ENTRIES),
        "enable-debug-command": "no",
        "enable-module-command": "no",
        "enable-protected-configs": "no",
    }
    return [word for name, value in settings.items() for word in (f"--{name}", value)]


def server_environment() -> dict[str, str]:
    """Only what a server needs: it has no business with our secrets, and an unknown locale stops Redis 7.0."""
    kept = ("PATH", "HOME", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}


def default_max_memory_bytes() -> int:
    """Half of what this machine or container has: a rewrite of the append-only file forks and copies pages."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(_SMALLEST_MEMORY_BYTES, min([total, *_cgroup_limits()]) // 2)


def _cgroup_limits() -> list[int]:
    root = Path("/sys/fs/cgroup")
    files = [root / "memory.max", root / "memory/memory.limit_in_bytes"]
    try:
        groups = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        groups = []
    for line in groups:
        _, controllers, group = line.split(":", 2)
        if controllers in ("", "memory"):
            folder = root / (controllers or ".") / group.lstrip("/")
            name = "memory.limit_in_bytes" if controllers else "memory.max"
            # A limit on any ancestor counts.
            files += [level / name for level in (folder, *folder.parents) if root in level.parents]
    limits = []
    for file in files:
        try:
            text = file.read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            limits.append(int(text))
    return limits


def find_socket_path(data_dir: Path) -> Path:
    """Where the socket of this data directory lies, or would lie, as far as anyone has noted."""
    note = _socket_note(data_dir)
    try:
        folder = Path(note.read_text().strip())
    except OSError:
        return data_dir / "kv.sock"
    # In a directory for everyone, a removed folder may have been created again by someone else.
    return folder / "kv.sock" if _is_private(folder) else data_dir / "kv.sock"


def choose_socket_path(data_dir: Path) -> Path:
    """Where to open the socket; a path that is too long for the kernel moves to a private temporary directory.

    Only for the owner of the data directory: may write a note for those who attach.
    """
    socket_path = find_socket_path(data_dir)
    if len(os.fsencode(socket_path)) <= _MAX_SOCKET_PATH_BYTES:
        return socket_path
    for place in (tempfile.gettempdir(), "/tmp"):  # noqa: S108  mkdtemp makes it private
        folder = Path(tempfile.mkdtemp(prefix="inventory-kv-", dir=place))
        if len(os.fsencode(folder / "kv.sock")) <= _MAX_SOCKET_PATH_BYTES:
            _socket_note(data_dir).write_text(f"{folder}\n")
            return folder / "kv.sock"
        folder.rmdir()
    raise OSError(f"no temporary directory with a path short enough for the socket of {data_dir}; set TMPDIR")


def forget_socket_path(data_dir: Path, socket_path: Path) -> None:
    """Take the temporary directory away again. Only for the owner, after the server's end."""
    socket_path.unlink(missing_ok=True)
    if socket_path.parent != data_dir:
        _socket_note(data_dir).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            socket_path.parent.rmdir()


def _socket_note(data_dir: Path) -> Path:
    return data_dir / "kv.socket-dir"


def _is_private(folder: Path) -> bool:
    try:
        state = folder.lstat()
    except OSError:
        return False
    return state.st_uid == os.geteuid() and state.st_mode & 0o077 == 0
