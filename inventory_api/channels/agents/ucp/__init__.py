"""Universal Commerce Protocol 2026-08-25: stores as its *locations*, on the models of ``ucp-sdk``.

Contains: ``routes`` (what is asked), ``requests`` (read strictly), ``locations`` (a store in its words), ``envelope``
(what is around every answer, and its errors), ``profile`` (ours), ``agent`` (who asks).
"""
