"""Commands told in sentences: "show me other shops", "go back to the list", "thanks a lot".

A sentence is a command if it has one word of each of its kinds, and else only words that may stand around them: a word
that is none of them is a thing that is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inventory_api.channels.sms.talk.surroundings import COURTESY, FILLERS, HERE
from inventory_api.channels.sms.talk.vocabulary import BESIDE_COMMANDS, Act
from inventory_api.channels.sms.talk.wordset import WordSet

_DELETE = WordSet(
    ["delete", "erase", "forget", "wipe", "clear", "remove", "undo", "مٹا", "مٹائیں", "مٹاؤ", "حذف", "ڈیلیٹ", "ختم",
     "بھول", "ہٹا", "ہٹاؤ", "ہٹائیں", "తొలగించు", "తొలగించండి", "తీసేయండి", "తీసేయి", "డిలీట్", "మర్చిపో", "మర్చిపోండి", "రద్దు"],
    ["mita", "mitao", "hata", "hatao", "khatam", "bhool", "bhul", "tolaginchu", "tolaginchandi", "teeseyandi",
     "teesey", "marchipo", "marchipondi", "delete", "raddu"],
)  # fmt: skip
_DATA = WordSet(
    ["location", "place", "address", "where", "data", "info", "information", "details", "history", "number",
     "account", "ڈیٹا", "معلومات", "نمبر", "డేటా", "వివరాలు", "నంబర్", "నెంబర్"],
    ["data", "deta", "maloomat", "vivaralu", "nambar"],
)  # fmt: skip
_ALERTS = WordSet(
    ["alert", "alerts", "notification", "notifications", "reminder", "اطلاع", "الرٹ", "అలర్ట్", "అలర్ట్లు"],
    ["ittela", "ittila"],
)
_OTHERS = WordSet(
    ["more", "other", "others", "another", "else", "additional", "different", "rest", "next", "remaining", "مزید",
     "اور", "علاوہ", "دوسری", "دوسرے", "دیگر", "باقی", "اگلی", "అదనపు", "ఇంకా", "ఇంకో", "ఇంకొన్ని", "ఇంకెక్కడ", "ఇంకెవరి",
     "మరిన్ని", "మరికొన్ని", "వేరే", "ఇతర", "మిగతా"],
    ["ilawa", "mazeed", "mazid", "aur", "dusri", "doosri", "dusre", "doosre", "baqi", "baaki", "agli", "inka",
     "inko", "inkonni", "inkekkada", "inkevari", "marinni", "marikonni", "vere", "itara", "migata"],
)  # fmt: skip
_LISTED = WordSet(
    ["results", "result", "list", "page", "names", "ones", "kuch", "کچھ", "جگہ", "جگہیں", "دکانوں", "لسٹ", "چند",
     "చోట్ల", "చోట", "లిస్ట్"],
    ["kuch", "kuchh", "jagah", "jaga", "dukanon", "dukanen", "shapulu", "chota", "chotla"],
)  # fmt: skip
_FAR = WordSet(
    ["wider", "further", "farther", "beyond", "bigger", "larger", "expand", "widen", "extend", "increase", "دور",
     "دوری", "دائرہ", "آگے", "దూరమైనా", "దూరమైన", "దూరం", "దూరంలో", "దూరంగా", "దూరపు"],
    ["aage", "agay", "aagay", "duramaina", "dooramaina", "door", "dur", "duranga", "dooranga", "dooram", "duram",
     "dooramlo", "dooramga"],
)  # fmt: skip
_SOMEWHAT = WordSet(
    ["a", "little", "bit", "lil", "more", "too", "also", "away", "out", "off", "the", "than", "that", "area",
     "radius", "distance", "range", "circle", "any", "anything", "anywhere", "something", "somewhere", "is",
     "there", "are", "in", "go", "no", "تھوڑا", "تھوڑی", "تھوڑے", "سا", "سے", "بھی", "اور", "مزید", "زیادہ", "میں",
     "تک", "کی", "کہیں", "کوئی", "بڑا", "بڑھا", "بڑھائیں", "ہے", "ఇంకొంచెం", "కొంచెం", "కాస్త", "ఇంకా", "లో", "మరింత", "ఉన్న",
     "ఉన్నా", "పర్వాలేదు", "పర్లేదు", "పరవాలేదు", "అయినా", "వెళ్ళి", "اس", "fine", "ok"],
    ["thora", "thoda", "thori", "thodi", "sa", "se", "bhi", "aur", "mazeed", "zyada", "ziada", "mein", "tak", "ki",
     "kahin", "koi", "bara", "barha", "barhao", "hai", "inkonchem", "inkoncham", "konchem", "koncham", "kasta",
     "is", "aina", "ayina", "parledu", "parvaledu", "inka", "lo", "marinta", "unna"],
)  # fmt: skip
_LOOK = WordSet(
    ["look", "search", "check", "try", "see", "find", "send", "do", "now", "same", "ok", "دیکھ", "دیکھو", "دیکھیں",
     "دیکھنا", "لیں", "لو", "ڈھونڈو", "ڈھونڈیں", "تلاش", "چیک", "کوشش", "کر", "سے", "وہی", "ایک", "بار", "చూడండి",
     "చూడు", "వెతకండి", "వెతుకు", "వెతకు", "చెక్", "ప్రయత్నించండి", "ప్రయత్నించు", "ట్రై", "ఒకసారి", "చెప్పండి", "చెప్పు"],
    ["dekh", "dekho", "dekhein", "dekhen", "dekhna", "lo", "lein", "len", "dhoondo", "dhundo", "talash", "koshish",
     "kar", "kr", "se", "say", "wohi", "ek", "aik", "bar", "baar", "chudu", "chudandi", "chusi", "vetakandi",
     "vetuku", "prayatninchandi", "okasari", "cheppandi", "cheppu"],
)  # fmt: skip
_BEFORE = WordSet(
    ["back", "previous", "earlier", "closer", "nearer", "قریبی", "نزدیکی", "దగ్గరి", "واپس", "پیچھے", "پچھلی",
     "پچھلا", "پہلے", "వెనక్కి", "వెనకకు", "మునుపటి", "ముందటి", "పాత"],
    ["qareebi", "nazdeeki", "daggari", "wapas", "wapis", "vapas", "peeche", "pichay", "pichli", "pichhli", "pichla",
     "pehle", "venakki", "venakku", "munupati", "mundati", "paata"],
)  # fmt: skip
_GO = WordSet(
    ["go", "to", "the", "a", "step", "list", "page", "screen", "menu", "take", "last", "جائیں", "جاؤ", "جانا",
     "چلو", "چلیں", "لسٹ", "فہرست", "والی", "والا", "పేజీ", "లిస్ట్", "జాబితా", "వెళ్ళు", "వెళ్లు", "వెళ్ళండి", "వెళ్లండి", "వెళ్దాం"],
    ["jao", "jaen", "jayen", "jayein", "jaana", "chalo", "chalein", "fehrist", "wali", "wala", "vellu", "vellandi",
     "velladam", "jabita"],
)  # fmt: skip
_ANEW = WordSet(
    ["again", "retry", "repeat", "resend", "refresh", "دوبارہ", "دوبارا", "پھر", "మళ్ళీ", "మళ్లీ", "మరోసారి", "ఇంకోసారి"],
    ["dobara", "dubara", "phir", "phirse", "malli", "mallee", "marosari", "inkosari"],
)
_THANKS = WordSet(
    ["thank", "thanks", "thnx", "thnks", "tnx", "thanx", "thx", "tq", "ty", "tysm", "cheers", "شکریہ", "جزاک",
     "تھینکس", "تھینک", "ధన్యవాదాలు", "ధన్యవాదములు", "థాంక్స్", "థ్యాంక్స్", "థాంక్యూ", "కృతజ్ఞతలు"],
    ["shukriya", "shukria", "shukriyah", "jazakallah", "jazakullah", "jazak", "dhanyavadalu", "dhanyavaadalu",
     "dhanyavadamulu", "krutagnatalu"],
)  # fmt: skip
_HEARTILY = WordSet(
    ["very", "much", "so", "lot", "lots", "a", "ton", "many", "for", "your", "that", "this", "it", "is", "was",
     "bye", "all", "again", "the", "help", "info", "helping", "good", "great", "ok", "okay", "perfect", "nice",
     "awesome", "no", "got", "بہت", "آپ", "کا", "اللہ", "خیر", "یو", "సహాయానికి", "చాలా", "మీకు", "మీ", "ఓకే", "సరే"],
    ["bohat", "bahut", "bohot", "buhat", "bht", "boht", "aap", "ap", "ka", "allah", "khair", "chala", "chaala",
     "meeku", "miku", "sare", "acha", "theek", "hai"],
)  # fmt: skip

_FINE = WordSet(
    ["ok", "okay", "k", "kk", "okey", "great", "cool", "perfect", "nice", "awesome", "good", "fine", "alright",
     "bye", "goodbye", "cya", "goodnight", "ٹھیک", "اچھا", "خدا", "حافظ", "اوکے", "సరే", "ఓకే", "మంచిది", "సెలవు"],
    ["theek", "thik", "teek", "acha", "accha", "achha", "sare", "khuda", "hafiz", "manchidi", "selavu", "oke"],
)  # fmt: skip
_THEN = WordSet(
    ["then", "all", "good", "now", "night", "it", "is", "you", "u", "ہے", "جی", "ఉంటాను"], ["hai", "phir", "untanu"]
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """``kinds``: a word of each is needed; ``around``: what else it may have."""

    act: Act
    kinds: tuple[WordSet, ...]
    around: WordSet


_AROUND = FILLERS | BESIDE_COMMANDS | HERE
_SENTENCES = (
    _Sentence(Act.NOTHING, (_THANKS,), BESIDE_COMMANDS | COURTESY | _HEARTILY),
    _Sentence(Act.NOTHING, (_FINE,), COURTESY | _THEN),
    _Sentence(Act.NOALERT, (_DELETE, _ALERTS), _AROUND),
    _Sentence(Act.FORGET, (_DELETE, _DATA), _AROUND),
    _Sentence(Act.WIDER, (_FAR,), BESIDE_COMMANDS | _SOMEWHAT | _LOOK | _LISTED),
    _Sentence(Act.BACK, (_BEFORE,), BESIDE_COMMANDS | _GO | _SOMEWHAT),
    _Sentence(Act.AGAIN, (_ANEW,), BESIDE_COMMANDS | _LOOK),
    _Sentence(Act.MORE, (_OTHERS,), _AROUND | _LISTED),
)
"""The first that fits is meant: "a little more to the back" is no MORE. Who wants it nearer wants the list's begin."""


def told(words: Sequence[str]) -> Act | None:
    """The command that folded words are a sentence of; None: they are of none."""
    return next((sentence.act for sentence in _SENTENCES if _is(sentence, words)), None)


def _is(sentence: _Sentence, words: Sequence[str]) -> bool:
    return all(any(word in kind for word in words) for kind in sentence.kinds) and all(
        word in sentence.around or any(word in kind for kind in sentence.kinds) for word in words
    )
