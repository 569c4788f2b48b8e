"""Words that mean something to the grammar, in English, Urdu and Telugu, the latter two in Latin letters, too.

Written as people text them; ``fold`` makes them comparable. Never among our own words: STOP, END, CANCEL, QUIT, YES,
START, UNSTOP, INFO, which operators answer themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from inventory_api.domain.text import fold


class Act(StrEnum):
    """What a message asks for."""

    OPT_OUT = "opt_out"
    HELP = "help"
    START = "start"
    MORE = "more"
    BACK = "back"
    WIDER = "wider"
    ALERT = "alert"
    NOALERT = "noalert"
    LANG = "lang"
    FORGET = "forget"
    AGAIN = "again"
    CHOICE = "choice"
    PLACE = "place"
    SEARCH = "search"
    NOTHING = "nothing"


def _folded(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold, texts))


COMMANDS = {
    Act.HELP: ["help", "info", "help me", "madad", "مدد", "sahayam", "సహాయం", "సాయం"],
    Act.START: ["start", "unstop", "shuru", "shuru karo", "شروع", "شروع کریں", "modalu", "మొదలు", "ప్రారంభించు"],
    Act.MORE: [
        "more", "mazeed", "mazid", "aur", "aur dikhao", "مزید", "اور", "اور دکھائیں", "inka", "inka chupinchu",
        "marinni", "ఇంకా", "మరిన్ని",
    ],
    Act.BACK: ["back", "wapas", "wapis", "peeche", "واپس", "پیچھے", "venakki", "venakku", "వెనక్కి", "వెనకకు"],
    Act.WIDER: ["wider", "further", "farther", "door", "aur door", "دور", "اور دور", "duranga", "inka duram", "దూరంగా",
                "ఇంకా దూరం"],
    Act.ALERT: ["alert", "notify me", "ittela", "ittila", "اطلاع", "الرٹ", "telupandi", "alert pettu", "తెలపండి",
                "అలర్ట్"],
    Act.NOALERT: ["noalert", "no alert", "no alerts", "undo", "ittela nahi", "اطلاع نہیں", "alert vaddu",
                  "అలర్ట్ వద్దు"],
    Act.LANG: ["lang", "language", "languages", "zaban", "zuban", "زبان", "bhasha", "basha", "భాష"],
    Act.FORGET: ["forget", "forget me", "bhool jao", "bhul jao", "بھول جاؤ", "بھول جائیں", "marchipo", "marichipo",
                 "మర్చిపో", "మరచిపో"],
    Act.AGAIN: ["again", "retry", "dobara", "phir se", "دوبارہ", "پھر سے", "malli", "మళ్ళీ", "మళ్లీ"],
}  # fmt: skip
THANKS = _folded(
    ["no thanks", "no thank you", "thanks", "thank you", "thank u", "thanks a lot", "thx", "ty", "ok", "okay",
     "ok thanks", "great", "great thanks", "cool", "shukriya", "shukria", "theek hai", "acha", "شکریہ", "ٹھیک ہے",
     "اچھا", "dhanyavadalu", "thanks andi", "sare", "ధన్యవాదాలు", "సరే"]
)  # fmt: skip
"""Whoever says so wants no answer."""

POLITE = _folded(["please", "pls", "plz", "me", "it", "pliz", "andi", "zara", "پلیز", "ذرا", "అండి"])
"""May stand beside a command."""

COMMAND_OF = {text: act for act, texts in COMMANDS.items() for text in _folded(texts)}

STOPS = _folded(
    ["stop", "stopall", "stop all", "stopp", "sstop", "stpo", "sotp", "unsubscribe", "unsubscibe", "unsubcribe",
     "unsub", "end", "quit", "revoke", "optout", "opt", "cancel", "remove", "arret", "arrêt", "td", "band", "bund",
     "roko", "rokein", "rok", "بند", "روکیں", "روکو", "روک", "aapu", "apu", "aapandi", "apandi", "vaddu", "voddu",
     "ఆపు", "ఆపండి", "ఆపేయండి", "వద్దు", "ఒద్దు"]
)  # fmt: skip
"""One of these, and else nothing but words of ``ABOUT_TEXTS``, is an opt-out."""

ABOUT_TEXTS = _folded(
    ["please", "pls", "plz", "now", "all", "this", "it", "that", "to", "the", "me", "us", "my", "from", "out", "off",
     "sending", "send", "texting", "text", "texts", "txt", "messaging", "message", "messages", "msg", "msgs", "sms",
     "alert", "alerts", "these", "your", "list", "number", "any", "more", "and", "immediately", "anymore", "you",
     "karo", "kro", "kar", "do", "kr", "karein", "karen", "kijiye", "karna", "jaye", "ab", "bhai", "mujhe",
     "paigham", "yeh", "ye", "کرو", "کریں", "کر", "دو", "دیں", "کردیں", "کیجیے", "مجھے", "یہ", "پیغام", "پیغامات",
     "میسج", "میسجز", "ایس", "ایم", "اب", "براہ", "کرم", "naku", "nannu", "ika", "meseg", "messagelu", "cheyandi",
     "నాకు", "اطلاع", "اطلاعات", "ittela", "alertlu", "అలర్ట్", "అలర్ట్లు", "ఇక", "మెసేజ్", "మెసేజ్లు", "మెసేజులు",
     "సందేశాలు", "చేయండి", "దయచేసి", "ఎస్ఎంఎస్"]
)  # fmt: skip

STOP_PHRASES = _folded(
    ["unsubscribe", "unsubscibe", "unsubcribe", "stopall", "optout", "want to stop", "stop it", "stop this",
     "stop these", "opt out", "opt me out", "dont text", "do not text", "dont message", "do not message",
     "dont send", "do not send", "stop texting", "stop sending", "stop messaging", "no more texts",
     "no more messages", "leave me alone", "take me off", "unsubscribe me", "mat bhejo", "mat bhejna", "mat bhejein",
     "na bhejo", "nahi bhejo", "na bhejein", "مت بھیجو", "مت بھیجیں", "نہ بھیجیں", "نہ بھیجو", "నాకు వద్దు",
     "పంపవద్దు", "పంపకండి", "పంపొద్దు", "pampavaddu", "pampoddu", "pampakandi"]
)  # fmt: skip
"""Any of these, wherever it stands, is an opt-out: in doubt it costs nothing."""

BEFORE_PLACE = _folded(["near", "nearby", "around", "close to", "at", "in", "@"]) | {"@"}
AFTER_PLACE = _folded(
    ["کے قریب", "کے پاس", "کے نزدیک", "کے ارد گرد", "میں", "مین", "ke qareeb", "ke qarib", "ke kareeb", "ke karib",
     "k qareeb", "k kareeb", "kay qareeb", "kay kareeb", "ke paas", "ke pas", "k paas", "k pas", "kay paas", "kay pas",
     "ke nazdeek", "ke nazdik", "mein", "main", "mai", "me", "దగ్గర", "దగ్గరలో", "వద్ద", "లో", "సమీపంలో", "daggara",
     "dagara", "daggaralo", "daggarlo", "vadda", "samipamlo", "lo"]
)  # fmt: skip
WEAK = _folded(["in", "at", "میں", "مین", "mein", "main", "mai", "me", "lo", "లో"])
"""Say that a place is there only where one is: "2 in 1 shampoo" names none."""

PLACE_ENDINGS = tuple(map(fold, ("దగ్గరలో", "దగ్గర", "లో", "daggara", "lo")))
"""Telugu writes them as one word with the place."""

DATIVES = tuple(map(fold, ("కి", "కు", "ki", "ku")))
"""Endings of a place before "near" in Telugu."""

HERE = _folded(["me", "here", "my location", "mere", "yahan", "mere paas", "mere qareeb", "یہاں", "میرے", "ikkada",
                "ఇక్కడ", "నా"])  # fmt: skip
"""Where I am: the place that is remembered."""

HERE_ALONE = _folded(["here", "around here", "yahan", "یہاں", "ikkada", "ఇక్కడ"])
"""The same without a word that says so."""

FILLERS = _folded(
    ["the", "a", "an", "wheres", "where", "nearest", "closest", "store", "shop", "with", "has", "have", "buy", "get",
     "help me find", "help me", "get me", "do you have", "do you sell", "have you got", "is there any", "is there",
     "are there any", "are there", "where can i get", "where can i find", "where can i buy", "where to buy",
     "where is", "who has", "i need", "i want", "i am looking for", "im looking for", "looking for", "find me",
     "find", "any", "please", "pls", "plz", "some", "hi", "hello", "salam", "namaste", "in stock", "available",
     "check", "stock of", "stock", "mujhe", "mujhko", "kya", "kahan", "kahan se", "kidhar", "milega", "mile ga",
     "milegi", "mile gi", "milay ga", "milay gi", "chahiye", "chahye", "chahie", "hai", "he", "hain", "aur", "bhi",
     "koi", "ka", "ki", "ke", "مجھے", "کیا", "کہاں", "کہاں سے", "ملے گا", "ملے گی", "ملیں گے", "ملے", "گا", "گی",
     "چاہیے", "چاہئے", "ہے", "ہیں", "اور", "سلام", "کوئی", "naku", "nenu", "kavali", "kaavali", "unda", "unnaya",
     "unnayi", "undi", "ekkada", "dorukutundi", "dorukutaya", "dorukuthundi", "dorukutunda", "dorukutaya", "kahin",
     "کہیں", "దొరుకుతుందా", "దొరుకుతాయా", "నాకు", "కావాలి", "ఉందా", "ఉన్నాయా", "ఉంది", "ఉన్నాయి", "ఎక్కడ",
     "దొరుకుతుంది", "దొరుకుతాయి"]
)  # fmt: skip
"""Around what is wanted, at either end of it."""

URDU_WORDS = _folded(
    ["ke", "kay", "qareeb", "qarib", "kareeb", "paas", "mein", "hai", "hain", "kya", "kahan", "kidhar", "chahiye",
     "chahye", "chahie", "mujhe", "milega", "milay", "mile", "aur", "koi", "nahi", "karo", "karein", "bhejo", "mazeed",
     "wapas", "dobara", "madad", "zaban", "ittela", "doodh", "dudh", "dood", "cheeni", "chini", "anday", "anda", "ande",
     "chawal", "aata", "roti", "namak", "chai", "chaye", "pyaz", "piyaz", "sabun", "saboon", "dahi", "machis", "makhan",
     "makkhan", "dawai", "dawa", "sabzi", "gosht", "murghi", "daal", "aloo", "tamatar", "shuru", "shakar"]
)  # fmt: skip
TELUGU_WORDS = _folded(
    ["daggara", "dagara", "daggarlo", "daggaralo", "vadda", "lo", "kavali", "kaavali", "unda", "unnaya", "unnayi",
     "undi", "ekkada", "naku", "dorukutundi", "vaddu", "aapandi", "aapu", "pampandi", "pampavaddu", "venakki",
     "marinni", "inka", "malli", "sahayam", "bhasha", "modalu", "marchipo", "paalu", "palu", "biyyam", "gudlu", "guddu",
     "chakkera", "panchadara", "uppu", "nune", "noone", "neyyi", "perugu", "majjiga", "sabbu", "ullipaya",
     "ullipayalu", "rotte", "pindi", "aggipette", "kooragayalu", "mandulu", "pappu", "kodi", "chepa"]
)  # fmt: skip
"""Words that tell Roman Urdu and Roman Telugu from English."""

LANGUAGE_NAMES = {
    fold(name): tag
    for tag, names in {
        "en": ["english", "angrezi", "انگریزی", "ఇంగ్లీష్", "en"],
        "ur": ["urdu", "اردو", "ur"],
        "te": ["telugu", "తెలుగు", "te"],
        "ur-Latn": ["roman urdu", "roman", "urdu roman"],
        "te-Latn": ["roman telugu", "telugu roman", "tenglish"],
    }.items()
    for name in names
}
