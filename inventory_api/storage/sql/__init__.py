"""The SQL side: everything that must survive a flush of the index, on SQLite or PostgreSQL.

Depends on ``inventory_api.domain`` only. Contains: ``engine`` (``Database`` and ``Transaction``: one
connection, all repositories, one commit), ``schema`` (``upgrade``, with the Alembic ``migrations``),
``tables``, ``bulk`` (one fast path per database), ``counters``, and a repository a noun: ``retailers``
(with their keys), ``stores``, ``products``, ``runs`` (with ``pointers`` to segments and ``parked`` files),
``deltas`` (the log of stock changes). ``keys`` knows what an API key looks like and who holds it.

Locks on PostgreSQL are taken in one order: retailer row, store counter, product rows. A transaction that
changes a retailer's stores or deltas after other writes calls ``retailers.lock`` first.
"""
