"""``inventory-api feed check`` as a newcomer meets it: an export in, what to do out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

HEADERLESS = "US00017;SKU-1;12\nUS00018;SKU-1;0\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export.csv"


def test_it_knows_every_store_and_product(run: Run, file: Path) -> None:
    file.write_text("Store,SKU,On Hand\n1,TEA,3\n2,TEA,0\n")
    code, out, _ = run("feed", "check", str(file))
    assert (code, out.splitlines()[0]) == (0, "accepted: 2 rows read, 2 accepted, 0 rejected, 0 parked")
    assert [line.split() for line in out.splitlines() if "On Hand" in line] == [["On", "Hand", "quantity", "3"]]


def test_a_file_without_a_header_is_helped_to_one(run: Run, file: Path, tmp_path: Path) -> None:
    file.write_text(HEADERLESS)
    saved = tmp_path / "profile.json"
    code, out, _ = run("feed", "check", str(file), "--suggest", str(saved))
    assert code == 1
    assert "header_missing" in out
    assert "2 of 2 rows are accepted" in out
    assert json.loads(saved.read_text()) == {"columns": ["store_code", "id", "quantity"], "delimiter": ";"}

    code, out, _ = run("feed", "check", str(file), "--profile", str(saved))
    assert (code, out.splitlines()[0]) == (0, "accepted: 2 rows read, 2 accepted, 0 rejected, 0 parked")


def test_the_kind_is_told_by_the_columns(run: Run, file: Path) -> None:
    file.write_text("id,title,brand\nTEA,Tea,Acme\n")
    assert "Columns of products" in run("feed", "check", str(file))[1]


def test_stock_checked_as_products_is_told(run: Run, file: Path) -> None:
    file.write_text("store_code,id,quantity\nA,TEA,3\n")
    assert "--kind inventory" in run("feed", "check", str(file), "--kind", "products")[1]


def test_notices_come_with_what_to_do_and_where(run: Run, file: Path) -> None:
    file.write_text("store_code,id,quantity\nA,TEA,many\nA,[red]JAM,1\nB,,2\nB,TEA,1\n")
    code, out, _ = run("feed", "check", str(file))
    assert code == 0
    assert "quantity_not_a_number" in out
    assert "Write the quantity as a whole number." in out
    assert "line 2 quantity 'many'" in out


def test_a_file_that_would_wait_for_approval_is_told_so(run: Run, file: Path, tmp_path: Path) -> None:
    file.write_text("store_code,id,quantity\n" + "A,TEA,1\n" * 94 + "A,JAM,many\n" * 6)
    page, lenient = tmp_path / "report.html", tmp_path / "profile.json"
    code, out, _ = run("feed", "check", str(file), "--html", str(page))
    assert (code, out.splitlines()[0]) == (1, "quarantined: 100 rows read, 94 accepted, 6 rejected, 0 parked")
    assert "row_errors" in out
    assert "waits for your word" in page.read_text()

    # What a run would not hold up is not: changes, and errors that the profile allows.
    assert run("feed", "check", str(file), "--mode", "delta")[0] == 0
    lenient.write_text('{"thresholds": {"row_errors": 0.1}}')
    assert run("feed", "check", str(file), "--profile", str(lenient))[0] == 0


def test_json_is_alone_on_standard_output(run: Run, file: Path) -> None:
    file.write_text(HEADERLESS)
    code, out, _ = run("feed", "check", str(file), "--json")
    report = json.loads(out)
    assert (code, report["status"], report["kind"]) == (1, "rejected", "inventory")
    assert [notice["code"] for notice in report["notices"]] == ["header_missing"]
    assert report["columns"][0] == {"name": "", "read_as": "store_code", "certain": False, "sample": "US00017"}
    assert report["suggestion"]["delimiter"] == ";"


def test_what_is_no_feed_is_refused_in_a_sentence(run: Run, file: Path) -> None:
    file.write_text("<html><body>503</body></html>")
    code, out, _ = run("feed", "check", str(file))
    assert code == 1
    assert "web page" in out


@pytest.mark.parametrize(
    ("profile", "hint"),
    [
        ('{"delimitr": ";"}', "Did you mean 'delimiter'?"),
        ("decimal: point", "'.', ','"),
        ("[", "neither JSON nor YAML"),
    ],
)
def test_a_profile_with_a_mistake_is_a_mistake_of_usage(
    run: Run, file: Path, tmp_path: Path, profile: str, hint: str
) -> None:
    file.write_text(HEADERLESS)
    written = tmp_path / "profile.yaml"
    written.write_text(profile)
    code, out, err = run("feed", "check", str(file), "--profile", str(written))
    assert (code, out) == (2, "")
    assert hint in " ".join(err.replace("│", " ").split())


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    assert run("feed", "check", str(tmp_path / "nothing"))[0] == 2
