"""Ways of asking. Each only parses a request, asks a port or ``lookup``, and renders the answer.

Depends on ``domain`` and ``lookup``; never on ``storage``, ``ingest`` or settings: what it needs of the
world comes as ``AppPorts``.

Contains: ``app`` (``create_app``, the one entry), ``ports`` (what an app is made of), ``http`` (request id,
body limits, timing), ``problem`` (every error, one table), ``rest`` (the JSON API).
"""
