"""Shops in towns of three countries, with a shelf of products, for those who test what is read."""

from __future__ import annotations

from inventory_api.domain.product import Product
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.store import Store
from inventory_api.lookup.directory import Directory

_TOWNS = [
    ("San Francisco", "US", 37.7725, -122.4147), ("Chicago", "US", 41.8858, -87.6181),
    ("Lahore", "PK", 31.5497, 74.3436), ("Karachi", "PK", 24.8608, 67.0104), ("Islamabad", "PK", 33.7215, 73.0433),
    ("Rawalpindi", "PK", 33.6007, 73.0679), ("Hyderabad", "PK", 25.3924, 68.3737),
    ("Hyderabad", "IN", 17.3841, 78.4564), ("Secunderabad", "IN", 17.5043, 78.5427),
    ("Kukatpally", "IN", 17.4849, 78.4138),
]  # fmt: skip
STORES = [
    Store(n, "acme", f"{n:03d}", n, f"Store {n}", country=country, latitude=latitude, longitude=longitude, place=n)
    for n, (_, country, latitude, longitude) in enumerate(_TOWNS, start=1)
]
TITLES = {
    5449000000996: "Coca-Cola 1.5L", 36000291452: "AA Batteries 4 pack", 96385074: "Mini Mints",
    **{
        10**14 + n: title
        for n, title in enumerate(
            [
                "Milk 1L", "Basmati Rice 5kg", "Sugar 1kg", "Wheat Flour 10kg", "Bread Large", "Eggs 12 pack",
                "Lipton Yellow Label Tea 190g", "Panadol 500mg", "Dolo 650", "Crocin Advance",
                "Colgate Toothpaste 150g", "Surf Excel 1kg", "USB-C Charger 20W", "Pepsi 500ml",
                "Infant Formula 800g", "Pampers Diapers Size 4", "Sunsilk Shampoo 200ml", "Lux Soap", "Onions 1kg",
                "Iodized Salt 800g", "Cooking Oil 1L", "Notebook A5", "Pencil HB", "Hand Sanitizer 50ml", "Candles",
                "Ghee 1kg", "Yogurt 500g", "Nescafe Coffee 200g", "Maggi Noodles 70g", "Matches",
            ]
        )
    },
}  # fmt: skip
PRODUCTS = [Product(number, title) for number, title in TITLES.items()]


def directory() -> Directory:
    return Directory(STORES, [Retailer("acme", "Acme")])
