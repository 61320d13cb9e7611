"""In which code page the names in a zip are written that does not say so.

Windows writes them in that of its language. Of each code page it is asked whether all names, read by it, are
words of one script, as people write them; it is taken where no other gives other names that are. Read by a
wrong one, words nearly always hold signs that are no letters, letters of two scripts, or capitals in their
midst. Of the pages of East Asia only the older, smaller sets of letters are asked, which nearly all words are
written with.
"""

import re
import unicodedata
from collections.abc import Collection

MOST = 2_000  # names that are looked at
_LATIN, _CYRILLIC, _GREEK = ("LATIN",), ("CYRILLIC",), ("GREEK",)
_CHINESE = ("CJK UNIFIED",)
_SCRIPTS = {  # code page -> how Unicode calls the letters of its language
    "cp866": _CYRILLIC, "cp1251": _CYRILLIC, "cp737": _GREEK,
    "cp850": _LATIN, "cp852": _LATIN, "cp1252": _LATIN,
    "cp932": ("HIRAGANA", "KATAKANA LETTER", "CJK UNIFIED"), "gb2312": _CHINESE, "big5": _CHINESE,
    "euc_kr": ("HANGUL SYLLABLE",),
}  # fmt: skip
_MARKS = "ー・（）\u3000"  # that stand among letters of Japanese and Chinese
_WORD = re.compile(r"[^\W\d_]+")


def guess(names: Collection[bytes]) -> str | None:
    """The code page, by Python's name, of names that are not ASCII; None where it cannot be told."""
    some = sorted(set(names))[:MOST]
    found = {page: texts for page in _SCRIPTS if (texts := _read(some, page)) is not None}
    return next(iter(found)) if some and len({tuple(texts) for texts in found.values()}) == 1 else None


def _read(names: list[bytes], page: str) -> list[str] | None:
    """The names by a code page, where they are words by it."""
    try:
        texts = [name.decode(page) for name in names]
    except UnicodeError:
        return None
    fits = _is_cased if _SCRIPTS[page] in (_LATIN, _CYRILLIC, _GREEK) else _is_uncased
    return texts if all(_is_of(text, page) and fits(text, page) for text in texts) else None


def _is_of(text: str, page: str) -> bool:
    odd = (letter for letter in text if not letter.isascii() and letter not in _MARKS)
    return all(
        unicodedata.category(one)[0] == "L" and unicodedata.name(one, "").startswith(_SCRIPTS[page])
        for one in odd
    )


def _is_cased(text: str, page: str) -> bool:
    """Whether its words are small, capital, or begin with a capital; and of one script."""
    for word in _WORD.findall(text):
        odd = sum(not letter.isascii() for letter in word)
        if "ς" in word[:-1]:  # it ends words
            return False
        if odd and word not in (word.lower(), word.upper(), word.capitalize()):
            return False
        if odd and (2 * odd > len(word) if _SCRIPTS[page] == _LATIN else odd < len(word)):
            return False
    return True


def _is_uncased(text: str, page: str) -> bool:
    """Whether none of its letters touches one of ASCII."""
    return not re.search(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]", text)
