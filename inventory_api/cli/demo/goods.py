"""What the chains sell: departments and kinds of goods, as a table that reads like one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Department:
    """What the kinds of a department share.

    ``per_dollar`` is what a US dollar's worth costs elsewhere in local units: far less than the
    exchange rate for food, about as much for electronics. ``stock`` is the median units on a shelf.
    """

    aisles: str
    per_dollar: dict[str, float]
    stock: int


DEPARTMENTS: dict[str, Department] = {
    "groceries": Department("ABCD", {"US": 1, "IN": 34, "PK": 120}, 14),
    "pharmacy": Department("EF", {"US": 1, "IN": 22, "PK": 75}, 9),
    "electronics": Department("GH", {"US": 1, "IN": 78, "PK": 265}, 5),
    "household": Department("JK", {"US": 1, "IN": 40, "PK": 140}, 8),
    "clothing": Department("LM", {"US": 1, "IN": 38, "PK": 130}, 5),
    "toys": Department("NP", {"US": 1, "IN": 42, "PK": 140}, 5),
    "hardware": Department("QR", {"US": 1, "IN": 45, "PK": 150}, 8),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of goods. ``low`` and ``high`` are US dollars for the first size."""

    name: str
    department: str
    category: str
    markets: tuple[str, ...]
    low: float
    high: float
    sizes: tuple[str, ...]
    variants: tuple[str, ...]


_FOOD = "Food, Beverages & Tobacco > Food Items"
_DRINK = "Food, Beverages & Tobacco > Beverages"
_MARKETS = {"U": ("US",), "I": ("IN",), "P": ("PK",), "IP": ("IN", "PK"), "*": ("*",)}

# A line: name | markets | dollars | sizes | variants. A line in brackets opens a department and category.
_TABLE = f"""
[groceries] {_FOOD} > Grains, Rice & Cereal
Long Grain Rice | U | 2.2 4 | 2 lb; 5 lb |
Rolled Oats | U | 3 5 | 18 oz; 42 oz |
Corn Flakes | U | 3.2 5 | 12 oz; 18 oz | Original; Honey
Basmati Rice | IP | 3.6 6 | 1 kg; 5 kg |
Sona Masoori Rice | I | 2.2 3 | 1 kg; 5 kg; 25 kg |
Whole Wheat Flour | IP | 1.3 1.9 | 1 kg; 5 kg; 10 kg |
Toor Dal | I | 4 5.5 | 500 g; 1 kg |
Chana Dal | IP | 2.2 3.2 | 500 g; 1 kg |
Red Lentils | IP | 2.4 3.4 | 500 g; 1 kg |
Flattened Rice | I | 1.6 2.2 | 500 g; 1 kg |
Idli Rava | I | 1.5 2 | 500 g; 1 kg |
Vermicelli | IP | 1.4 2.2 | 200 g; 400 g |
[groceries] {_FOOD} > Pasta & Noodles
Spaghetti | U | 1.5 3 | 16 oz; 32 oz | Classic; Whole Wheat
Instant Noodles | IP | 0.4 0.6 | 70 g; 280 g | Masala; Chicken
[groceries] {_FOOD} > Cooking & Baking Ingredients
All-Purpose Flour | U | 2.5 4 | 5 lb; 10 lb | Bleached; Unbleached
Olive Oil | U | 7 12 | 17 fl oz; 34 fl oz | Extra Virgin; Light
Sunflower Oil | IP | 3.6 4.8 | 1 l; 5 l |
Mustard Oil | I | 4 5 | 500 ml; 1 l |
Ghee | IP | 7.5 11 | 500 g; 1 kg |
Sugar | IP | 1.2 1.5 | 1 kg; 5 kg |
Honey | U | 4.5 8 | 12 oz; 24 oz | Clover; Wildflower
[groceries] {_FOOD} > Seasonings & Spices
Red Chili Powder | IP | 1.6 2.4 | 100 g; 200 g |
Turmeric Powder | IP | 1.1 1.6 | 100 g; 200 g |
Garam Masala | IP | 1.5 2.3 | 50 g; 100 g |
Biryani Masala | IP | 1.2 1.9 | 50 g; 100 g |
Sea Salt | U | 2 3.5 | 16 oz; 26 oz | Fine; Coarse
[groceries] {_FOOD} > Condiments & Sauces
Tomato Ketchup | U | 2.5 4 | 20 oz; 38 oz |
Peanut Butter | U | 2.8 5 | 16 oz; 28 oz | Creamy; Crunchy
Salsa | U | 3 4.5 | 16 oz; 24 oz | Mild; Medium; Hot
Mango Pickle | IP | 2 3 | 300 g; 1 kg |
[groceries] {_FOOD} > Snack Foods
Potato Chips | U | 3 4.5 | 8 oz; 13 oz | Sea Salt; Barbecue; Sour Cream
Granola Bars | U | 3.2 5 | 6 ct; 12 ct | Almond; Chocolate Chip
Dark Chocolate | * | 2 4 | 90 g; 180 g | 70%; 85%; Sea Salt
Glucose Biscuits | IP | 0.4 0.6 | 80 g; 300 g |
Rusk | IP | 1 1.5 | 200 g; 300 g |
Dates | P | 3.5 6 | 400 g; 1 kg |
[groceries] {_DRINK} > Tea & Infusions
Black Tea | IP | 3 4.2 | 250 g; 500 g; 950 g |
Green Tea Bags | * | 3 5 | 25 ct; 100 ct | Plain; Lemon; Mint
[groceries] {_DRINK} > Coffee
Ground Coffee | U | 7 12 | 12 oz; 24 oz | Medium Roast; Dark Roast; Decaf
Instant Coffee | * | 4 7 | 50 g; 100 g; 200 g |
[groceries] {_DRINK} > Juice
Orange Juice | U | 3.5 5.5 | 52 fl oz; 89 fl oz | No Pulp; Some Pulp
Mango Juice | IP | 1.8 2.4 | 250 ml; 1 l |
Rose Syrup | IP | 3 4 | 800 ml; 1.5 l |
[groceries] {_FOOD} > Dairy Products
Cheddar Cheese | U | 3 5 | 8 oz; 16 oz | Mild; Sharp
Greek Yogurt | U | 1.3 2 | 5 oz; 32 oz | Plain; Strawberry; Vanilla
Milk Powder | IP | 4 5.5 | 400 g; 1 kg |
[pharmacy] Health & Beauty > Health Care > Medicine & Drugs
Acetaminophen 500 mg Tablets | U | 5 8 | 50 ct; 100 ct |
Ibuprofen 200 mg Tablets | U | 5 9 | 50 ct; 100 ct |
Antacid Tablets | U | 4 6 | 48 ct; 96 ct | Mint; Fruit
Paracetamol 500 mg Tablets | IP | 1 1.6 | 10 ct; 20 ct; 100 ct |
Oral Rehydration Salts | IP | 1 1.5 | 5 ct; 10 ct | Orange; Lemon
Pain Relief Balm | IP | 2.4 3.6 | 10 g; 25 g; 50 g |
[pharmacy] Health & Beauty > Health Care > First Aid
Adhesive Bandages | * | 2.5 4 | 20 ct; 60 ct; 100 ct | Clear; Fabric
Antiseptic Liquid | * | 3 5 | 100 ml; 250 ml; 500 ml |
[pharmacy] Health & Beauty > Health Care > Fitness & Nutrition > Vitamins & Supplements
Vitamin C 500 mg | * | 6 10 | 60 ct; 120 ct | Tablets; Gummies
Vitamin D3 | * | 6 10 | 60 ct; 120 ct |
Multivitamin | * | 8 13 | 60 ct; 120 ct | Adults; Women; Men
[pharmacy] Health & Beauty > Health Care > Biometric Monitors
Digital Thermometer | * | 8 15 | | Rigid; Flexible Tip
Blood Pressure Monitor | * | 32 60 | | Upper Arm; Wrist
[pharmacy] Health & Beauty > Personal Care > Oral Care
Toothpaste | * | 2.5 4.5 | 100 g; 150 g | Mint; Charcoal; Clove
Toothbrush | * | 1.8 4 | 1 ct; 4 ct | Soft; Medium
[pharmacy] Health & Beauty > Personal Care > Cosmetics
Bath Soap | IP | 1 1.6 | 100 g; 400 g | Sandal; Neem
Shampoo | * | 4 8 | 180 ml; 340 ml | Aloe; Almond; Anti-Dandruff
Body Lotion | * | 5 9 | 200 ml; 400 ml | Cocoa; Aloe
Sunscreen SPF 50 | * | 7 13 | 50 ml; 100 ml |
Hand Sanitizer | * | 2 3.5 | 60 ml; 250 ml; 500 ml |
[pharmacy] Baby & Toddler > Diapering > Diapers
Baby Diapers | * | 9 14 | 24 ct; 48 ct | Small; Medium; Large
[electronics] Electronics > Audio
Wireless Earbuds | * | 25 120 | | Black; White; Blue
Over-Ear Headphones | * | 40 220 | | Black; Silver
Bluetooth Speaker | * | 25 130 | | Black; Red; Teal
[electronics] Electronics > Electronics Accessories
USB-C Cable | * | 6 12 | 1 m; 2 m |
HDMI Cable | * | 7 14 | 1.5 m; 3 m |
USB-C Charger | * | 14 24 | 20 W; 45 W; 65 W |
Power Bank | * | 18 30 | 10000 mAh; 20000 mAh | Black; White
AA Batteries | * | 4 7 | 4 ct; 12 ct; 24 ct |
microSD Card | * | 9 14 | 64 GB; 128 GB; 256 GB |
USB Flash Drive | * | 7 11 | 32 GB; 64 GB; 128 GB |
Portable SSD | * | 55 80 | 500 GB; 1000 GB |
Wireless Mouse | * | 14 40 | | Black; Gray
Mechanical Keyboard | * | 45 110 | | Linear; Tactile
Webcam 1080p | * | 28 60 | |
Wi-Fi 6 Router | * | 50 140 | |
[electronics] Electronics > Communications > Telephony > Mobile Phones
Smartphone | * | 180 520 | 128 GB; 256 GB | Black; Green; Violet
Phone Case | * | 9 22 | | Clear; Black
[electronics] Electronics > Video > Televisions
LED TV | * | 150 220 | 32 in; 43 in; 55 in |
[electronics] Electronics > Computers
Tablet 10 in | * | 140 330 | 64 GB; 128 GB | Gray; Rose
Smart Watch | * | 60 220 | | Black; Silver; Rose
[household] Home & Garden > Household Supplies
Laundry Detergent | * | 6 9 | 1 l; 3 l | Fresh; Sensitive
Dish Soap | * | 2 3.5 | 500 ml; 1 l | Lemon; Unscented
Glass Cleaner | * | 3 4.5 | 500 ml; 750 ml |
Paper Towels | U | 6 9 | 2 ct; 6 ct; 12 ct |
Toilet Paper | U | 6 9 | 6 ct; 12 ct; 24 ct |
Trash Bags | * | 4 7 | 20 ct; 50 ct |
Mosquito Repellent Coils | IP | 1.2 1.8 | 10 ct; 30 ct |
Broom | IP | 2 4 | | Soft; Hard
[household] Home & Garden > Kitchen & Dining
Nonstick Frying Pan | * | 15 30 | 24 cm; 28 cm |
Pressure Cooker | IP | 24 40 | 3 l; 5 l |
Steel Tiffin Box | IP | 9 15 | 2 tier; 3 tier; 4 tier |
Steel Water Bottle | * | 10 22 | 750 ml; 1 l | Steel; Navy
Electric Kettle | * | 20 38 | 1.2 l; 1.7 l |
Food Container Set | * | 12 22 | 5 ct; 10 ct |
[household] Home & Garden > Linens & Bedding
Cotton Bath Towel | * | 8 16 | | White; Sage; Slate
Bed Sheet Set | * | 22 45 | | Queen White; King White; Queen Blue
Pillow | * | 10 22 | | Soft; Firm
[household] Home & Garden > Lighting
LED Bulb | * | 2.5 4.5 | 9 W; 12 W | Warm; Daylight
LED Desk Lamp | * | 18 42 | | Black; White
[clothing] Apparel & Accessories > Clothing
Cotton T-Shirt | * | 9 18 | S; M; L; XL | White; Black; Olive
Denim Jeans | * | 28 55 | 30; 32; 34; 36 | Indigo; Black
Rain Jacket | * | 35 70 | M; L | Navy; Yellow
Fleece Hoodie | U | 25 45 | S; M; L; XL | Gray; Navy; Rust
Flannel Shirt | U | 22 40 | M; L; XL | Red; Green
Cotton Kurta | IP | 18 35 | S; M; L; XL | White; Maroon; Teal
Shalwar Kameez | P | 30 60 | M; L; XL | White; Sky; Black
Cotton Saree | I | 28 65 | | Crimson; Peacock; Mustard; Indigo
Silk Dupatta | IP | 14 28 | | Gold; Rose; Emerald
[clothing] Apparel & Accessories > Shoes
Running Shoes | * | 40 85 | 7; 8; 9; 10 | Black; Lime
Leather Sandals | IP | 18 32 | 7; 8; 9 |
[clothing] Apparel & Accessories > Clothing Accessories
Crew Socks | * | 6 12 | 3 ct; 6 ct | White; Black
Leather Belt | * | 15 30 | M; L | Brown; Black
[toys] Toys & Games > Toys
Building Blocks | * | 14 22 | 100 pc; 250 pc; 500 pc | City; Space
Plush Bear | * | 12 25 | | Brown; Cream
Wooden Train Set | * | 25 50 | |
Remote Control Car | * | 22 55 | | Red; Blue
Modeling Clay | * | 5 8 | 6 ct; 12 ct |
Doll House | * | 40 90 | |
Kite | IP | 2 5 | | Diamond; Fighter
Bubble Wand | U | 3 6 | | Star; Heart
[toys] Toys & Games > Puzzles
Jigsaw Puzzle | * | 10 15 | 500 pc; 1000 pc | Harbor; Bazaar; Mountains
[toys] Toys & Games > Games
Strategy Board Game | * | 25 48 | | Caravan; Monsoon; Orchard
Carrom Board | IP | 25 50 | 26 in; 32 in |
[toys] Sporting Goods > Athletics
Cricket Bat | IP | 20 55 | | Kashmir Willow; Junior
Baseball Glove | U | 25 50 | 11 in; 12 in |
[hardware] Hardware > Tools
Claw Hammer | * | 10 22 | | Wood Handle; Fiberglass
Screwdriver Set | * | 12 28 | 6 ct; 12 ct |
Cordless Drill | * | 55 95 | 12 V; 18 V |
Tape Measure | * | 6 10 | 3 m; 5 m; 8 m |
Adjustable Wrench | * | 9 18 | 8 in; 10 in |
Hex Key Set | * | 8 16 | | Metric; Imperial
Work Gloves | * | 6 12 | M; L |
LED Flashlight | * | 10 24 | |
[hardware] Hardware > Building Consumables
Interior Paint | * | 18 28 | 1 l; 4 l | White; Ivory; Sky
Wood Screws | * | 5 8 | 50 ct; 200 ct |
Super Glue | * | 3 5 | 3 g; 10 g |
Duct Tape | * | 5 8 | 10 m; 25 m | Silver; Black
Sandpaper Assortment | U | 5 8 | 10 ct; 30 ct |
[hardware] Hardware > Plumbing
PVC Pipe | IP | 3 5 | 1 m; 3 m |
Garden Hose | * | 18 28 | 15 m; 30 m |
[hardware] Hardware > Power & Electrical Supplies
Extension Cord | * | 9 15 | 2 m; 5 m |
Ceiling Fan | IP | 32 60 | | White; Brown
[hardware] Hardware > Locks & Keys
Padlock | * | 8 16 | 40 mm; 50 mm |
[groceries] {_FOOD} > Dairy Products
Milk | U | 2.4 4.2 | 1/2 gal; 1 gal | Whole; 2% Fat
Milk | IP | 1.2 1.8 | 500 ml; 1 l |
"""


def _cells(text: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in text.split(";") if cell.strip()) or ("",)


def _read() -> tuple[Kind, ...]:
    kinds = []
    department = category = ""
    for line in _TABLE.strip().splitlines():
        if line.startswith("["):
            department, _, category = line[1:].partition("] ")
            continue
        name, markets, dollars, sizes, variants = (cell.strip() for cell in line.split("|"))
        low, high = (float(amount) for amount in dollars.split())
        kinds.append(Kind(name, department, category, _MARKETS[markets], low, high, _cells(sizes), _cells(variants)))
    return tuple(kinds)


KINDS = _read()
