"""A real Redis-compatible server as a child process on a unix socket: nothing to install, nothing left behind.

Depends on the operating system, and on an installed server binary. Contains: ``binary`` (which one),
``launch`` (its flags, memory and socket path), ``probe`` (is one alive there), ``guard`` (a small program
that starts the server and ends it when its owner dies, however it dies), ``server`` (who owns, who
attaches, when to adopt).
"""

from inventory_api.storage.index.embedded.binary import NoServerFound, ServerBinary, find_server
from inventory_api.storage.index.embedded.server import EmbeddedServer, ServerNotStarted

__all__ = ["EmbeddedServer", "NoServerFound", "ServerBinary", "ServerNotStarted", "find_server"]
