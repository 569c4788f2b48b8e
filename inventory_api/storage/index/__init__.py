"""The serving index in Redis. Derived from segments, delta log and SQL: it may be flushed and rebuilt.

One hash a product, ``s:{product_id}``: a field a tile of stores (12-byte records sorted by slot) and a
field ``c`` with the product's card. Rare attributes are a second hash ``x:{product_id}`` in the same
cluster slot. Two doors: ``reader`` (async, one round trip) and ``writer`` (ingest), over one ``keys``
and one ``codec``. ``tiles`` places stores; ``connection`` and ``embedded`` reach the server.
"""
