"""Clients generated from the document compile, and answer the questions of the README.

``make clients`` installs the generators, apart from everything else, and runs this.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.test_openapi_golden import GOLDEN
from tests.integration.service import Service, service

__all__ = ["service"]

pytestmark = pytest.mark.slow
GTIN = "00037000185062"
SCRIPT = """
import createClient from "openapi-fetch";
import type { paths } from "./inventory.js";
const client = createClient<paths, "application/json" | "application/problem+json">({ baseUrl: process.argv[2]! });
const query = { gtin: "00037000185062", lat: 37.77, lon: -122.42 };
const { data, error } = await client.GET("/v1/availability", { params: { query } });
if (error) throw new Error(error.code);
console.log(data.stores.length, data.stores[0]!.availability);
"""
COMPILER = ["--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext"]
COMPILER += ["--types", "node", "--skipLibCheck"]


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: `make clients` does that")
    return found


def run(*words: str | Path, folder: Path) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_generated_python_client_asks(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "client"
    run(tool("openapi-python-client"), "generate", "--path", GOLDEN, "--output-path", target, folder=tmp_path)
    run(sys.executable, "-m", "compileall", "-q", target, folder=tmp_path)
    monkeypatch.syspath_prepend(target)
    name = next(path.parent.name for path in target.glob("*/client.py"))
    client = importlib.import_module(f"{name}.client").Client(service.url)
    ask = importlib.import_module(f"{name}.api.availability.get_availability")

    with client:
        answer = ask.sync(client=client, gtin=GTIN, lat=37.77, lon=-122.42)
    assert [hit.availability for hit in answer.stores] == ["in_stock", "low_stock"]


def test_a_generated_typescript_client_asks(service: Service, tmp_path: Path) -> None:
    modules = Path(tool("openapi-typescript")).parents[1]
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "ask.ts").write_text(SCRIPT)
    run(tool("openapi-typescript"), GOLDEN, "-o", "inventory.d.ts", folder=tmp_path)
    run(tool("tsc"), *COMPILER, "ask.ts", folder=tmp_path)
    assert run(tool("node"), "ask.js", service.url, folder=tmp_path) == "2 in_stock\n"
