"""A list that says of itself that it goes on is no full feed."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ingest.formats.json.paging import next_page
from inventory_api.domain.feed import FeedKind
from inventory_api.domain.profile import FeedProfile
from tests.unit.ingest.reading import Read, refusal

ROW = {"store_code": "A", "id": "SKU-1", "quantity": 3}
GOOGLE = {"name": "accounts/1/products/en~US~SKU-1/localInventories/A", "storeCode": "A", "availability": "in stock"}
FIRST = {"localInventories": [GOOGLE], "nextPageToken": "Zm9v"}
LAST = {"localInventories": [GOOGLE | {"storeCode": "B"}]}


@pytest.mark.parametrize(
    ("around", "name"),
    [
        ({"nextPageToken": "Zm9v"}, "nextPageToken"),
        ({"cursor": "bHVj"}, "cursor"),
        ({"has_more": True}, "has_more"),
        ({"next": 2}, "next"),
        ({"@odata.nextLink": "https://x.example/2"}, "@odata.nextLink"),
        ({"pageInfo": {"hasNextPage": True, "endCursor": "x"}}, "pageInfo.hasNextPage"),
        ({"links": {"self": "/1", "next": "/2"}}, "links.next"),
        ({"_links": {"next": {"href": "/2"}}}, "_links.next"),
        ({"meta": {"next_cursor": "x"}}, "meta.next_cursor"),
        ({"nextPageToken": "", "cursor": None, "has_more": False}, None),
        ({"pageInfo": {"hasNextPage": False, "endCursor": "x"}, "links": {"next": None, "prev": "/1"}}, None),
        ({"_links": {"next": {"href": None}}, "total": 9, "name": "next"}, None),
    ],
)
def test_every_api_has_its_own_name_for_the_next_page(around: dict[str, Any], name: str | None) -> None:
    assert next_page(around) == name


def _staged(folder: Path, *pages: dict[str, Any]) -> Path:
    path = folder / "staged"
    if len(pages) == 1:
        path.write_text(json.dumps(pages[0]))
        return path
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, page in enumerate(pages):
            archive.writestr(f"page{number}.json", json.dumps(page))
    path.write_bytes(packed.getvalue())
    return path


@pytest.mark.parametrize("page", [FIRST, {"items": [ROW], "links": {"next": "/2"}}])
def test_one_page_of_several_is_refused_as_a_full_feed_and_read_as_changes(
    tmp_path: Path, page: dict[str, Any]
) -> None:
    path = _staged(tmp_path, page)
    assert refusal(path).code == "more_pages"
    changes = Read(path, is_full=False)
    assert len(changes.rows) == 1
    assert list(changes.told) == ["more_pages"]


def test_all_pages_in_one_archive_are_whole(tmp_path: Path) -> None:
    profile = FeedProfile(member_glob="*.json")
    rows = Read(_staged(tmp_path, FIRST, LAST), profile=profile).rows
    assert [row["store_code"] for row in rows] == ["A", "B"]
    assert refusal(_staged(tmp_path, FIRST, FIRST), profile=profile).code == "more_pages"


def test_a_page_of_products_is_read_as_absence_says_nothing_of_them(tmp_path: Path) -> None:
    products = {"products": [{"offerId": "SKU-1", "feedLabel": "US", "attributes": {"title": "Pen"}}]}
    assert len(Read(_staged(tmp_path, products | {"nextPageToken": "x"}), FeedKind.PRODUCTS).rows) == 1
