"""JSON in all its shapes, told by content: lines of objects, one array, one object around a list, one object.

Contains, from the bytes up:

    text       JSON values as the exact text that other formats would have carried
    lines      NDJSON: an object a line
    document   one JSON value for the whole file
    flat       objects with our column names: the usual case, column by column
    dialects   objects in somebody else's shape, one module each, record by record
    reader     which of these a file is
"""

from ingest.formats.json.reader import read_json

__all__ = ["read_json"]
