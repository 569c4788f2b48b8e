"""Values and rules. Depends on nothing of ours; does no I/O.

Contains: ``errors``, ``identifiers`` (GTINs and product ids), ``geo`` (WGS 84 distance),
``stock`` (what a retailer said of a product at a store), ``freshness`` and ``availability``
(what that is worth now), ``retailer`` and ``store``, ``feed`` (runs and their counts), ``ports``.
"""
