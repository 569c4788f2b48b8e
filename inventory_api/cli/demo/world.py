"""Building the demo world: cities, catalog, then each chain on its own."""

from __future__ import annotations

from inventory_api.cli.demo.catalog import build_catalog
from inventory_api.cli.demo.chains import CHAINS
from inventory_api.cli.demo.model import DemoWorld
from inventory_api.cli.demo.places import load_cities
from inventory_api.cli.demo.shelves import stock_chain


def build_world(seed: int = 2011) -> DemoWorld:
    """Build the demo world: the same seed and data packages give the same world.

    Takes about two seconds and 150 MB, most of which the data packages hold.
    """
    cities = load_cities()
    catalog = build_catalog(seed)
    shelves = {chain.retailer.id: stock_chain(seed, chain, cities[chain.retailer.country], catalog) for chain in CHAINS}
    return DemoWorld(seed, [chain.retailer for chain in CHAINS], catalog, shelves)
