"""The words around a product and a place: what is left without them is what is wanted, and where."""

from __future__ import annotations

import re

from inventory_api.channels.sms.talk.wordset import WordSet
from inventory_api.domain.text import fold

BEFORE_PLACE = WordSet(
    ["near", "nearby", "near by", "nr", "around", "round", "over by", "out by", "down by", "outside", "inside",
     "anywhere in", "anywhere near", "anywhere around", "somewhere in", "somewhere near",
     "within walking distance of", "not far from", "in and around", "vicinity of", "close to", "next to", "opposite",
     "opp", "beside", "at", "in", "@", "from", "to", "by"]
)  # fmt: skip
_BESIDE = ["qareeb", "qarib", "kareeb", "karib", "paas", "pas", "pass", "nazdeek", "aas paas", "aas pas", "aas pass",
           "as pas", "as paas", "samne", "andar", "ird gird"]  # fmt: skip
AFTER_PLACE = WordSet(
    ["کے قریب", "کے پاس", "کے نزدیک", "کے ارد گرد", "کے آس پاس", "کے سامنے", "کی طرف", "کی سائیڈ پر", "والی سائیڈ",
     "قریب", "نزدیک", "میں", "مین", "దగ్గర", "దగ్గరలో", "దగ్గర్లో", "వద్ద", "లో", "లోని", "సమీపంలో", "పక్కన", "చుట్టుపక్కల",
     "ప్రాంతంలో", "సైడ్", "సైడు", "వైపు", "దగ్గరికి", "దగ్గరలోని", "దగ్గర్లోని", "దగ్గరున్న", "పక్కనే", "పక్కకి", "చుట్టూ", "చుట్టుపక్కలా",
     "పరిసరాల్లో", "سائیڈ", "side", "లొ", "లోపల", "లోన", "నుంచి", "నుండి", "కాడ", "కాడికి", "తాన", "దిక్కు", "ల"],
    [*(f"{of} {where}" for of in ("ke", "k", "kay") for where in _BESIDE),
     "qareeb", "nazdeek", "ki taraf", "wali side", "wali side pe", "wali side par", "side pe", "side lo", "side mein",
     "side main", "ki janib", "ki side", "vaipu", "vypu", "pakkane", "pakkaney", "chuttu pakkala", "chuttu",
     "daggaraloni", "dagera", "dhaggara", "lopala", "lona", "nundi", "nunchi", "nunci", "kaada", "kada", "kadiki",
     "thaana", "thana", "tana", "dikku", "la", "se", "say", "chuttupakkala", "chutupakkala", "pranthamlo", "mein",
     "main", "mai", "men", "me", "ma", "mn", "mei", "daggara", "dagara", "daggaralo", "daggarlo", "daggira",
     "deggara", "vadda", "vaddha", "samipamlo", "pakkana", "lo", "loni"],
)  # fmt: skip
WEAK = WordSet(
    ["in", "at", "from", "to", "by", "opp", "round", "inside", "outside", "nearby", "near by", "میں", "مین", "قریب",
     "نزدیک", "سے", "లో", "లోని", "దగ్గరలో", "దగ్గర్లో", "సమీపంలో", "లొ", "లోపల", "లోన", "నుంచి", "నుండి", "కాడ", "తాన", "దిక్కు",
     "వైపు", "చుట్టూ", "సైడు", "ల", "سائیڈ", "side"],
    ["mein", "main", "mai", "men", "me", "ma", "mn", "mei", "qareeb", "nazdeek", "lo", "loni", "daggarlo",
     "daggaralo", "samipamlo", "la", "lona", "lopala", "nundi", "nunchi", "nunci", "kaada", "kada", "kadiki", "thaana",
     "thana", "tana", "dikku", "vaipu", "vypu", "chuttu", "se", "say"],
)  # fmt: skip
"""Say that a place is there only where one is: "2 in 1 shampoo" names none."""

BARE = frozenset(map(fold, ("ల", "la")))
"""Is more often "of" many things; a place before it must be sure."""

IN_PLACE = WordSet(["میں", "مین", "లో", "లొ", "లోని"], ["mein", "mei", "mn", "lo", "loni"])
IN_PLACE_AT_HOME = IN_PLACE | WordSet(["men", "me"])
"""Behind a place that nobody knows. "Get me" is English: where few write Urdu, "me" tells of no place."""

DONE_IN = WordSet(
    [],
    ["pette", "pettukune", "vese", "vesukune", "kalipe", "kalupukune", "rase", "rasukune", "tage", "tine", "vade",
     "vadukune", "kadige", "ayipoyindi"],
)  # fmt: skip
"""Behind "in" in Telugu: what a thing is for, "to keep in the fridge", is no place. Its own letters end in an "e"."""

OF_PURPOSE = WordSet(["والا", "والی", "والے", "کا", "کی", "کے"], ["wala", "wali", "wale", "ka", "ki", "ke", "k"])
"""The same in Urdu, behind a verb: "to put into tea"."""

SPEAKING = frozenset({"IN", "PK"})

PLACE_ENDINGS = tuple(
    map(fold, ["దగ్గరలో", "దగ్గర్లో", "దగ్గర", "లోని", "లోపల", "లోన", "లో", "లొ", "ల", "daggara", "daggarlo", "lo", "la", "mein",
               "main", "میں"])
)  # fmt: skip
"""Some write them as one word with the place."""

DATIVES = tuple(map(fold, ("కి", "కు", "ki", "ku")))
"""Endings of a place before "near" in Telugu."""

YOURS = WordSet(
    ["آپ کے پاس", "کس کے پاس", "کسی کے پاس", "تمہارے پاس", "మీ దగ్గర", "మీ వద్ద", "ఎవరి దగ్గర", "ఎవరి వద్ద"],
    ["aap ke paas", "aap ke pass", "aap ke pas", "ap ke paas", "ap ke pas", "ap k pas", "ap k paas", "aap k pas",
     "aap k paas", "apke paas", "apke pass", "apke pas", "aapke paas", "aapke pas", "apk pas", "tumhare paas",
     "kis ke paas", "kis ke pas", "kiske paas", "kisi ke paas", "kisi ke pas", "kisi k pas", "mee daggara",
     "mi daggara", "mee vadda", "evari daggara", "evari vadda"],
)  # fmt: skip
"""Where no place is, though a postposition says so: "at you" means that you have it."""

HERE = WordSet(
    ["me", "here", "us", "my location", "my place", "my area", "my home", "my house", "یہاں", "میرے گھر",
     "ہمارے گھر", "گھر", "మా ఇంటి", "నా ఇంటి", "ఇంటి", "میرے", "ہمارے", "ఇక్కడ", "నా", "మా", "నాకు", "మాకు"],
    ["mere", "meray", "hamare", "yahan", "mere paas", "mere qareeb", "mere ghar", "mera ghar", "ghar",
     "hamare ghar", "maa inti", "na inti", "maa illu", "inti", "ikkada", "na", "naa", "naku", "maa", "maku"],
)  # fmt: skip
"""Where I am: the place that is remembered."""

HERE_ALONE = WordSet(
    ["here", "around here", "nearby", "near by", "close by", "یہاں", "میرے قریب", "میرے پاس", "میرے نزدیک",
     "میرے آس پاس", "یہاں قریب", "قریب میں", "آس پاس", "قریب", "ఇక్కడ", "దగ్గరలో", "దగ్గర్లో", "నా దగ్గర్లో", "సమీపంలో"],
    ["yahan", "mere qareeb", "mere aas paas", "mere as pas", "yahan qareeb", "aas paas", "qareeb", "qareeb mein",
     "nazdeek", "ikkada", "daggarlo", "daggaralo", "daggara lo", "na daggarlo", "samipamlo"],
)  # fmt: skip
"""The same without a word that says so."""

COURTESY = WordSet(
    ["please", "pls", "plz", "plzz", "pliz", "plss", "kindly", "thanks", "thx", "thank you", "hi", "hii", "hey",
     "hello", "helo", "good morning", "good evening", "good afternoon", "sir", "madam", "maam", "bro", "dear",
     "asap", "urgent", "urgently", "lol", "uncle", "aunty", "dude", "mate", "folks", "بیٹا", "بیٹے", "امی",
     "پلیز", "ذرا", "براہ کرم", "براہ مہربانی", "سلام", "السلام علیکم",
     "اسلام علیکم", "السلام و علیکم", "بھائی", "بھائ", "جناب", "جی", "سر", "یار", "باجی", "అండి", "దయచేసి", "నమస్తే",
     "నమస్కారం", "అన్నా", "అన్న", "అక్కా", "గారు", "బ్రో", "సార్"],
    ["salam", "salaam", "assalam o alaikum", "assalamualaikum", "assalam u alaikum", "aslam o alaikum",
     "asalam o alikum", "aoa", "adaab", "namaste", "namaskaram", "zara", "bhai", "bhaiya", "bhai jan", "baji",
     "yaar", "yar", "janab", "ji", "beta", "bete",
     "jee", "meherbani", "andi", "anna", "annayya", "akka", "garu", "dayachesi"],
)  # fmt: skip
_ENGLISH = WordSet(
    ["this week", "kno", "ne1", "any1", "the", "a", "an", "some", "any", "anyone", "anybody", "anywhere",
     "somewhere", "there", "is there", "are there", "r there", "is", "are", "r", "does", "do", "did", "can",
     "could", "would", "will", "u", "you", "ya", "i need", "i want", "i am", "i m", "do i", "can i", "i", "im",
     "ive", "its", "we", "they", "me", "my", "it", "am", "was", "be", "or", "and", "so", "that", "which", "who",
     "whos", "what", "whats", "wheres", "where", "when", "if", "for", "with", "w", "wanna", "want", "wants", "wana",
     "need", "needs", "nd", "looking", "look", "searching", "search", "like", "buy", "get", "got", "gotta", "find",
     "have", "has", "hav", "hv", "having", "sell", "sells", "selling", "carry", "carries", "know", "tell", "help",
     "help me", "show", "check", "nearest", "closest", "nearby", "store", "stores", "shop", "shops", "place",
     "places", "pharmacy", "supermarket", "in stock", "stock", "stocked", "available", "availability", "left",
     "still", "now", "right now", "today", "tonight", "currently", "open", "opens", "close", "closes", "closed",
     "closing", "opening", "hours", "timing", "timings", "time", "times", "till", "until", "how", "how much",
     "how many", "much", "price", "prices", "cost", "costs", "rate", "cheap", "cheapest", "to", "too", "also",
     "just", "give", "send", "bring", "let", "been", "this", "your", "our", "ur", "rn", "atm", "live", "living",
     "stay", "staying", "standing", "near here", "quickly", "urgent", "only", "out there", "around",
     "stop and shop", "stop n shop", "stop shop", "side", "um", "umm", "uh", "hmm", "er", "well", "guess", "think",
     "maybe", "probably", "actually", "oh", "lemme", "ok", "okay", "then", "more", "about", "text me", "msg me",
     "message me", "call me", "ping me", "far", "downtown", "uptown", "order", "deliver", "delivery", "ask",
     "reserve", "try", "use", "instead", "one", "ones", "something", "anything", "stuff", "keep", "keeps", "grab",
     "pick up", "em", "them", "those", "these"]
)  # fmt: skip
_URDU = WordSet(
    ["لیے", "لئے",
     "چاہئیں", "چاہییں", "چاہیئں", "ایسے", "ایسی", "سستا", "سستی", "سستے", "سب سے", "کہ", "اس", "نمبر", "کون سی",
     "کون سا", "کون سے", "بیچتی", "بیچتا", "بیچتے", "پھر", "اچھا", "ٹھیک ہے", "مزید", "اگر", "تو", "آج کل", "صاحب",
     "کہا", "بولا", "لوں", "کردو", "کردیں", "مجھے", "یہ", "بس", "میرا", "میری", "کر", "ہمیں", "ہم", "میں", "کیا",
     "کہاں", "کہاں سے", "کہیں", "کدھر", "کون", "کس", "کسی", "آپ", "مل", "ملے", "ملیں", "ملتا", "ملتی", "ملتے",
     "ملنا", "سکتا", "سکتی", "سکتے", "جائے", "جائیں", "جاے", "رہتا", "رہتی", "رہتے", "جلدی", "صرف", "فوری", "گا",
     "گی", "گے", "چاہیے", "چاہئے", "چاہیئے", "چاہئیے", "چاہیں", "چاہتا", "چاہتی", "ہے", "ہیں", "ہوں", "ہو", "ہوگا",
     "تھا", "رہا", "رہی", "اور", "بھی", "کوئی", "کا", "کی", "کے", "کو", "سے", "پر", "نے", "والا", "والی", "والے",
     "لینا", "لینی", "لینے", "خریدنا", "خریدنی", "دستیاب", "موجود", "ریٹ", "قیمت", "دام", "کتنے", "کتنا", "کتنی",
     "کتنے کا", "کتنے کی", "روپے", "روپیہ", "دکان", "دوکان", "دکانیں", "سٹور", "بتائیں", "بتاؤ", "بتا", "دیں", "دو",
     "کب", "تک", "کھلتی", "کھلی", "کھلا", "کھلے", "بند ہوتی", "بند ہوتا", "ہوتی", "ہوتا", "وقت", "آج", "ابھی",
     "ڈھونڈ", "تلاش", "نہیں", "سائیڈ"],
    ["liye",
     "aise", "aisi", "aisay", "sab se", "sasta", "sasti", "saste", "kaunsi", "konsi", "kaunsa", "konsa", "kaun si",
     "kon si", "bechti", "bechta", "bechte", "waqt", "phir", "acha", "accha", "theek hai", "mazeed", "agar",
     "shukriya", "aaj kal", "ajkal", "saab", "sahab", "bola", "kaha", "lun", "loon", "kardo", "krdo", "kardein",
     "kardena", "mujhe", "yeh", "ye", "bas", "hogi", "honge", "chal", "theek", "mujhko", "mjhe", "muje", "mujy",
     "hamein", "humein", "hum", "main", "mein", "kya", "kia", "kiya", "kahan", "kahan se", "kahin", "kahi",
     "kidhar", "kis", "kisi", "kon", "kaun", "aap", "ap", "mil", "mile", "miley", "milega", "milegi", "milenge",
     "milay", "milain", "milein", "milna", "milta", "milti", "milte", "sakta", "sakti", "sakte", "skta", "skti",
     "jaye", "jaaye", "jay", "jai", "jayega", "jaega", "jaegi", "jayegi", "ga", "gi", "ge", "gay", "chahiye",
     "chahye", "chahie", "chahiay", "chaiye", "chaie", "chaheye", "chahiyay", "chahyay", "chahiyen", "chaiyay",
     "chiye", "hai", "he", "h", "hy", "hay", "ha", "hain", "hen", "hun", "hoon", "hu", "ho", "hoga", "tha", "raha",
     "rahi", "aur", "bhi", "koi", "ka", "ki", "ke", "k", "ko", "se", "say", "par", "pe", "ne", "wala", "wali",
     "wale", "lena", "leni", "lene", "lainay", "kharidna", "khareedna", "kharidni", "dastyab", "dastiyab",
     "maujood", "mojood", "mojud", "available", "rate", "qeemat", "keemat", "qimat", "daam", "kitna", "kitne",
     "kitni", "kitnay", "dukan", "dukaan", "dukanein", "dokan", "bata do", "bata dein", "bata dena", "bta do",
     "batao", "bataen", "batayein", "batain", "btao", "do", "den", "dein", "dy", "kr", "kar", "karna", "krna",
     "mera", "meri", "kab", "kb", "tak", "khulti", "khuli", "khula", "khule", "hoti", "band hoti", "band hota",
     "hota", "aaj", "abhi", "dhundh", "dhoond", "talash", "rha", "rhi", "nahi", "jahan", "pata", "rehta", "rehti",
     "rehte", "rahta", "rahti", "jaldi", "foran", "sirf", "rupay", "rupaye", "rs", "chahta", "chahti", "janna",
     "maloom", "side"],
)  # fmt: skip
_TELUGU = WordSet(
    ["ఏమైనా", "ఏమన్నా", "ఇలాంటి", "అలాంటి", "చవక", "చవకగా", "ఉండేది", "ఉంటున్నా", "నంబర్", "నెంబర్", "ఎవరి", "దొరికే", "ఇంకా", "మళ్ళీ",
     "మళ్లీ", "సరే", "అలాగే", "చెప్పారు", "అన్నారు", "నాకు", "ఈ", "ఇది", "ఏమిటి", "ఏంటి", "ఎవరు", "మాది", "నాది", "మా", "మాకు", "నేను",
     "మేము", "మీ", "మీరు", "కావాలి", "కావాలండి", "కావాలా", "కావలెను", "కావాలంటే", "ఎక్కడ", "ఎక్కడైనా", "ఏ", "ఏదైనా", "దొరుకుతుందా",
     "దొరుకుతాయా", "దొరుకుతుంది", "దొరుకుతాయి", "దొరకుతుందా", "దొరుకుద్ది", "దొరుకుద్దా", "లభిస్తుందా", "లభిస్తుంది", "లభిస్తాయా", "ఉందా",
     "ఉన్నాయా", "ఉంది", "ఉన్నాయి", "ఉంటుందా", "ఉంటాయా", "ఉన్నదా", "ఉన్నాను", "ఉన్నా", "ఉన్నాం", "అందుబాటులో", "స్టాక్", "ధర", "ధరెంత",
     "రేటు", "రేట్", "ఎంత", "ఎంతకు", "ఖరీదు", "షాపు", "షాప్", "షాపులో", "షాపులు", "దుకాణం", "దుకాణంలో", "కొట్టు", "చెప్పండి", "చెప్పు",
     "చెప్తారా", "కొనాలి", "కొనడానికి", "కొంచెం", "ఇప్పుడు", "ఈరోజు", "ఎప్పుడు", "తెరుస్తారు", "తెరిచి", "తెరుస్తారా", "మూస్తారు", "మూసేస్తారు",
     "ఎన్ని", "గంటలకు", "గంటల", "వరకు", "ఓపెన్", "చేస్తారు", "లేదా", "ఉంటాం", "ఉంటాను", "ఉంటున్నాను", "త్వరగా", "మాత్రమే", "రూపాయలు",
     "ఇవ్వండి", "ఉంటే", "కోసం", "అమ్మే", "దొరకవా", "దొరకదా", "నంబరు", "నెంబరు", "ఇంట్లో", "ఇంట్ల", "యాడ"],
    ["emaina", "emanna", "ilanti", "alanti", "chavaka", "chavakaga", "undedi", "inka", "malli", "sare", "alage",
     "chepparu", "cheppadu", "cheyyandi", "annaru", "naku", "ee", "idi", "enti", "emiti", "maadi", "naadi", "maa",
     "maku", "nenu", "memu", "mee", "miru", "meeru", "kavali", "kaavali", "kavalandi", "kavalandee", "kavala",
     "kaval", "kavalenu", "ekkada", "yekkada", "ekada", "ekkadaina", "edaina", "dorukutundi", "dorukutunda",
     "dorukutaya", "dorukutayi", "dorukutai", "dorukutundaa", "dorkutunda", "dorkutundi", "dorkutaya", "dorkutayi",
     "doruktunda", "doruktundi", "doruktayi", "dorukuntada", "dorukuddi", "dorukudda", "dorikeddi", "dorukutadi",
     "dorukutada", "unda", "undi", "vunda", "vundi", "unnaya", "unnayi", "unnai", "vunnaya", "vunnayi", "unnada",
     "untunda", "untundi", "untaya", "unna", "unnanu", "vunna", "vunnanu", "unnam", "andubatulo", "available aa",
     "aa", "dhara", "darenta", "rate", "rete", "entha", "enta", "yenta", "entaku", "kharidu", "shopu", "shop lo",
     "shopulo", "dukanam", "dukanamlo", "kottu", "cheppandi", "cheppu", "chepandi", "chepu", "cheptara", "konali",
     "konadaniki", "konchem", "ippudu", "eeroju", "eppudu", "yeppudu", "terustaru", "terustara", "terichi",
     "chestaru", "chestara", "mustaru", "musestaru", "enni", "gantalaku", "varaku", "untam", "untanu", "untunnam",
     "tvaraga", "twaraga", "matrame", "rupayalu", "unte", "kosam", "ivvandi", "undo", "evaru", "evari", "amme",
     "dorakava", "dorakada", "mari", "ayithe", "intlo", "intla", "yaada"],
)  # fmt: skip
FILLERS = COURTESY | _ENGLISH | _URDU | _TELUGU | YOURS
"""Around what is wanted, at either end of it."""

_ALSO_ENGLISH = frozenset(
    ["main", "he", "h", "hen", "ha", "hay", "ho", "hum", "do", "say", "par", "pe", "k", "ap", "den", "gay", "jay",
     "mil", "mile", "available", "rate", "available aa", "shop lo", "aa", "undo", "ne", "ge", "ga", "gi", "se",
     "ki", "ka", "ko", "tak", "pata", "enta", "unna", "mee", "kiia", "dei", "di", "dein", "kis", "kon", "kab", "kb",
     "tha", "lena", "bata"]
)  # fmt: skip
ROMAN_URDU, ROMAN_TELUGU = _URDU.heard - _ALSO_ENGLISH, _TELUGU.heard - _ALSO_ENGLISH
"""Words, by ear, that nobody writes in English."""

BEFORE_WANTED = WordSet(
    ["نے", "out of", "have", "has", "hav", "hv", "having", "got", "need", "needs", "want", "wanna", "wana", "buy",
     "find", "get", "sell", "sells", "selling", "carry", "carries", "looking for", "lookin for", "searching for",
     "search for", "price of", "cost of", "rate of", "stock of", "get me", "جہاں", "جو", "కాదు"],
    ["ne", "kaadu", "kadu", "jo", "jahan", "jaha", "jahaan", "jis ke paas"],
)  # fmt: skip
"""What is wanted stands behind the last of these: whoever has a story to tell tells it first."""

ASKED = WordSet(
    ["لینا", "لینی", "لینے", "دے دو", "دے دیں", "بھیج دو", "ఇవ్వండి", "కొనాలి", "or anything",
     "or something", "or any", "available", "in stock", "for my", "because", "asap", "مل", "ملے", "ملیں",
     "ملتا", "ملتی", "ملتے", "چاہیے", "چاہئے", "چاہیئے", "چاہییے", "دستیاب", "موجود", "ریٹ", "قیمت", "کتنے",
     "کتنا", "کتنی", "کہاں", "کدھر", "కావాలి", "ఎక్కడ", "ఎంత", "ధర", "రేటు", "దొరుకుతుందా", "దొరుకుతాయా",
     "దొరుకుతుంది", "దొరుకుతాయి", "ఉందా", "ఉన్నాయా"],
    ["mile", "miley", "milega", "milegi", "milenge", "milay", "milain", "milein", "milta", "milti", "milte",
     "mil", "chahiye", "chahye", "chahie", "chahiay", "chaiye", "chaie", "chaheye", "chahiyen", "chiye",
     "dastyab", "mojood", "qeemat", "keemat", "kitna", "kitne", "kitni", "kahan", "kidhar", "kavali",
     "ekkada", "entha", "enta", "unda", "unnaya", "dorukutunda", "dorukutundi", "dorukutaya", "dorukutayi",
     "dorukutai", "lena", "leni", "lene", "de do", "dedo", "bhej do", "konali", "ivvandi"],
)  # fmt: skip
"""What is wanted stands before the last of these that anything stands before: Urdu and Telugu have the verb behind."""

IS = WordSet(["ہے", "ہیں", "ఉంది", "ఉన్నాయి"], ["hai", "hain", "undi", "unnayi"])
"""Says the same where nothing of ``ASKED`` does; else it may tell a story: "my throat is sore"."""

FOR = WordSet(
    ["for", "کے لیے", "کے لئے", "کے لیئے", "کیلئے", "کیلیے", "కోసం"],
    ["ke liye", "k liye", "kay liye", "ke lie", "k lie", "kliye", "keliye", "ke lye", "k lye", "kosam"],
)  # fmt: skip
"""Who or what a thing is for stands beside these."""

IS_FOR = re.compile("(?<=...)(?:కి|(?<!ా)కు)$|(?<=[a-z]{3})(?<!k)k[iu]$")
"""Telugu says so by an ending."""

NUMBERED_PARTS = WordSet(
    ["no", "number", "block", "phase", "sector", "plot", "house", "shop", "نمبر", "بلاک", "فیز", "سیکٹر", "నంబర్",
     "నెంబర్", "నంబరు", "బ్లాక్", "ఫేజ్", "సెక్టార్"]
)  # fmt: skip
STREETS = WordSet(
    ["road", "rd", "street", "st", "lane", "avenue", "ave", "blvd", "boulevard", "highway", "روڈ", "سڑک", "گلی",
     "రోడ్", "రోడ్డు", "రోడ్డులో", "వీధి"],
    ["sarak", "gali", "veedhi"],
)  # fmt: skip
"""Of an address, behind the place: a number follows the one, a name stands before the other."""

OR = WordSet(["or", "یا", "లేదా"], ["ya", "leda"])

MEASURES = WordSet(
    ["kg", "kgs", "kilo", "kilos", "g", "gm", "gms", "gram", "grams", "mg", "ml", "l", "lt", "ltr", "ltrs",
     "liter", "liters", "litre", "litres", "lb", "lbs", "oz", "gal", "gallon", "gallons", "pint", "quart",
     "dozen", "pack", "packs", "packet", "packets", "pkt", "pc", "pcs", "piece", "pieces", "bottle",
     "bottles", "box", "boxes", "kilogram", "kilograms", "cartons", "carton", "bag", "bags", "jar", "jars",
     "can", "cans", "tin", "tins", "tube", "tubes", "sachet", "sachets", "pouch", "bunch", "loaf", "pair",
     "pairs", "roll", "rolls", "case", "crate", "btl", "half", "couple", "tablet", "tablets", "strip", "کلو",
     "کے جی", "پاؤ", "گرام", "لیٹر", "لٹر", "درجن", "پیکٹ", "عدد", "بوتل", "بوتلیں", "ڈبہ", "ڈبے", "ڈبا",
     "ڈبی", "شیشی", "پیکٹس", "پیک", "ساشے", "پڑیا", "گڈی", "تھیلی", "بوری", "جوڑی", "جوڑے", "گٹھی",
     "لٹر والا", "سیر", "گولی", "گولیاں", "కిలో", "కేజీ", "కేజీలు", "కిలోలు", "పావుకిలో", "అరకిలో", "కిలోల",
     "గ్రాములు", "గ్రాముల", "లీటర్", "లీటరు", "లీటర్ల", "లీటర్లు", "డజను", "డజన్", "ప్యాకెట్", "ప్యాకెట్లు",
     "టాబ్లెట్", "టాబ్లెట్లు", "మాత్రలు", "సీసా", "సీసాలు", "బాటిల్", "బాటిలు", "బాటిళ్ళు", "డబ్బా",
     "డబ్బాలు", "ప్యాకెట్టు", "ప్యాక్", "పొట్లం", "కట్ట", "బస్తా", "ట్యూబ్", "జత", "జతలు", "షీట్", "గ్రా",
     "ముక్క", "అరలీటరు", "సాచెట్", "పాకెట్"],
    ["pao", "adad", "pavukilo", "arakilo", "kejilu", "darjan", "botal", "bottal", "dabba", "dabbi", "pudiya",
     "pakit", "packit", "shishi", "botel", "thaili", "bori", "jori", "seesa", "sisa", "baatil", "potlam",
     "basta bori", "dabbaa", "paket", "kilolu", "litarlu"],
)  # fmt: skip
"""How much is wanted: no word of the thing itself, where the thing is known without."""


NUMBERS = WordSet(
    ["one", "two", "three", "four", "five", "six", "ten", "half", "ایک", "دو", "تین", "چار", "پانچ", "چھ", "دس",
     "آدھا", "ఒక", "రెండు", "మూడు", "నాలుగు", "ఐదు", "అర", "పది", "పావు"],
    ["ek", "aik", "do", "teen", "char", "chaar", "paanch", "panch", "aadha", "adha", "oka", "rendu", "moodu",
     "mudu", "nalugu", "aidu", "ara", "pavu"],
)  # fmt: skip
