"""Words that mean something to the grammar, in English, Urdu and Telugu, the latter two in Latin letters, too.

Written as people text them; ``fold`` makes them comparable. Never among our own words: STOP, END, CANCEL, QUIT, YES,
START, UNSTOP, INFO, which operators answer themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from inventory_api.channels.sms.talk.wordset import WordSet
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
    Act.START: ["start", "unstop", "subscribe", "resubscribe", "opt in", "optin", "shuru", "shuru karo", "شروع",
                "شروع کریں", "modalu", "మొదలు", "ప్రారంభించు"],
    Act.MORE: [
        "more", "keep going", "go on", "continue", "mazeed", "mazid", "aur", "aur dikhao", "مزید", "اور",
        "اور دکھائیں", "inka", "inka chupinchu",
        "marinni", "ఇంకా", "మరిన్ని",
    ],
    Act.BACK: ["back", "wapas", "wapis", "peeche", "واپس", "پیچھے", "venakki", "venakku", "వెనక్కి", "వెనకకు"],
    Act.WIDER: ["wider", "further", "farther", "door", "aur door", "دور", "اور دور", "duranga", "inka duram",
                "దూరంగా", "ఇంకా దూరం"],
    Act.ALERT: ["alert", "notify me", "ittela", "ittila", "اطلاع", "الرٹ", "telupandi", "alert pettu", "తెలపండి",
                "అలర్ట్"],
    Act.NOALERT: ["noalert", "no alert", "no alerts", "undo", "ittela nahi", "اطلاع نہیں", "alert vaddu",
                  "అలర్ట్ వద్దు"],
    Act.LANG: ["lang", "language", "languages", "zaban", "zuban", "زبان", "bhasha", "basha", "భాష"],
    Act.FORGET: ["forget", "forget me", "bhool jao", "bhul jao", "بھول جاؤ", "بھول جائیں", "marchipo", "marichipo",
                 "మర్చిపో", "మరచిపో"],
    Act.AGAIN: ["again", "retry", "dobara", "phir se", "دوبارہ", "پھر سے", "malli", "మళ్ళీ", "మళ్లీ"],
}  # fmt: skip
ACKNOWLEDGED = _folded(["got it", "meherbani", "mehrbani", "bari meherbani", "مہربانی", "no", "nope", "nothing"])
"""Whoever says so wants no answer."""

BESIDE_COMMANDS = WordSet(
    ["please", "pls", "plz", "me", "it", "pliz", "show", "give", "want", "need", "i", "can", "you", "u", "get",
     "some", "hi", "hey", "results", "options", "shop", "shops", "دکانیں", "دکان", "షాపులు", "షాపు", "stores", "one",
     "پلیز", "ذرا", "دکھائیں", "دکھاؤ", "دکھا", "دیں", "دو", "چاہیے", "چاہئے", "بھیجیں", "بھیجو", "مجھے", "کریں",
     "کرو", "جی", "بھائی", "అండి", "చూపించు", "చూపించండి", "చూపండి", "పంపండి", "కావాలి", "నాకు", "చేయండి", "అన్నా", "దయచేసి",
     "gimme", "take", "also", "just", "now", "will", "would", "could", "oh", "um", "umm", "uh", "hmm", "well", "so",
     "بھی", "ابھی", "کو", "کیا", "ہیں", "ہے", "کی", "کا", "کے", "کر", "رکھیں", "కూడా", "ఇప్పుడు", "పెట్టండి", "పెట్టు",
     "చేయి", "చెయ్యి", "ఇవ్వండి", "ఉన్నాయా", "ఉందా", "ఒకసారి", "కాస్త"],
    ["dukanein", "dukane", "dukan", "shopulu", "andi", "zara", "dikhao", "dikhaen", "dikhayein", "dikha", "do",
     "dein", "den", "chahiye", "chahye", "chaiye", "bhejo", "bhejein", "mujhe", "karein", "karo", "kro", "ji",
     "bhi", "abhi", "ko", "kya", "hain", "hai", "ki", "kr", "kar", "kuda", "kooda", "ippudu", "pettandi", "pettu",
     "cheyyi", "ivvandi", "unnaya", "unda", "okasari", "kasta", "bhai", "yar", "chupinchu", "chupinchandi",
     "chupandi", "pampandi", "kavali", "naku", "cheyandi", "anna", "bro"],
)  # fmt: skip
"""May stand beside a command, and beside a choice."""

THUMBS = frozenset("👍🙏❤👌😊")
"""The same without a word."""

ABOUT_LANGUAGE = WordSet(
    ["in", "language", "lang", "speak", "talk", "reply", "text", "write", "send", "change", "switch", "جواب",
     "بدلو", "بدلیں", "మార్చండి", "మార్చు", "میں", "لکھیں", "لکھو", "زبان", "بولیں", "భాష", "లో", "చెప్పండి", "చెప్పు", "రాయండి",
     "మాట్లాడండి", "మాట్లాడు", "పంపండి", "వస్తుందా", "بات", "بتائیں", "بتاؤ", "بھیجیں", "بولو", "سمجھ", "آتی", "پیغام",
     "understand", "use", "message", "messages", "answer"],
    ["mein", "me", "main", "likho", "likhein", "zaban", "batao", "bolo", "baat", "lo", "cheppu", "cheppandi",
     "rayandi", "jawab", "badlo", "badlein", "badal", "marchandi", "marchu", "matladandi", "matladu", "bhasha",
     "bolte", "samajh", "aati", "ati", "vastunda"],
)  # fmt: skip
"""Beside the name of a language they ask for it."""

TELL = WordSet(
    ["alert", "notify", "inform", "tell", "let", "lemme", "call", "text", "msg", "message", "ping", "update", "بتا",
     "بتائیں", "بتانا", "اطلاع", "خبر", "చెప్పండి", "చెప్పు", "తెలపండి", "తెలియజేయండి", "పంపండి", "పెట్టండి", "మెసేజ్", "میسج",
     "پیغام", "کال"],
    ["bata", "batana", "bataen", "batain", "ittela", "khabar", "cheppandi", "cheppu", "chepandi", "telupandi",
     "teliyajeyandi", "pampandi"],
)  # fmt: skip
WHEN = WordSet(
    ["when", "once", "whenever", "جب", "آنے", "آئے", "آئی", "వచ్చాక", "వచ్చినప్పుడు", "వస్తే", "వచ్చిన"],
    ["jab", "aane", "aye", "aaye", "ajaye", "aajaye", "vachaka", "vachinappudu", "vaste", "vasthe", "vachina"],
)  # fmt: skip
WHEN_ENDINGS = tuple(map(fold, ("ినప్పుడు", "ినపుడు", "inappudu", "inapudu")))
"""A word of each is ALERT told in a sentence: "tell me when it is back"; Telugu has "when" at the end of the verb."""

IF = WordSet(["if", "اگر"], ["agar"])
ARRIVES = WordSet(["back", "comes", "come", "arrives", "restock", "restocked", "again"], ["aya", "aata"])
"""Of two such words the same: "if it comes back"; "if" alone asks for no alert."""

BACK_AGAIN = WordSet(
    ["back", "again", "have", "has", "you", "u", "it", "is", "in", "its", "stock", "available", "comes", "come",
     "arrives", "me", "know", "آ", "آئے", "جائے", "تو", "پر", "دیں", "دینا", "پھر", "దాని", "అది", "మళ్ళీ", "తర్వాత"],
    ["aa", "aaye", "aye", "ajaye", "jaye", "jae", "to", "tu", "tab", "par", "dena", "dein", "phir", "adi", "malli",
     "tarvata"],
)  # fmt: skip
"""Of a thing that is awaited."""

ORDINALS = {
    fold(name): number
    for number, names in enumerate(
        [["first", "1st", "one", "ek", "aik", "ایک", "oka", "okati", "ఒకటి", "ఒక", "pehla", "pehli", "pahla", "پہلا",
          "پہلی", "pehle", "pahle", "پہلے", "modati", "modatidi", "okato", "okatava", "ఒకటో", "మొదటి", "మొదటిది"],
         ["second", "2nd", "two", "do", "دو", "rendu", "రెండు", "dusra", "dusri", "doosra", "دوسرا", "دوسری",
          "دوسرے", "dusre", "doosre", "doosri", "rendo", "rendava", "rendodi", "రెండో", "రెండవ", "రెండోది"],
         ["third", "3rd", "three", "teen", "tin", "تین", "moodu", "mudu", "మూడు", "teesra", "tisra", "teesri",
          "تیسرا", "تیسری", "تیسرے", "teesre", "tisre", "tisri", "mudo", "moodo", "moodava", "మూడో", "మూడవ",
          "మూడోది"]],
        start=1,
    )
    for name in names
}  # fmt: skip
_NUMBERED = WordSet(
    ["option", "number", "no", "num", "the", "select", "choose", "pick", "then", "ok", "about", "details", "detail",
     "tell", "بتائیں", "بتاؤ", "بتا", "کا", "کی", "గురించి", "చెప్పండి", "చెప్పు", "వివరాలు", "please", "نمبر", "والا",
     "والی", "నంబర్", "నెంబర్", "ది"],
    ["wala", "wali", "vala", "batao", "bata", "batain", "bataen", "ka", "cheppandi", "cheppu", "gurinchi",
     "vivaralu", "number", "nambar", "di"],
)  # fmt: skip
BESIDE_CHOICES = (BESIDE_COMMANDS | _NUMBERED, _NUMBERED)
"""Beside the number of what is chosen; "do" and "one", too, are numbers beside fewer of them."""

COMMAND_OF = {text: act for act, texts in COMMANDS.items() for text in _folded(texts)}

STOPS_FIRST = _folded(["stop", "stopall", "unsubscribe", "unsub", "optout"])
"""Whatever follows one of these, it is an opt-out, but where a postal code shows that it is a question after all.

"STOP MILK" means the alerts on milk, and they are all that we send."""

STOPS = WordSet(
    ["stop", "stopall", "stop all", "stopp", "sstop", "stpo", "sotp", "unsubscribe", "unsubscibe", "unsubcribe",
     "unsub", "end", "quit", "revoke", "optout", "opt", "cancel", "remove", "arret", "arrêt", "td", "بند", "روکیں",
     "روکو", "روک", "ఆపు", "ఆపండి", "ఆపేయండి", "ఆపేయి", "మానేయండి", "వద్దు", "ఒద్దు"],
    ["band", "bund", "roko", "rokein", "rok", "aapu", "apu", "aapandi", "aapeyyi", "aapeyandi", "aapeyi",
     "maneyandi", "oddu", "vaddu", "voddu"],
)  # fmt: skip
"""One of these, and else nothing but words of ``ABOUT_TEXTS``, is an opt-out."""

ABOUT_TEXTS = WordSet(
    ["please", "pls", "plz", "now", "all", "this", "it", "that", "to", "the", "me", "us", "my", "from", "out",
     "off", "sending", "send", "texting", "text", "texts", "txt", "messaging", "message", "messages", "msg", "msgs",
     "sms", "alert", "alerts", "these", "your", "list", "number", "any", "more", "and", "immediately", "anymore",
     "you", "again", "ever", "want", "i", "بھیجنا", "بھیجنے", "بھیج", "کرنا", "junk", "spam", "crap", "stuff", "no",
     "کبھی", "سب", "سارے", "అన్నీ", "بھی", "ఇంకెప్పుడూ", "ఎప్పుడూ", "service", "services", "enough", "completely", "bro",
     "کرو", "کریں", "کر", "دو", "دیں", "دیجیے", "کردیں", "کردو", "کیجیے", "مجھے", "یہ", "آئندہ", "پیغام", "پیغامات",
     "میسج", "میسجز", "ایس", "ایم", "اب", "براہ", "کرم", "سروس", "بس", "اطلاع", "اطلاعات", "నాకు", "అలర్ట్", "అలర్ట్లు",
     "ఇక", "మెసేజ్", "మెసేజ్లు", "మెసేజులు", "సందేశాలు", "చేయండి", "దయచేసి", "ఎస్ఎంఎస్", "ఈ", "ఇది", "సర్వీస్", "సర్వీసు", "సేవ", "చాలు",
     "ఇంక", "ఇకపై", "పంపడం"],
    ["karo", "kro", "kar", "do", "kr", "karein", "karen", "kijiye", "karna", "jaye", "ab", "bhai", "mujhe", "ee",
     "idi", "aindah", "krdo", "kardo", "krden", "yar", "yaar", "paigham", "yeh", "ye", "den", "dein", "dena", "bas",
     "bhejna", "bhejne", "bhej", "kabhi", "sab", "anni", "bhi", "inkeppudu", "eppudu", "naku", "nannu", "ika",
     "inka", "meseg", "messagelu", "cheyandi", "ittela", "alertlu", "chalu", "ikapai", "pampadam"],
)  # fmt: skip

STOP_AND_SHOP = re.compile(r"\bstop\s*(?:&|\+|and|n)\s*shop\b", re.IGNORECASE)
"""The name of a supermarket, and no opt-out."""

TEXTS = WordSet(
    ["text", "texts", "txt", "message", "messages", "msg", "msgs", "sms", "alerts", "میسج", "میسیج", "میسجز",
     "پیغام", "پیغامات", "ایس ایم ایس", "మెసేజ్", "మెసేజ్లు", "మెసేజీలు", "మెసేజులు", "సందేశం", "సందేశాలు", "ఎస్ఎంఎస్"],
    ["mesej", "messej", "paigham", "messagelu", "sandesham", "sandeshalu"],
)  # fmt: skip
SERVICE = TEXTS | WordSet(["service", "سروس", "సర్వీస్", "సర్వీసు"])
"""May be unwanted, too; but a shop has one as well."""

NOT = WordSet(
    ["dont", "never", "مت", "نہ", "نہیں", "వద్దు", "ఒద్దు"],
    ["mat", "mt", "na", "nah", "nahi", "nahin", "vaddu", "oddu"],
)
NOT_ENDINGS = tuple(map(fold, ("కండి", "వద్దు", "ొద్దు", "kandi", "oddu", "vaddu")))
"""Telugu says it at the end of the verb. With one of ``TEXTS``, and else only words around them, it is an opt-out."""

STOP_PHRASES = _folded(
    ["unsubscribe", "unsubscibe", "unsubcribe", "stopall", "optout", "want to stop", "stop it", "stop this",
     "stop these", "opt out", "opt me out", "dont text", "dont contact", "do not contact", "stop contacting",
     "dont call", "do not call", "do not text", "dont message", "do not message", "dont send", "do not send",
     "stop texting", "stop sending", "off your list", "off this list", "off the list", "dont bother",
     "stop bothering", "tang na", "tang mat", "تنگ نہ", "تنگ مت", "bas karo", "bas kro", "بس کرو", "stop messaging",
     "no more texts", "no more messages", "leave me alone", "take me off", "unsubscribe me", "mat bhejo",
     "mat bhejna", "mat bhejein", "na bhejo", "nahi bhejo", "na bhejein", "mt bhejo", "msg mat", "message mat",
     "messages mat", "sms mat", "paigham mat", "میسج مت", "پیغام مت", "پیغام نہ", "مت بھیجو", "مت بھیجیں",
     "نہ بھیجیں", "نہ بھیجو", "నాకు వద్దు", "పంపవద్దు", "పంపకండి", "పంపొద్దు", "pampavaddu", "pampoddu", "pampakandi"]
)  # fmt: skip
"""Any of these, wherever it stands, is an opt-out: in doubt it costs nothing."""

URDU_WORDS = WordSet(
    heard=["atta", "krdo", "kardo", "likho", "shukriya", "salam", "assalam", "alaikum", "aoa", "bhai", "yar",
           "yaar", "haldi", "mirch", "adrak", "lehsan", "lahsan", "kela", "seb", "machar", "machhar", "bhool",
           "pehla", "dusra", "mera", "meri", "mere", "aas", "wala", "wali", "ke", "kay", "qareeb", "qarib",
           "kareeb", "paas", "mein", "hai", "hain", "kya", "kahan", "kidhar", "chahiye", "chahye", "chahie",
           "mujhe", "milega", "milay", "mile", "aur", "koi", "nahi", "karo", "karein", "bhejo", "mazeed", "wapas",
           "dobara", "madad", "zaban", "ittela", "doodh", "dudh", "dood", "cheeni", "chini", "anday", "anda",
           "ande", "chawal", "aata", "roti", "namak", "chai", "chaye", "pyaz", "piyaz", "sabun", "saboon", "dahi",
           "machis", "makhan", "makkhan", "dawai", "dawa", "sabzi", "gosht", "murghi", "daal", "aloo", "tamatar",
           "shuru", "shakar"]
)  # fmt: skip
TELUGU_WORDS = WordSet(
    heard=["pampakandi", "aapeyyi", "aapeyandi", "andi", "anna", "akka", "cheyandi", "cheppandi", "cheppu",
           "chupinchu", "pasupu", "karam", "bangaladumpa", "bangaladumpalu", "arati", "pandu", "pandlu", "vankaya",
           "domala", "mamidi", "vellulli", "allam", "kobbari", "chintapandu", "jeelakarra", "guddlu", "daggara",
           "dagara", "daggarlo", "daggaralo", "vadda", "lo", "kavali", "kaavali", "unda", "unnaya", "unnayi",
           "undi", "ekkada", "naku", "dorukutundi", "vaddu", "aapandi", "aapu", "pampandi", "pampavaddu", "venakki",
           "marinni", "inka", "malli", "sahayam", "bhasha", "modalu", "marchipo", "paalu", "palu", "biyyam",
           "gudlu", "guddu", "chakkera", "panchadara", "uppu", "nune", "noone", "neyyi", "perugu", "majjiga",
           "sabbu", "ullipaya", "ullipayalu", "rotte", "pindi", "aggipette", "kooragayalu", "mandulu", "pappu",
           "kodi", "chepa"]
)  # fmt: skip
"""Words that tell Roman Urdu and Roman Telugu from English."""

LANGUAGE_NAMES = {
    fold(name): tag
    for tag, names in {
        "en": ["english", "eng", "angrezi", "inglish", "انگریزی", "انگلش", "ఇంగ్లీష్", "ఇంగ్లీషు", "ఆంగ్లం", "en"],
        "ur": ["urdu", "urdu script", "اردو", "ఉర్దూ", "ur"],
        "te": ["telugu", "telegu", "telugu script", "తెలుగు", "تیلگو", "te"],
        "ur-Latn": ["roman urdu", "roman", "urdu roman"],
        "te-Latn": ["roman telugu", "telugu roman", "tenglish"],
    }.items()
    for name in names
}
