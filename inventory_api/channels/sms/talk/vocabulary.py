"""Commands by their names, and other words that the grammar knows, in English, Urdu and Telugu, also in Latin letters.

How commands are told in sentences is learned: see ``learned``.
Written as people text them; ``fold`` makes them comparable. Never among our own words: STOP, END, CANCEL, QUIT, YES,
START, UNSTOP, INFO, which operators answer themselves.
"""

from __future__ import annotations

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


def folded(texts: Iterable[str]) -> frozenset[str]:
    """Texts as ``fold`` makes them comparable."""
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
    Act.NOALERT: ["noalert", "no alert", "no alerts", "cancel alert", "cancel my alert", "undo",
                  "ittela nahi", "اطلاع نہیں", "alert vaddu",
                  "అలర్ట్ వద్దు"],
    Act.LANG: ["lang", "language", "languages", "zaban", "zuban", "زبان", "bhasha", "basha", "భాష"],
    Act.FORGET: ["forget", "forget me", "bhool jao", "bhul jao", "بھول جاؤ", "بھول جائیں", "marchipo", "marichipo",
                 "మర్చిపో", "మరచిపో"],
    Act.AGAIN: ["again", "retry", "dobara", "phir se", "دوبارہ", "پھر سے", "malli", "మళ్ళీ", "మళ్లీ"],
}  # fmt: skip
THUMBS = frozenset("👍🙏❤👌😊")
"""The same without a word."""

AWAITING = WordSet(
    ["alert", "notify", "notified", "inform", "tell", "let", "lemme", "call", "text", "msg", "message", "ping",
     "update", "when", "once", "whenever", "if", "as", "soon", "back", "again", "have", "has", "gets", "get", "you",
     "u", "it", "is", "are", "in", "its", "stock", "restock", "restocked", "available", "comes", "come", "arrives",
     "me", "know", "بتا", "بتائیں", "بتانا", "بتائیے", "اطلاع", "خبر", "میسج", "پیغام", "کال", "جب", "آنے", "آئے",
     "آئی", "آ", "آجائے", "آجائیں", "جائے", "جائیں", "تو", "پر", "دیں", "دینا", "دیجیے", "پھر", "اگر", "చెప్పండి",
     "చెప్పు", "తెలపండి", "తెలియజేయండి", "పంపండి", "పెట్టండి", "చేయండి", "నాకు", "మెసేజ్", "వచ్చాక", "వచ్చినప్పుడు",
     "వస్తే", "వచ్చిన", "వెంటనే", "దాని", "అది", "మళ్ళీ", "తర్వాత"],
    ["bata", "batana", "bataen", "batain", "ittela", "khabar", "jab", "aane", "aye", "aaye", "ajaye", "aajaye",
     "jaye", "jayen", "jae", "aa", "aya", "aata", "agar", "to", "tu", "tab", "par", "dena", "dein", "phir",
     "cheppandi", "cheppu", "chepandi", "telupandi", "teliyajeyandi", "pampandi", "pettandi", "cheyandi", "naku",
     "vachaka", "vachinappudu", "vaste", "vasthe", "vachina", "ventane", "adi", "malli", "tarvata"],
)  # fmt: skip
WHEN_ENDINGS = tuple(map(fold, ("ినప్పుడు", "ినపుడు", "inappudu", "inapudu")))
"""Around a thing that is awaited: "tell me when milk is back". Telugu has "when" at the end of the verb."""

COMMAND_OF = {text: act for act, texts in COMMANDS.items() for text in folded(texts)}

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
