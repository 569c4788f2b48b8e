"""The JSON API under ``/v1``, its operations endpoints and its documentation pages.

Shared: ``query`` (reading query strings), ``parameters`` (their types), ``body`` (uploads), ``auth`` (keys),
``cursor`` (paging), ``render`` (JSON of stores, products, runs), ``openapi``, ``schema`` and ``examples``
(what the document says).
Endpoints: ``availability``, ``stores``, ``products``, ``feeds``, ``runs``, ``inventory``, ``ops``, ``docs``.
``api`` joins them.
"""
