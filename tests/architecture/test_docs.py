"""What is interface is documented: notice codes and settings."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.notices import HINTS
from inventory_api.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


def headings(page: str) -> set[str]:
    return set(re.findall(r"^### `?([a-z_]+)`?$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE))


def test_every_notice_has_its_heading_and_every_heading_its_notice() -> None:
    assert headings("notices.md") == set(HINTS)


def test_every_setting_is_documented_under_its_environment_name() -> None:
    prefix = Settings.model_config.get("env_prefix", "")
    documented = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", (DOCS / "settings.md").read_text(encoding="utf-8")))

    assert prefix == "INVENTORY_"
    assert {f"{prefix}{name}".upper() for name in Settings.model_fields} <= documented
