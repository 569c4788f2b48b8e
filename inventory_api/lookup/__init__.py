"""The questions a client may ask, one module each; each returns an answer that every channel only renders.

Depends on ``domain`` and ``locales``. Contains: ``directory`` (the stores, in memory), ``availability``
(asks), ``candidates`` (judges), ``selection`` (filters, ranks, cuts), ``few`` (all of that for the usual
question, store by store), ``answer`` (the values), ``products``, ``search`` (which product is meant).
"""
