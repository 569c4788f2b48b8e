"""What stands behind the name of a place and does not change where it is: Multan Cantt station."""

from __future__ import annotations

from inventory_api.domain.text import fold

KINDS = frozenset(
    map(fold, ["markaz", "market", "bazar", "bazaar", "chowk", "area", "center", "centre", "circle", "crossroads",
               "x roads", "junction", "metro", "station", "bus stop", "bus stand", "downtown", "chowrasta",
               "chourasta", "x road", "cantt", "cantonment", "city", "urban", "shehr", "shehar", "ilaqa", "ilaqe",
               "ilaqay", "bypass", "bridge", "stop", "mall", "airport", "hospital", "university", "college", "park",
               "suburbs", "railway station", "district", "jilla", "zilla", "zila", "nagaram", "prantham",
               "مارکیٹ", "مرکز", "بازار", "چوک", "اسٹیشن", "سٹیشن", "ریلوے اسٹیشن", "علاقہ", "علاقے", "کینٹ", "شہر",
               "ضلع", "بائی پاس", "بس اسٹاپ", "بس سٹاپ", "سٹاپ", "اسٹاپ", "اڈا", "اڈے", "پل", "موڑ", "ایئرپورٹ",
               "ہسپتال", "یونیورسٹی", "کالج", "پارک", "బజార్", "బజారు", "సెంటర్", "సెంటరు", "సర్కిల్", "చౌరస్తా", "స్టేషన్",
               "స్టేషను", "రైల్వే స్టేషన్", "మెట్రో", "బస్టాండ్", "బస్టాండు", "బస్ స్టాండ్", "బస్ స్టాప్", "మార్కెట్", "మార్కెట్టు",
               "ఏరియా", "సిటీ", "నగరం", "పట్టణం", "జిల్లా", "ప్రాంతం", "జంక్షన్", "ఎయిర్పోర్ట్", "హాస్పిటల్", "ఆసుపత్రి", "కాలేజీ",
               "యూనివర్సిటీ"])
)  # fmt: skip
