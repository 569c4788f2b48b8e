"""Questions by text message.

Two halves that meet in ``message.py`` and ``ports.py``: the wire, which is here, and the conversation, which is words.

Contains: ``gateway`` (the life of a message), ``providers`` (who carries it: one file each), ``segments`` (what it
costs), ``pacing`` (who texts too much), ``session`` (what is remembered of a shopper), ``phone``, ``photo``,
``outbox`` (what we send unasked), ``routes`` (HTTP), ``simulator`` (the same on a terminal).
"""
