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
    ("1 Tilak Road", "Tirupati", "IN", 13.6355, 79.4199), ("700 Kennedy Blvd", "Tampa", "US", 27.9475, -82.4584),
    ("40 Main Street", "Boise", "US", 43.6135, -116.2035), ("901 Smith Street", "Houston", "US", 29.7577, -95.3659),
    ("16 Larimer Street", "Denver", "US", 39.7392, -104.9847), ("5 Tremont Street", "Boston", "US", 42.3576, -71.0634),
    ("31-00 Steinway Street", "Queens", "US", 40.7590, -73.9190),
    ("8 Burnside", "Portland", "US", 45.5234, -122.6762), ("8 Bell Road", "Redmond", "US", 47.6740, -122.1215),
    ("3 Trunk Road", "Nellore", "IN", 14.4426, 79.9865),
    ("7 Park Road", "Kurnool", "IN", 15.8281, 78.0373), ("2 Mancherial Road", "Karimnagar", "IN", 18.4386, 79.1288),
    ("9 Main Road", "Rajahmundry", "IN", 17.0005, 81.8040), ("1 Wyra Road", "Khammam", "IN", 17.2473, 80.1514),
    ("Plot 4, Miyapur", "Hyderabad", "IN", 17.4960, 78.3580),
    ("Ring Road, LB Nagar", "Hyderabad", "IN", 17.3457, 78.5522),
    ("SP Road, Begumpet", "Hyderabad", "IN", 17.4440, 78.4660),
    ("Chowrasta, Hanamkonda", "Warangal", "IN", 18.0072, 79.5584),
    ("MG Road, Benz Circle", "Vijayawada", "IN", 16.4975, 80.6530),
    ("NH 16, Gajuwaka", "Visakhapatnam", "IN", 17.6900, 83.2100),
    ("Main Boulevard, Gulberg", "Lahore", "PK", 31.5100, 74.3440), ("Y Block, DHA", "Lahore", "PK", 31.4700, 74.4100),
    ("Main Road, Wapda Town", "Lahore", "PK", 31.4300, 74.2640),
    ("Link Road, Model Town", "Lahore", "PK", 31.4840, 74.3260),
    ("Zaibunnisa Street, Saddar", "Karachi", "PK", 24.8600, 67.0280),
    ("Adamjee Road, Saddar", "Rawalpindi", "PK", 33.5950, 73.0540),
    ("Block 4, Nazimabad", "Karachi", "PK", 24.9120, 67.0310),
    ("Sector 33, Korangi", "Karachi", "PK", 24.8300, 67.1300),
    ("Phase 4, Bahria Town", "Rawalpindi", "PK", 33.5400, 73.1100), ("Paris Road", "Sialkot", "PK", 32.4945, 74.5229),
    ("GT Road", "Gujranwala", "PK", 32.1617, 74.1883), ("Circular Road", "Bahawalpur", "PK", 29.3956, 71.6836),
    ("Barrage Road", "Sukkur", "PK", 27.7052, 68.8574),
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
                "Garbage Bags 30 pack", "Peanut Butter 340g", "Orange Juice 1L", "Vanilla Ice Cream 1L",
                "Cat Litter 5kg", "Paper Towels 6 rolls", "Shaving Cream 200ml", "Coconut Oil 500ml", "Garlic 250g",
                "Ginger 250g", "Green Chillies 250g", "Lemons 6 pack", "Corn Flakes 500g", "Chickpeas 1kg",
                "Cumin Seeds 100g", "Extension Cord 3m", "School Bag", "Broom", "Mango Pickle 400g",
                "Tomato Ketchup 500g", "Cadbury Dairy Milk 50g", "Rooh Afza 800ml", "Horlicks 500g",
                "Vicks VapoRub 50g", "Calpol Syrup 60ml", "Face Masks 50 pack", "Semolina 1kg", "Toothbrush Soft",
                "Power Bank 10000mAh", "Cotton Socks 3 pairs", "Bucket 20L", "Razor Blades 5 pack", "Dates 500g",
                "Okra 500g",
            ]
        )
    },
}  # fmt: skip
PRODUCTS = [Product(number, title) for number, title in TITLES.items()]


def directory() -> Directory:
    return Directory(STORES, [Retailer("acme", "Acme")])
