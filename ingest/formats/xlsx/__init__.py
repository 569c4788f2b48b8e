"""The reader for Excel workbooks.

Read in this order: ``reader`` (a sheet as raw batches), ``table`` (its rows as texts), ``archive`` (the
members of a workbook, kept from harm), ``sheet`` (its cells: in ``plain`` rows, or out of ``events``),
``values`` (what they say).
"""

from ingest.formats.xlsx.reader import first_rows, read_xlsx

__all__ = ["first_rows", "read_xlsx"]
