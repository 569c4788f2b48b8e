"""TSV and CSV of any size, streamed, with the exact physical line of every fault.

Contains, in the order of use: ``text`` (bytes to UTF-8), ``header`` (which field is what), ``quoting``
(where records and fields end), ``blocks`` (whole records, bounded memory), ``rows`` (a block to columns),
``reader`` (all of it, ``read_delimited``).
"""

from ingest.formats.delimited.reader import read_delimited

__all__ = ["read_delimited"]
