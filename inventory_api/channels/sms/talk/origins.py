"""Things that are called after a place: who asks for Boston cream is not in Boston.

What ends in the "i" of origin, such as Multani mitti, needs no list.
"""

from __future__ import annotations

from inventory_api.channels.sms.talk.wordset import WordSet

ORIGINS = WordSet(
    ["boston cream", "boston baked", "boston butt", "boston lettuce", "boston bib", "boston celtics", "boston red sox",
     "boston bruins", "new york style", "new york cheesecake", "new york strip", "new york steak", "new york bagel",
     "new york bagels", "new york pizza", "new york yankees", "new york knicks", "new york mets", "new york times",
     "chicago style", "chicago mix", "chicago deep", "chicago pizza", "chicago bulls", "chicago cubs",
     "chicago bears", "philly cheesesteak", "philly cheese", "philadelphia cream", "philadelphia cheese",
     "philadelphia eagles", "buffalo wings", "buffalo wing", "buffalo sauce", "buffalo chicken", "buffalo style",
     "buffalo bills", "dallas cowboys", "dallas mavericks", "dallas stars", "houston rockets", "houston astros",
     "houston texans", "denver broncos", "denver nuggets", "denver omelette", "seattle seahawks",
     "seattle mariners", "seattles best", "brooklyn nets", "brooklyn lager", "portland cement", "tampa bay buccaneers",
     "san francisco giants", "san francisco 49ers", "san francisco sourdough", "los angeles lakers", "la lakers",
     "st louis style", "st louis ribs", "kansas city style", "memphis style", "nashville hot", "detroit style",
     "texas toast", "california roll", "california rolls", "idaho potato", "idaho potatoes", "london broil",
     "london dry", "vienna sausage", "vienna sausages", "bombay mix", "bombay duck", "bombay sapphire", "bombay potato",
     "madras curry", "manchester united", "plaster of paris",
     "chelsea boots", "jamaica flower", "jamaica flowers", "paris saint germain", "panama hat",
     "بمبئی بریانی", "کراچی حلوہ", "کراچی حلوا", "کراچی بسکٹ", "کراچی بریانی", "کوئٹہ چائے", "کوئٹہ کیفے",
     "حیدرآباد بریانی", "ملتان حلوہ", "ملتان سوہن حلوہ", "నెల్లూరు బియ్యం", "కర్నూలు బియ్యం", "గుంటూరు కారం", "గుంటూరు మిర్చి",
     "గుంటూరు మిరపకాయలు", "గుంటూరు మిరప", "హైదరాబాద్ బిర్యానీ", "బొంబాయి రవ్వ", "బొంబాయి హల్వా", "కరాచీ హల్వా", "కరాచీ బిస్కెట్లు",
     "కరాచీ బేకరీ", "మైసూర్ పాక్", "మైసూర్ బజ్జి", "మైసూర్ శాండల్", "తిరుపతి లడ్డు", "తిరుపతి లడ్డూ", "కాకినాడ కాజా", "బందరు లడ్డు",
     "బెంగళూరు వంకాయ"],
    ["karachi halwa", "karachi biscuit", "karachi biscuits", "karachi bakery", "karachi biryani", "bombay biryani",
     "bombay halwa", "bombay ravva", "bombay rava", "hyderabad biryani", "hyderabad dum", "quetta chai", "quetta cafe",
     "multan halwa", "multan sohan", "kashmir chai", "nellore rice", "nellore biyyam", "kurnool rice", "kurnool biyyam",
     "guntur karam", "guntur mirchi", "guntur chilli", "guntur mirapakayalu", "guntur mirapa", "mysore pak",
     "mysore bajji", "mysore sandal", "mysore bonda", "tirupati laddu", "kakinada kaja", "bandar laddu",
     "nagpur oranges", "darjeeling tea", "bangalore vankaya"],
)  # fmt: skip
