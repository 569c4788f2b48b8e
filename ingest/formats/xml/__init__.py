"""The reader for XML: Google's feeds as RSS and Atom, and GS1's inventory report.

Read in this order: ``reader`` (a file as raw batches), ``document`` (expat, kept from harm: what is no
feed, not whole, or too large), ``shapes`` (which shape the root element tells), ``channel`` (records of
elements, as in RSS and Atom: out of ``events``, or of ``plain`` text), ``gs1`` (the logistics inventory report).
"""

from ingest.formats.xml.reader import read_xml

__all__ = ["read_xml"]
