"""Opt-outs: whoever wants no more texts is heard in any language and any reasonable words, and before everything else.

Rules, and no matter of likelihood: what is written here is an opt-out whatever else may be learned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from inventory_api.channels.sms.talk.surroundings import COURTESY, FILLERS
from inventory_api.channels.sms.talk.vocabulary import folded
from inventory_api.channels.sms.talk.wordset import WordSet
from inventory_api.domain.text import fold

_POSTCODE = re.compile(r"\d{5,6}")

_STOPS_FIRST = folded(["stop", "stopall", "unsubscribe", "unsub", "optout"])
"""Whatever follows one of these, it is an opt-out, but where a postal code shows that it is a question after all.

"STOP MILK" means the alerts on milk, and they are all that we send."""

_STOPS = WordSet(
    ["stop", "stopall", "stop all", "stopp", "sstop", "stpo", "sotp", "unsubscribe", "unsubscibe", "unsubcribe",
     "unsub", "end", "quit", "revoke", "optout", "opt", "cancel", "remove", "arret", "arrêt", "td", "بند", "روکیں",
     "روکو", "روک", "ఆపు", "ఆపండి", "ఆపేయండి", "ఆపేయి", "మానేయండి", "వద్దు", "ఒద్దు"],
    ["band", "bund", "roko", "rokein", "rok", "aapu", "apu", "aapandi", "aapeyyi", "aapeyandi", "aapeyi",
     "maneyandi", "oddu", "vaddu", "voddu"],
)  # fmt: skip
"""One of these, and else nothing but words of ``_ABOUT_TEXTS``, is an opt-out."""

_ABOUT_TEXTS = WordSet(
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

_STOP_AND_SHOP = re.compile(r"\bstop\s*(?:&|\+|and|n)\s*shop\b", re.IGNORECASE)
"""The name of a supermarket, and no opt-out."""

_TEXTS = WordSet(
    ["text", "texts", "txt", "message", "messages", "msg", "msgs", "sms", "alerts", "میسج", "میسیج", "میسجز",
     "پیغام", "پیغامات", "ایس ایم ایس", "మెసేజ్", "మెసేజ్లు", "మెసేజీలు", "మెసేజులు", "సందేశం", "సందేశాలు", "ఎస్ఎంఎస్"],
    ["mesej", "messej", "paigham", "messagelu", "sandesham", "sandeshalu"],
)  # fmt: skip
_SERVICE = _TEXTS | WordSet(["service", "سروس", "సర్వీస్", "సర్వీసు"])
"""May be unwanted, too; but a shop has one as well."""

_NOT = WordSet(
    ["dont", "never", "مت", "نہ", "نہیں", "వద్దు", "ఒద్దు"],
    ["mat", "mt", "na", "nah", "nahi", "nahin", "vaddu", "oddu"],
)
_NOT_ENDINGS = tuple(map(fold, ("కండి", "వద్దు", "ొద్దు", "kandi", "oddu", "vaddu")))
"""Telugu says it at the end of the verb. With one of ``_TEXTS``, and else only words around them, it is an opt-out."""

_STOP_PHRASES = folded(
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

_BESIDE_COMMANDS = WordSet(
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
"""May stand beside an opt-out."""


def is_opt_out(text: str) -> bool:
    """Whether a message wants no more texts, in any language and any reasonable words."""
    words = fold(text).split()
    told = f" {' '.join(words)} "
    if any(f" {phrase} " in told for phrase in _STOP_PHRASES):
        return True
    is_name = _STOP_AND_SHOP.match(text) is not None and not any(word in _TEXTS for word in words)
    if not (is_name or _STOPS_FIRST.isdisjoint(words[:1]) or any(map(_POSTCODE.fullmatch, words))):
        return True
    if any(word in _SERVICE for word in words) and any(word in _NOT or word.endswith(_NOT_ENDINGS) for word in words):
        others = [word for word in words if not (word.endswith(_NOT_ENDINGS) or word in _ABOUT_TEXTS)]
        return _are_all(others, _SERVICE, _NOT)
    around = (_STOPS, _ABOUT_TEXTS, COURTESY)
    others = [word for word in words if not any(word in kind for kind in around)]
    # Who speaks of texts may use a word that we do not know: in doubt it costs nothing.
    most = 1 if any(word in _TEXTS for word in words) else 0
    return any(word in _STOPS for word in words) and len(others) <= most


def _are_all(words: Sequence[str], *kinds: WordSet) -> bool:
    """Whether words are of these kinds, and else only around what is meant."""
    return all(any(word in kind for kind in (FILLERS, _BESIDE_COMMANDS, *kinds)) for word in words)
