"""Stock in EDI: X12 846 and 852, EDIFACT INVRPT.

Contains, in the order of use: ``syntax`` (which characters delimit), ``segments`` (bytes to segments in
bounded memory), ``envelope`` (are all there that the file says it has), ``keys`` (a line's product),
``stock`` (what all messages have in common), ``x12``, ``edifact`` (a class a message), ``reader`` (all
of it, ``read_edi``).
"""

from ingest.formats.edi.reader import read_edi

__all__ = ["read_edi"]
