"""The questions a client may ask, one module each; each returns an answer that every channel only renders.

Depends on ``domain``. Contains: ``directory`` (the stores, in memory), ``availability``, ``stores``.
"""
