"""Names of goods as Hindi, Telugu and Urdu write them, and the units of their sizes."""

from __future__ import annotations

_TABLE = """
Basmati Rice | बासमती चावल | బాస్మతి బియ్యం | باسمتی چاول
Sona Masoori Rice | सोना मसूरी चावल | సోనా మసూరి బియ్యం |
Whole Wheat Flour | गेहूं का आटा | గోధుమ పిండి | گندم کا آٹا
Toor Dal | अरहर दाल | కంది పప్పు |
Chana Dal | चना दाल | శనగ పప్పు | چنے کی دال
Red Lentils | मसूर दाल | ఎర్ర కంది పప్పు | مسور کی دال
Flattened Rice | पोहा | అటుకులు |
Idli Rava | इडली रवा | ఇడ్లీ రవ్వ |
Vermicelli | सेवइयां | సేమియా | سویاں
Instant Noodles | इंस्टेंट नूडल्स | ఇన్‌స్టంట్ నూడుల్స్ | انسٹنٹ نوڈلز
Sunflower Oil | सूरजमुखी तेल | పొద్దుతిరుగుడు నూనె | سورج مکھی کا تیل
Mustard Oil | सरसों का तेल | ఆవ నూనె |
Ghee | देसी घी | నెయ్యి | دیسی گھی
Sugar | चीनी | చక్కెర | چینی
Red Chili Powder | लाल मिर्च पाउडर | కారం పొడి | لال مرچ پاؤڈر
Turmeric Powder | हल्दी पाउडर | పసుపు పొడి | ہلدی پاؤڈر
Garam Masala | गरम मसाला | గరం మసాలా | گرم مصالحہ
Biryani Masala | बिरयानी मसाला | బిర్యానీ మసాలా | بریانی مصالحہ
Mango Pickle | आम का अचार | ఆవకాయ పచ్చడి | آم کا اچار
Glucose Biscuits | ग्लूकोज़ बिस्कुट | గ్లూకోజ్ బిస్కెట్లు | گلوکوز بسکٹ
Rusk | रस्क | రస్క్ | پاپے
Dates | | | کھجور
Black Tea | चाय पत्ती | టీ పొడి | چائے کی پتی
Mango Juice | आम का रस | మామిడి రసం | آم کا جوس
Rose Syrup | गुलाब शरबत | గులాబీ షర్బత్ | گلاب کا شربت
Milk | दूध | పాలు | دودھ
Milk Powder | दूध पाउडर | పాల పొడి | خشک دودھ
Paracetamol 500 mg Tablets | पैरासिटामोल 500 मिग्रा टैबलेट | పారాసిటమాల్ 500 మి.గ్రా మాత్రలు | پیراسیٹامول 500 ملی گرام گولیاں
Oral Rehydration Salts | ओआरएस घोल | ఓఆర్ఎస్ పొడి | او آر ایس
Pain Relief Balm | दर्द निवारक बाम | నొప్పి నివారణ బామ్ | درد کش بام
Bath Soap | नहाने का साबुन | స్నానపు సబ్బు | نہانے کا صابن
Mosquito Repellent Coils | मच्छर अगरबत्ती | దోమల నివారణ కాయిల్స్ | مچھر بھگاؤ کوائل
Broom | झाड़ू | చీపురు | جھاڑو
Pressure Cooker | प्रेशर कुकर | ప్రెషర్ కుక్కర్ | پریشر ککر
Steel Tiffin Box | स्टील टिफ़िन | స్టీల్ టిఫిన్ బాక్స్ | اسٹیل ٹفن
Cotton Kurta | सूती कुर्ता | కాటన్ కుర్తా | سوتی کرتا
Shalwar Kameez | | | شلوار قمیض
Cotton Saree | सूती साड़ी | కాటన్ చీర |
Silk Dupatta | रेशमी दुपट्टा | పట్టు దుపట్టా | ریشمی دوپٹہ
Leather Sandals | चमड़े की सैंडल | తోలు చెప్పులు | چمڑے کی سینڈل
Kite | पतंग | గాలిపటం | پتنگ
Carrom Board | कैरम बोर्ड | క్యారమ్ బోర్డ్ | کیرم بورڈ
Cricket Bat | क्रिकेट बल्ला | క్రికెట్ బ్యాట్ | کرکٹ بلا
PVC Pipe | पीवीसी पाइप | పీవీసీ పైపు | پی وی سی پائپ
Ceiling Fan | छत का पंखा | సీలింగ్ ఫ్యాన్ | چھت کا پنکھا
"""

_UNITS = {
    "hi": {"kg": "किलो", "g": "ग्राम", "l": "लीटर", "ml": "मिली", "ct": "नग"},
    "te": {"kg": "కిలో", "g": "గ్రా", "l": "లీటర్", "ml": "మి.లీ", "ct": "పీసులు"},
    "ur": {"kg": "کلو", "g": "گرام", "l": "لیٹر", "ml": "ملی لیٹر", "ct": "عدد"},
}

LANGUAGES = {"IN": ("hi", "te"), "PK": ("ur",)}
"""The languages beside English in which goods of a market may be titled."""


def _read() -> dict[tuple[str, str], str]:
    names = {}
    for line in _TABLE.strip().splitlines():
        english, *local = (cell.strip() for cell in line.split("|"))
        names.update({(english, lang): name for lang, name in zip(("hi", "te", "ur"), local, strict=True) if name})
    return names


NAMES = _read()
"""(English name, language) -> the name in that language's script."""


def local_size(size: str, language: str) -> str:
    """A size such as ``5 kg`` with its unit as the language writes it; unknown units stay."""
    amount, _, unit = size.partition(" ")
    return f"{amount} {_UNITS[language].get(unit, unit)}".strip()
