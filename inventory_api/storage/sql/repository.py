"""What every repository is: statements about one noun on the connection of a transaction."""

from __future__ import annotations

from sqlalchemy import Connection


class Repository:
    """Statements on one connection; whoever opened the transaction commits them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
