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
_ADDRESSES = [
    ("1500 Broadway, Capitol Hill", "Seattle", "US", 47.6150, -122.3200),
    ("200 Court Street", "Brooklyn", "US", 40.6882, -73.9932), ("1 Congress Avenue", "Austin", "US", 30.2639, -97.7447),
    ("9 Elm Street", "Dallas", "US", 32.7806, -96.8035), ("Block 5, Clifton", "Karachi", "PK", 24.8138, 67.0300),
    ("Block 13, Gulshan-e-Iqbal", "Karachi", "PK", 24.9180, 67.0970),
    ("Main Boulevard, Johar Town", "Lahore", "PK", 31.4697, 74.2728),
    ("8 Canal Road", "Faisalabad", "PK", 31.4180, 73.0790), ("3 Hussain Agahi", "Multan", "PK", 30.1978, 71.4697),
    ("5 Khyber Bazaar", "Peshawar", "PK", 34.0080, 71.5785), ("7 Jinnah Road", "Quetta", "PK", 30.1910, 67.0060),
    ("Plot 12, Ameerpet", "Hyderabad", "IN", 17.4375, 78.4482), ("MG Road, Abids", "Hyderabad", "IN", 17.3930, 78.4760),
    ("Main Road, Dilsukhnagar", "Hyderabad", "IN", 17.3688, 78.5247),
    ("Road No 12, Banjara Hills", "Hyderabad", "IN", 17.4138, 78.4398),
    ("DLF Road, Gachibowli", "Hyderabad", "IN", 17.4401, 78.3489),
    ("Hitech Road, Madhapur", "Hyderabad", "IN", 17.4483, 78.3915),
    ("12 MG Road", "Vijayawada", "IN", 16.5062, 80.6480), ("4 Beach Road", "Visakhapatnam", "IN", 17.7142, 83.3237),
    ("2 Station Road", "Warangal", "IN", 17.9784, 79.6006), ("6 Arundelpet", "Guntur", "IN", 16.3067, 80.4365),
    ("1 Tilak Road", "Tirupati", "IN", 13.6355, 79.4199),
]  # fmt: skip
STORES = [
    Store(n, "acme", f"{n:03d}", n, f"Store {n}", country=country, latitude=latitude, longitude=longitude, place=n)
    for n, (_, country, latitude, longitude) in enumerate(_TOWNS, start=1)
]
STORES += [
    Store(
        n, "acme", f"{n:03d}", n, f"Store {n}", street=street, city=city, country=country, latitude=latitude,
        longitude=longitude, place=n,
    )
    for n, (street, city, country, latitude, longitude) in enumerate(_ADDRESSES, start=len(STORES) + 1)
]  # fmt: skip
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
                "Dettol Antiseptic Liquid 250ml", "Adhesive Bandages 20 pack", "Digital Thermometer", "ORS Sachet",
                "Toilet Paper 12 rolls", "Dog Food 3kg", "Honey 500g", "Turmeric Powder 100g", "Umbrella",
                "Mosquito Coils 10 pack", "HDMI Cable 2m", "Ibuprofen 200mg", "Cough Syrup 100ml", "Brufen 400mg",
                "Marie Biscuits 200g", "Potatoes 1kg", "Tomatoes 1kg", "Butter 200g", "LED Bulb 9W", "Headphones",
                "Mineral Water 1.5L", "Chicken 1kg", "Sanitary Pads 10 pack", "Red Lentils 1kg", "Bananas 1kg",
            ]
        )
    },
}  # fmt: skip
PRODUCTS = [Product(number, title) for number, title in TITLES.items()]


def directory() -> Directory:
    return Directory(STORES, [Retailer("acme", "Acme")])
