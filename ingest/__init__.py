"""The write side: retailers' feeds in, a published index out.

Depends on ``inventory_api.domain`` and ``inventory_api.storage``; never on lookup or channels.
Contains: ``pipeline`` (the stages in order, readable as the specification), ``worker`` (claims runs,
survives being killed anywhere), ``formats`` (bytes to rows), ``normalize`` (text to values),
``checks``, ``reconcile``, ``publish``, ``notices`` (what is wrong with a feed), ``rows``.
"""
