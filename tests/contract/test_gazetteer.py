"""Places by what people call them, on the gazetteer that the packages make."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from inventory_api.domain.errors import AmbiguousPlace, PlaceNotFound
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.store import Store
from inventory_api.lookup.directory import Directory
from inventory_api.lookup.places import Places
from inventory_api.storage.gazetteer.build import build, ensure, import_file
from inventory_api.storage.gazetteer.gathering import gather
from inventory_api.storage.gazetteer.reader import GazetteerFile
from tests.fakes import FakeGazetteer


def store(number: int, city: str, country: str, latitude: float, longitude: float, region: str | None = None) -> Store:
    return Store(
        number, "acme", str(number), number=number, name=f"{city} store", city=city, region=region, country=country,
        latitude=latitude, longitude=longitude, place=number,
    )  # fmt: skip


STORES = [
    store(1, "San Francisco", "US", 37.764, -122.419, "CA"),
    store(2, "Hyderabad", "IN", 17.3616, 78.4747, "Telangana"),
    store(3, "Lahore", "PK", 31.5102, 74.3441),
    store(4, "Springfield", "US", 39.80, -89.65, "IL"),
    store(5, "Zzyzx Corners", "US", 35.14, -116.1),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gazetteer") / "gazetteer.sqlite"
    assert build(path, gather()) > 90_000
    return path


@pytest.fixture(scope="module")
def places(path: Path) -> Places:
    return Places(GazetteerFile(path), Directory(STORES, [Retailer("acme", "Acme")]))


@pytest.mark.parametrize(
    ("text", "country", "label", "precision", "near"),
    [
        ("94103", None, "94103 San Francisco, CA", "postal_code", (37.77, -122.41)),
        ("500001", None, "500001 Hyderabad, Telangana", "postal_code", (17.39, 78.47)),
        ("500 001", None, "500001 Hyderabad, Telangana", "postal_code", (17.39, 78.47)),
        ("54000", "PK", None, "postal_code", (31.55, 74.33)),
        ("94199", None, "941 CA", "postal_prefix", (37.8, -122.4)),
        ("94199", "PK", None, "", (0, 0)),
        ("lhr", "PK", "Lahore", "city", (31.55, 74.34)),
        ("pindi", "PK", "Rawalpindi", "city", (33.6, 73.05)),
        ("multan cantt", "PK", "Multan", "city", (30.2, 71.47)),
        ("ఎల్ బి నగర్", "IN", "Lal Bahadur Nagar", "city", (17.35, 78.55)),
        ("ఎల్బీనగర్", "IN", "Lal Bahadur Nagar", "city", (17.35, 78.55)),
        ("kukat pally", "IN", "Kukatpally", "city", (17.48, 78.41)),
        ("banjarahills", "IN", "Banjara Hills", "city", (17.42, 78.44)),
        ("gulshan iqbal", "PK", "Gulshan-e-Iqbal, Karachi", "city", (24.92, 67.09)),
        ("గాజువాక, వైజాగ్", "IN", "Gajuwaka", "city", (17.69, 83.21)),
        ("ملتان کینٹ سٹیشن", "PK", "Multan", "city", (30.2, 71.47)),
        ("ایف 10", "PK", "Sector F-10, Islamabad", "city", (33.69, 73.01)),
        ("San Francisco", None, "San Francisco, CA", "city", (37.77, -122.42)),
        ("san francisco, ca", None, "San Francisco, CA", "city", (37.77, -122.42)),
        ("Springfield", None, "Springfield, IL", "city", (39.80, -89.64)),
        ("Springfield MO", None, "Springfield, MO", "city", (37.21, -93.29)),
        ("springfield missouri usa", None, "Springfield, MO", "city", (37.21, -93.29)),
        ("Springfield, Missouri", None, "Springfield, MO", "city", (37.21, -93.29)),
        ("springfield telangana", None, None, "", (0, 0)),
        ("hyderabad TS", None, "Hyderabad, Telangana", "city", (17.38, 78.45)),
        ("8J3PG87F+3C", None, "8J3PG87F+3C", "point", (31.5127, 74.3236)),
        ("G87F+3C Lahore", None, "G87F+3C, Lahore", "point", (31.5127, 74.3236)),
        ("g87f+3c, Lahore", None, "G87F+3C, Lahore", "point", (31.5127, 74.3236)),
        ("8J3PG87F+", None, "8J3PG87F+", "city", (31.5138, 74.3238)),
        ("8J3P0000+", None, "8J3P0000+", "region", (31.5, 74.5)),
        ("G87F+3C", None, None, "", (0, 0)),
        ("hyderabad", "PK", "Hyderabad, Sindh", "city", (25.39, 68.37)),
        ("hyderabad", None, "Hyderabad, Telangana", "city", (17.38, 78.46)),
        ("Hyderabad, Pakistan", None, "Hyderabad, Sindh", "city", (25.39, 68.37)),
        ("حیدرآباد", "PK", "Hyderabad, Sindh", "city", (25.39, 68.37)),
        ("لاہور", None, "Lahore", "city", (31.55, 74.34)),
        ("لاهور", None, "Lahore", "city", (31.55, 74.34)),
        ("హైదరాబాద్", None, "Hyderabad", "city", (17.38, 78.46)),
        ("గుంటూరు", None, "Guntur", "city", (16.3, 80.45)),
        ("Blue Area Islamabad", None, "Blue Area, Islamabad", "city", (33.71, 73.06)),
        ("بلیو ایریا", None, "Blue Area, Islamabad", "city", (33.71, 73.06)),
        ("Charminar", "IN", "Charminar, Hyderabad", "city", (17.36, 78.47)),
        ("banjara hills hyderabad", None, "Banjara Hills, Hyderabad", "city", (17.42, 78.44)),
        ("బంజారాహిల్స్", None, "Banjara Hills, Hyderabad", "city", (17.42, 78.44)),
        ("gulberg", "PK", "Gulberg, Lahore", "city", (31.52, 74.35)),
        ("گلبرگ لاہور", None, "Gulberg, Lahore", "city", (31.52, 74.35)),
        ("secunderabad", "IN", "Secunderabad", "city", (17.50, 78.54)),
        ("anarkali bazar lahore", "PK", "Anarkali, Lahore", "city", (31.57, 74.31)),
        ("München", None, "Munich", "city", (48.14, 11.57)),
        ("hydrabad", "IN", "Hyderabad", "city", (17.38, 78.46)),
        ("Zzyzx Corners", None, "Zzyzx Corners", "city", (35.14, -116.1)),
        ("37.77,-122.42", None, "37.77, -122.42", "point", (37.77, -122.42)),
        ("geo:31.5,74.3", None, "31.5, 74.3", "point", (31.5, 74.3)),
        ("40°45'29\"N 73°59'11\"W", None, "40.7581, -73.9864", "point", (40.758, -73.986)),
    ],
)
def test_what_people_call_a_place(
    places: Places, text: str, country: str | None, label: str | None, precision: str, near: tuple[float, float]
) -> None:
    if not precision:
        with pytest.raises(PlaceNotFound):
            asyncio.run(places.locate(text, country=country))
        return
    place = asyncio.run(places.locate(text, country=country))
    assert place.precision == precision
    assert (place.latitude, place.longitude) == pytest.approx(near, abs=0.15)
    if label is not None:
        assert place.label.startswith(label)


def test_of_several_places_the_shopper_is_asked(places: Places, path: Path) -> None:
    everywhere = Places(GazetteerFile(path), Directory([], []))
    with pytest.raises(AmbiguousPlace, match="Springfield, MO") as ambiguous:
        asyncio.run(everywhere.locate("Springfield"))
    assert {place.region for place in ambiguous.value.candidates} >= {"MO", "IL", "MA"}
    both = Places(GazetteerFile(path), Directory([*STORES[:2], store(9, "Hyderabad", "PK", 25.39, 68.37)], []))
    with pytest.raises(AmbiguousPlace):
        asyncio.run(both.locate("hyderabad"))
    assert asyncio.run(everywhere.locate("Paris")).country == "FR"
    assert asyncio.run(everywhere.locate("Paris, TX")).country == "US"


@pytest.mark.parametrize("text", ["la ge", "kani fori", "c or", "xqzt", "", "   ", "qqqqqq 1", "91.5,181.2", "؟؟"])
def test_nowhere(places: Places, text: str) -> None:
    with pytest.raises(PlaceNotFound):
        asyncio.run(places.locate(text))


@pytest.mark.parametrize("text", ["94.1,10", "94.1 10", "geo:94.1,10", "37.77,-194.1"])
def test_a_point_off_the_earth_is_no_postal_code_and_says_why(places: Places, text: str) -> None:
    with pytest.raises(PlaceNotFound, match=r"latitude 94.1 is outside -90..90|longitude -194.1 is outside"):
        asyncio.run(places.locate(text))
    assert places.find(text) == []


def test_suggestions_with_stores_come_first(places: Places) -> None:
    found = places.suggest("spring", limit=5)
    assert found[0].place.label == "Springfield, IL"
    assert found[0].has_stores
    assert not found[1].has_stores
    assert places.suggest("", limit=5) == []


def test_postal_codes_may_be_imported(path: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.sqlite"
    own.write_bytes(path.read_bytes())
    dump = tmp_path / "GB.txt"
    dump.write_text("GB\tSW1A\tWestminster\tEngland\tENG\t\t\t\t\t51.5010\t-0.1416\t4\n")
    assert import_file(own, dump) == 1
    assert import_file(own, dump) == 1
    assert [place.label for place in GazetteerFile(own).postal_codes("sw1a")] == ["SW1A Westminster, England"]
    dump.write_text("GB\tSW1A\tWestminster\n")
    with pytest.raises(ValueError, match="line 1"):
        import_file(own, dump)
    assert len(GazetteerFile(own).postal_codes("sw1a")) == 1
    before = own.read_bytes()
    assert ensure(own).read_bytes() == before


def test_a_damaged_file_is_built_anew(tmp_path: Path) -> None:
    path = tmp_path / "gazetteer.sqlite"
    path.write_bytes(b"no database")
    assert GazetteerFile(ensure(path)).named("lahore")


def test_places_near_each_other_are_one() -> None:
    gulbergs = [Place(f"Gulberg {n}", PlaceKind.AREA, "PK", 31.51 + n / 200, 74.34, parent="Lahore") for n in range(3)]
    places = Places(FakeGazetteer(gulberg=gulbergs), Directory([], []))
    assert asyncio.run(places.locate("Gulberg")).label == "Gulberg 0, Lahore"
