"""The OpenAPI document changes only on purpose.

Rewrite the golden file after a change that is meant (``make openapi``):
``python -m tests.contract.test_openapi_golden``
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inventory_api.channels.app import create_app
from tests.unit.rest.world import World

GOLDEN = Path(__file__).parent / "openapi.json"


def document() -> dict[str, Any]:
    """The document of the whole app, as JSON shows it."""
    shown: dict[str, Any] = json.loads(json.dumps(create_app(World().ports()).openapi()))
    return shown


def test_the_document_is_the_golden_one() -> None:
    assert document() == json.loads(GOLDEN.read_text())


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")
