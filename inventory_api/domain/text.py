"""Words as people write them, reduced to what two spellings of one word share.

``fold`` undoes what keyboards and styles add; ``skeleton`` goes further, across scripts: پیناڈول,
పనాడోల్ and penadol are all ``pndl``. A skeleton proposes, it never decides: short ones collide.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

# Arabic keyboards' letters as Urdu ones: yeh, alef maksura, kaf, three kinds of heh, teh marbuta, alefs.
_URDU = str.maketrans(
    "\u064a\u0649\u0643\u0647\u06be\u0629\u06c3\u0623\u0625\u0671",
    "\u06cc\u06cc\u06a9\u06c1\u06c1\u06c1\u06c1\u0627\u0627\u0627",
)
_APOSTROPHES = "'`\u2018\u2019\u02bc\u00b4"
_ARABIC_MARKS = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640"
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_HEBREW_MARKS = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
_DROPPED = re.compile(f"[{_ARABIC_MARKS}{_HEBREW_MARKS}{_INVISIBLE}{_APOSTROPHES}]")
# Vowel signs are parts of words, whatever \w says: of India's scripts (not the danda), Thai, Lao, Burmese and Khmer.
_VOWEL_SIGNS = "\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ecd\u1000-\u109f\u17b4-\u17d3"
_BREAK = re.compile(rf"[^\w{_VOWEL_SIGNS}]+|_")
# Short i of Cyrillic is a letter, no i with an accent.
_ACCENTS = re.compile("(?!\u0438\u0306)([a-z\u03b1-\u03c9\u0430-\u044f\u0456])[\u0300-\u036f]+")


def fold(text: str) -> str:
    """Lower case, one kind of each Urdu letter, ASCII digits, words parted by single blanks.

    Latin, Greek and Cyrillic letters lose their accents.
    """
    if text.isascii():
        return _BREAK.sub(" ", text.lower().replace("'", "").replace("`", "")).strip()
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _DROPPED.sub("", text.translate(_URDU))
    text = unicodedata.normalize("NFC", _ACCENTS.sub(r"\1", unicodedata.normalize("NFD", text)))
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    return _BREAK.sub(" ", text).strip()


# The dot of Telugu and Devanagari is an n but before p, b and m, and at the end.
_ANUSVARA = re.compile("[\u0c02\u0902](?![\u0c2a-\u0c2e\u092a-\u092e]|$)")
# Alef is a vowel, cheh no soft c.
_LETTERS = str.maketrans({"\u0627": "a", "\u0622": "a", "\u0686": "ch", "\u0c1a": "ch", "\u091a": "ch"})
_DIGRAPHS = re.compile(r"([kgjtdbsz])h")
_SOFT_C = re.compile(r"c(?=[eiy])")
_HARD = re.compile(r"ck|[qc](?!h)")
_WEAK = re.compile(r"(?<=.)[aeiouhyv]")
_DOUBLE = re.compile(r"(.)\1+")


@lru_cache(maxsize=100_000)
def skeleton(word: str) -> str:
    """The consonants of one folded word in Latin letters, alike spellings made one."""
    return _DOUBLE.sub(r"\1", consonants(word))


def consonants(word: str) -> str:
    """The same where a vowel between two equal ones keeps them apart: cola is no coca."""
    return _WEAK.sub("", _DOUBLE.sub(r"\1", reading(word)))


def reading(word: str) -> str:
    """One folded word in Latin letters, consonants that sound alike made one; ``skeleton`` before it drops vowels."""
    text = re.sub(r"[^a-z0-9]", "", anyascii(_told_apart(word)).lower())
    text = _DIGRAPHS.sub(r"\1", text).replace("ph", "f")
    text = _HARD.sub("k", _SOFT_C.sub("s", text))
    return text.replace("w", "v").replace("x", "ks").replace("z", "s").replace("ch", "C")


def _told_apart(word: str) -> str:
    """Letters that a transliteration letter by letter loses or confuses."""
    return word if word.isascii() else _ANUSVARA.sub("n", word).translate(_LETTERS)


def skeletons(text: str) -> str:
    """The skeleton of each word of a folded text."""
    return " ".join(filter(None, map(skeleton, text.split())))


def run_together(name: str) -> str:
    """A folded name however people part its words: kukat pally, johartown; and Gulshan-e-Iqbal without its vowel."""
    return name.replace(" e ", "").replace(" ", "")


def sound_of(name: str) -> str:
    """The skeleton of a folded name without what scripts and people leave out: which vowel is first, the blanks.

    Gulshan-e-Iqbal has a vowel that links, and is written without; LB Nagar has letters, which Telugu spells out.
    """
    words = (word for word in with_letters(name).split() if reading(word) not in _LINKS)
    return _FIRST_VOWEL.sub("a", skeleton("".join(words)))


def with_letters(name: str) -> str:
    """A folded text with the letters that Urdu and Telugu spell by their names as one word: LB Nagar, ORS."""
    return name if name.isascii() else _SPELLED_OUT.sub(_letters, name)


_LETTERS_BY_NAME = {
    "ఏ": "a", "ఎ": "a", "బీ": "b", "బి": "b", "సీ": "c", "సి": "c", "డీ": "d", "డి": "d", "ఈ": "e", "ఇ": "e", "జీ": "g",
    "జి": "g", "ఐ": "i", "జే": "j", "కే": "k", "కె": "k", "ఓ": "o", "పీ": "p", "పి": "p", "టీ": "t", "టి": "t", "యూ": "u",
    "వీ": "v", "వి": "v", "వై": "y", "ఎఫ్": "f", "హెచ్": "h", "ఎల్": "l", "ఎం": "m", "ఎమ్": "m", "ఎన్": "n", "ఆర్": "r",
    "ఎస్": "s", "ఎక్స్": "x", "యు": "u", "డబ్ల్యూ": "w", "క్యూ": "q", "జెడ్": "z",
    "اے": "a", "بی": "b", "سی": "c", "ڈی": "d", "ای": "e", "ایف": "f", "ایچ": "h", "آئی": "i", "جے": "j", "ایل": "l",
    "ایم": "m", "این": "n", "او": "o", "پی": "p", "کیو": "q", "آر": "r", "ایس": "s", "ٹی": "t", "یو": "u", "وی": "v",
    "ڈبلیو": "w", "ایکس": "x", "وائی": "y", "زیڈ": "z",
}  # fmt: skip
_UNLIKE_SYLLABLES = frozenset("fhlmnrsx")
"""Their names end in a consonant, so that they are hardly a syllable of a word, as "city" has two letters' names."""

# Telugu writes them as one word, too; what is one word of Urdu is another: ایسی is no e and c.
_A_LETTER = re.compile("|".join(sorted(_LETTERS_BY_NAME, key=len, reverse=True)))
_IN_TELUGU = "|".join(name for name in _LETTERS_BY_NAME if name > "\u0c00")
_SPELLED_OUT = re.compile(
    rf"(?<!\S)(?:(?:{_A_LETTER.pattern})(?: (?:{_A_LETTER.pattern}))+(?!\S)|(?:{_IN_TELUGU})(?: ?(?:{_IN_TELUGU}))+)"
)


def _letters(spelled: re.Match[str]) -> str:
    letters = [_LETTERS_BY_NAME[name] for name in _A_LETTER.findall(spelled[0])]
    return "".join(letters) if _UNLIKE_SYLLABLES.intersection(letters) else spelled[0]


_LINKS = frozenset("aeiou")
_FIRST_VOWEL = re.compile("^[eiou]")
_SCRIPTS = (("arabic", "\u0600", "\u06ff"), ("telugu", "\u0c00", "\u0c7f"), ("devanagari", "\u0900", "\u097f"))


def script_of(text: str) -> str:
    """``latin``, ``arabic``, ``telugu``, ``devanagari``, ``other``, or ``mixed``: by the letters."""
    found = {_script_of_letter(char) for char in text if char.isalpha()}
    return found.pop() if len(found) == 1 else ("mixed" if found else "latin")


def _script_of_letter(char: str) -> str:
    if char < "\u0250" or "\u1e00" <= char <= "\u1eff":
        return "latin"
    return next((name for name, first, last in _SCRIPTS if first <= char <= last), "other")
