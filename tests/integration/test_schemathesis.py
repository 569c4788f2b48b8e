"""Whatever the document allows, and much that it does not, is answered as the document says.

Schemathesis reads the golden document and asks a real server over real storage, a few questions a route here,
``SCHEMATHESIS_EXAMPLES`` of each in ``make schemathesis``.
"""

from __future__ import annotations

import os

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import negative_data_rejection, positive_data_acceptance
from schemathesis.config import SchemathesisConfig

from inventory_api.channels.reading import JSON
from inventory_api.channels.rest.uploads import CHUNK
from inventory_api.channels.upload import FILE_TYPES
from tests.contract.test_openapi_golden import document
from tests.integration.service import Service, service

__all__ = ["service"]

# Formats that it has no writer for are bytes to it.
for media_type in (*sorted(FILE_TYPES - {JSON}), CHUNK):
    schemathesis.serializer.alias(media_type, "application/octet-stream")

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "5"))

# Keys are real ones: a made-up one is refused everywhere, and soon throttled.
_CONFIG = SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False}})
schema = schemathesis.openapi.from_dict(document(), config=_CONFIG)


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=EXAMPLES < 10)
def test_every_route_answers_as_the_document_says(case: schemathesis.Case, service: Service) -> None:
    headers = {"X-API-Key": service.key} if "security" in case.operation.definition.raw else {}
    # What a schema allows may still be no GTIN, no known place, or two origins at once.
    excluded = [positive_data_acceptance]
    if case.operation.label == "PATCH /v1/inventory":
        # A bad item is refused in its own result, and the call is 200.
        excluded.append(negative_data_rejection)
    case.call_and_validate(base_url=service.url, headers=headers, excluded_checks=excluded)
