"""What is interface is documented, and what the documents name exists."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ingest.notices import HINTS
from inventory_api.channels.codes import KINDS
from inventory_api.cli.app import app
from inventory_api.domain import errors
from inventory_api.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), ROOT / "loadtests" / "README.md"])
SETTINGS = {f"INVENTORY_{name}".upper(): field for name, field in Settings.model_fields.items()}
OF_TESTS = {"INVENTORY_TEST_DATA"}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


README = text_of(ROOT / "README.md")


def headings(page: str) -> set[str]:
    return set(re.findall(r"^### `?([a-z0-9_]+)`?$", text_of(DOCS / page), re.MULTILINE))


def test_every_notice_has_its_heading_and_every_heading_its_notice() -> None:
    assert headings("notices.md") == set(HINTS)


def test_every_notice_tells_its_remedy_as_the_report_does() -> None:
    page = " ".join(text_of(DOCS / "notices.md").split())
    assert [code for code, hint in HINTS.items() if f"**Mend:** {hint}" not in page] == []


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(INVENTORY_[A-Z_]+)` \| (.*?) \|", text_of(DOCS / "settings.md"), re.MULTILINE))

    assert Settings.model_config.get("env_prefix") == "INVENTORY_"
    assert set(rows) == set(SETTINGS)
    for name, field in SETTINGS.items():
        if isinstance(field.default, (int, float)):
            assert rows[name].strip("`") == f"{field.default:g}" or rows[name].strip("`") == str(field.default), name


def test_every_variable_of_the_compose_file_is_documented() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", text_of(ROOT / "docker-compose.yml")))
    assert asked == set(re.findall(r"^\| `((?!INVENTORY_)[A-Z_]+)` \|", text_of(DOCS / "settings.md"), re.MULTILINE))


@pytest.mark.parametrize("page", [*PAGES, ROOT / "docker-compose.yml", ROOT / "Dockerfile"], ids=lambda page: page.name)
def test_no_page_names_a_setting_that_does_not_exist(page: Path) -> None:
    assert set(re.findall(r"\bINVENTORY_[A-Z_]+\b", text_of(page))) <= set(SETTINGS) | OF_TESTS


def test_every_error_of_ours_has_a_problem_code() -> None:
    ours = {cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.InventoryError)}
    assert ours - set(KINDS) == {errors.InventoryError}


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        elif not command.hidden:
            yield " ".join((*path, name))


def test_every_command_is_in_the_readme() -> None:
    assert [name for name in commands(typer.main.get_command(app)) if f"`{name}`" not in _shortened()] == []


def _shortened() -> str:
    """The README's text, with the name of the program left out where a command is quoted."""
    return README.replace("`inventory-api ", "`")


def test_the_readme_lists_the_endpoints_that_exist_and_no_others() -> None:
    document = json.loads(text_of(ROOT / "tests" / "contract" / "openapi.json"))
    served = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    listed = set(re.findall(r"^\| `([A-Z]+) (/[^`]*)` \|", README, re.MULTILINE))

    assert listed == served


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#[^)\s]*)?\)", text_of(page))
    assert [link for link in links if link and not (page.parent / link).exists()] == []


def test_the_changelog_speaks_of_this_version() -> None:
    version = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["version"]
    newest = re.search(r"^## \[(.+?)\]", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)

    assert newest is not None
    assert newest[1] == version
    assert f"inventory-api:{version}" in text_of(ROOT / "docker-compose.yml")
