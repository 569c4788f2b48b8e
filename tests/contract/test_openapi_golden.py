"""The OpenAPI document changes only on purpose.

Rewrite the golden file after a change that is meant (``make openapi``):
``python -m tests.contract.test_openapi_golden``
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

from inventory_api.channels.app import create_app
from tests.unit.rest.world import World

GOLDEN = Path(__file__).parent / "openapi.json"


def document() -> dict[str, Any]:
    """The document of the whole app, as JSON shows it."""
    shown: dict[str, Any] = json.loads(json.dumps(create_app(World().ports()).openapi()))
    return shown


def test_the_document_is_the_golden_one() -> None:
    assert document() == json.loads(GOLDEN.read_text())


def test_every_example_has_the_shape_that_it_stands_for() -> None:
    """By the document itself, as clients and their generators read it."""
    shown = document()
    wrong = [
        f"{method} {path} {where}: {error.instance_path} {error.message}"
        for path, operations in shown["paths"].items()
        for method, operation in operations.items()
        for where, schema, example in _examples(operation)
        for error in Draft202012Validator(schema | {"components": shown["components"]}).iter_errors(example)
        if (method, path, where) not in ON_PURPOSE
    ]
    assert wrong == []


ON_PURPOSE = {("patch", "/v1/inventory", "request")}
"""Its last item is refused: its own result shows how."""


def _examples(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    for where, told in {"request": operation.get("requestBody", {}), **operation["responses"]}.items():
        for media_type, content in told.get("content", {}).items():
            if media_type.endswith("json"):
                shown = [content["example"]] if "example" in content else []
                for example in [*shown, *(each["value"] for each in content.get("examples", {}).values())]:
                    yield where, content["schema"], example


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")
