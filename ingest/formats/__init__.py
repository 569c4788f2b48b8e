"""How a staged file's bytes become raw rows; no meaning is read here beyond the names of columns.

Depends on ``inventory_api.domain``, ``ingest.notices`` and ``ingest.rows``; never on another stage.
Contains: ``feed`` (any staged file as raw batches), ``archives`` and ``manifest`` (its parts),
``compression`` (packed bytes as plain ones, truncation and bombs refused), ``sniff`` (the format by its
first bytes), ``columns`` (which names mean what), ``layout`` (which field of a row is which column),
``characters`` (what no cell should hold), ``records`` (batches out of formats without columns), and a
reader a format: ``delimited``, ``xlsx`` (with ``workbook``), ``parquet``, ``edi``.
"""
