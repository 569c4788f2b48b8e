"""How a staged file's bytes become raw rows; no meaning is read here beyond the names of columns.

Depends on ``inventory_api.domain``, ``ingest.notices`` and ``ingest.rows``; never on another stage.
Contains: ``compression`` (a staged file as plain bytes, truncation and bombs refused), ``sniff``
(what a file that is no feed looks like), ``delimited`` (TSV and CSV).
"""
