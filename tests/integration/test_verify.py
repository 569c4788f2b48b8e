"""An index that differs from the truth in any way is told, mended, and put right by a rebuild."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inventory_api.domain.ports import StockChange
from inventory_api.storage.index import keys
from inventory_api.storage.index.codec import RECORD_BYTES
from tests.integration.world import Key, World, is_own

TIDE, MILK = "00037000185062", "04006381333931"
HEADER = "store_code,id,gtin,quantity,instore_product_location"
STOCK = f"{HEADER}\n001,,{TIDE},5,A7\n002,,{TIDE},0,\n001,,{MILK},1,\n"


def tide_key() -> bytes:
    return keys.product_key(int(TIDE))


def lose_a_tile(world: World) -> None:
    world.redis.hdel(tide_key(), str(world.store("001").place // 512))


def lose_a_product(world: World) -> None:
    world.redis.delete(tide_key())


def lose_an_extra(world: World) -> None:
    assert world.redis.delete(keys.extras_key(int(TIDE))) == 1


def change_an_extra(world: World) -> None:
    world.redis.hset(keys.extras_key(int(TIDE)), str(world.store("001").place), b'{"aisle":"B9"}')


def add_an_extra(world: World) -> None:
    world.redis.hset(keys.extras_key(int(TIDE)), str(world.store("002").place), b'{"aisle":"B9"}')


def change_a_byte(world: World) -> None:
    tile = str(world.store("001").place // 512)
    value = world.redis.hget(tide_key(), tile)
    world.redis.hset(tide_key(), tile, value[:-1] + bytes([value[-1] ^ 1]))


def add_a_tile(world: World) -> None:
    """As a publisher of yesterday's places would leave it."""
    value = world.redis.hget(tide_key(), str(world.store("001").place // 512))
    world.redis.hset(tide_key(), "77", value[:RECORD_BYTES])


def add_a_product(world: World) -> None:
    """As an index does that is newer than the backup its truth came from."""
    value = world.redis.hget(tide_key(), str(world.store("001").place // 512))
    world.redis.hset(keys.product_key(12345678905), str(world.store("001").place // 512), value)


DAMAGES: list[Callable[[World], None]] = [
    lose_a_tile,
    lose_a_product,
    lose_an_extra,
    change_an_extra,
    add_an_extra,
    change_a_byte,
    add_a_tile,
    add_a_product,
]


@pytest.fixture
def stocked(world: World) -> World:
    world.add_retailer("acme", ["001", "002"])
    world.push("inventory", STOCK)
    world.push("products", f"id,title,gtin\nT-1,Detergent,{TIDE}\nX-1,Nobody has it,{12345678905:014d}\n")
    assert world.verify() == 0
    return world


def contents(world: World) -> dict[bytes, dict[bytes, bytes]]:
    return {name: world.redis.hgetall(name) for name in sorted(world.redis.scan_iter(match="[sx]:{*"))}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("mend", ["repair", "rebuild"])
def test_damage_is_told_and_mended(stocked: World, damage: Callable[[World], None], mend: str) -> None:
    whole = contents(stocked)
    damage(stocked)
    assert contents(stocked) != whole
    assert stocked.verify() > 0
    if mend == "repair":
        assert stocked.verify(repair=True) > 0
    else:
        stocked.rebuild()
    assert stocked.verify() == 0
    assert contents(stocked) == whole


def test_a_change_during_the_rebuild_is_no_stray(stocked: World) -> None:
    """A product that nobody had when the rebuild began, and somebody has before it ends, stays."""
    done = False

    def progress(bucket: int, _: int) -> None:
        nonlocal done
        if bucket == 200 and not done:
            done = True
            stocked.patch(StockChange("002", id="NEW", quantity=3))

    stocked.rebuilder().rebuild(progress)
    (key,) = [key for key in stocked.index() if is_own(key.product)]
    assert key == Key("acme", "002", stocked.product_id("NEW"))
    assert stocked.index() == stocked.truth()
    assert stocked.verify() == 0
