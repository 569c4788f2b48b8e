"""How a staged file's bytes become raw rows; no meaning is read here beyond the names of columns.

Depends on ``inventory_api.domain``, ``ingest.notices`` and ``ingest.rows``; never on another stage.
Contains: ``feed`` (any staged file as raw batches), ``compression`` (a staged file as plain bytes,
truncation and bombs refused), ``sniff`` (the format by its first bytes), ``columns`` (which names mean
what), ``records`` (batches out of formats without columns), and a reader a format: ``delimited``, ``edi``.
"""
