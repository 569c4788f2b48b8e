"""``inventory-api source``, run as a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from inventory_api.storage.sql.engine import Database

SOURCE = {
    "kind": "inventory",
    "protocol": "https",
    "url": "https://feeds.example/stock.csv",
    "credentials": {"token": "t"},
}


def run(data_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"INVENTORY_DATA_DIR": str(data_dir)}
    return subprocess.run(
        [sys.executable, "-m", "inventory_api", *words], env=environment, capture_output=True, text=True, check=False
    )


def test_a_source_is_declared_listed_and_removed(tmp_path: Path) -> None:
    def source(*words: str) -> subprocess.CompletedProcess[str]:
        return run(tmp_path / "data", "source", *words, "--retailer", "acme")

    assert run(tmp_path / "data", "retailer", "add", "Acme").returncode == 0
    file = tmp_path / "source.json"
    file.write_text(json.dumps(SOURCE))
    shown: dict[str, Any] = json.loads(source("put", "nightly", str(file), "--json").stdout)
    assert (shown["id"], shown["credentials"], shown["every_s"]) == ("nightly", "set", 900)
    assert "nightly" in source("list").stdout
    assert json.loads(source("list", "--json").stdout) == [shown]
    file.write_text(json.dumps(SOURCE | {"every_s": 1, "profile": {"delimeter": ";"}}))
    refused = source("put", "nightly", str(file))
    assert refused.returncode == 1
    assert "/every_s" in refused.stderr
    assert "/profile/delimeter" in refused.stderr
    file.write_text(json.dumps(SOURCE | {"url": "http://feeds.example/"}))
    assert "clear text" in source("put", "nightly", str(file)).stderr
    assert source("remove", "nightly").returncode == 0
    assert source("remove", "nightly").returncode == 1
    assert source("fetch", "nightly").returncode == 1


def test_a_file_is_pushed_as_its_source_says(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    assert run(data_dir, "retailer", "add", "Acme").returncode == 0
    declared, feed = tmp_path / "source.json", tmp_path / "stock.txt"
    declared.write_text(json.dumps(SOURCE | {"profile": {"columns": ["store_code", "id", "quantity"]}}))
    assert run(data_dir, "source", "put", "nightly", str(declared), "--retailer", "acme").returncode == 0
    feed.write_text("001|a|1\n")

    def push(*words: str) -> subprocess.CompletedProcess[str]:
        return run(data_dir, "feed", "push", str(feed), "--retailer", "acme", "--no-wait", *words)

    assert push("--source", "nightly").returncode == 0
    assert "weekly" in push("--source", "weekly").stderr
    db = Database(f"sqlite:///{data_dir / 'inventory.sqlite'}")
    with db.read() as tx:
        (queued,) = tx.runs.list("acme", 9)
    db.close()
    assert (queued.source_id, queued.profile) == ("nightly", {"columns": ["store_code", "id", "quantity"]})
