"""Numbers as a person types them in a terminal: `.001`, `1E-3`, `5%`, `1_000`, `0.8 0.1 0.1`, `80/10/10`.

Whatever could mean two things is refused with what to write instead: a decimal comma is never read as two
numbers, nor a comma between thousands as a new number. Nothing here knows what a number is for.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

_PLAIN = str.maketrans({"−": "-", "–": "-", "‐": "-", "‑": "-"})  # minus signs of word processors and tables
_QUOTES = ("''", '""', "‘’", "“”", "``")
_NOTHING = ("none", "null")
_NUMBER = re.compile(
    r"[+-]?(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+(_\d+)*)(e[+-]?\d{1,5})?(\s*%)?", re.IGNORECASE
)
_COMMAS = "Write decimals with a point, and thousands without a comma."
_MOST_DIGITS = 400  # the longest number that can be a float


def plain(text: str) -> str:
    """`text` in ASCII digits, signs and spaces where it has such of another width or writing, without outer
    spaces and quotes."""
    text = "".join(_plain_character(c) for c in text).translate(_PLAIN).strip()
    return unquoted(text)


def unquoted(text: str) -> str:
    """`text` without the quotes around it, and without spaces in and around them."""
    while len(text) > 1 and text[0] + text[-1] in _QUOTES:
        text = text[1:-1].strip()
    return text


def _plain_character(character: str) -> str:
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    kind, _, code = unicodedata.decomposition(character).partition(" ")
    if kind == "<wide>":
        return chr(int(code, 16))
    return " " if character.isspace() else character


def read_number(text: str, nothing: str = "none", percent: bool = True) -> int | float | None:
    """One number, or None for `none`, `null` and the word `nothing`.

    Args:
        percent: Whether `5%` is a number: .05. For a count it has no meaning.

    Raises:
        ValueError: `text` is no number, or could be two; its message says what to write, or is empty.
    """
    text = plain(text)
    if text.lower() in (*_NOTHING, nothing):
        return None
    if "," in text and _NUMBER.fullmatch(together := text.replace(",", "")):
        if not percent:
            raise ValueError(f"Write thousands without a comma: {together}.")
        if text.count(",") == 1 and "." not in text:
            raise ValueError(f"Write decimals with a point: {text.replace(',', '.')}.")
        raise ValueError(_COMMAS)
    if "%" in text and not percent:
        raise ValueError
    return _number(text)


def read_numbers(text: str, nothing: str = "none") -> list[int | float] | None:
    """Several numbers, with commas, semicolons, slashes, colons or spaces between them, in brackets or not;
    None for `null` and the word `nothing`.

    Raises:
        ValueError: a part is no number, or a comma could be a decimal one; its message says what to write.
    """
    text = plain(text)
    if text.lower() in (*_NOTHING, nothing):
        return None
    if text[:1] + text[-1:] in ("[]", "()"):
        text = text[1:-1].strip()
        if not text:
            return []
    separator = next((s for s in (";", "/", ":", ",") if s in text), None)
    parts = [part.strip() for part in text.split(separator)]
    if len(parts) > 1 and not parts[-1]:  # `128,`
        parts = parts[:-1]
    if not parts:
        raise ValueError
    if any("," in part or (separator == "," and _two(part)) for part in parts):
        raise ValueError(_COMMAS)
    return [_number(part) for part in parts]


def _two(part: str) -> bool:
    """Whether a part between commas shows that a comma is inside a number: `0,8 0,1`, or `1,024`."""
    return " " in part.removesuffix("%").strip() or re.match(r"0\d", part) is not None


def _number(text: str) -> int | float:
    if len(text) > _MOST_DIGITS or not _NUMBER.fullmatch(text):
        raise ValueError
    try:
        exact = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        raise ValueError from None
    if text.endswith("%"):
        exact /= 100  # a decimal division: 33.3% is the float .333, and so has its key
    elif re.fullmatch(r"[+-]?[\d_]+", text):
        return int(text)
    return float(exact)


def in_percent(numbers: list[int | float]) -> list[int | float]:
    """Shares, where `numbers` are positive and add up to 100; else `numbers` as they are."""
    exact = [Decimal(str(number)) for number in numbers]
    if sum(exact) == 100 and all(share > 0 for share in exact):
        return [float(share / 100) for share in exact]
    return numbers


def choice_among(choices: Mapping[str, str]) -> Callable[[str], Any]:
    """A reader of one of `choices` (value -> in words): either is taken, in any case, with any of space,
    hyphen and underscore between words. What is none of them is given back as it is."""

    def folded(text: str) -> str:
        return re.sub(r"[\s_-]+", "_", text.strip().casefold())

    known = {folded(words): value for value, words in choices.items()} | {folded(v): v for v in choices}

    def read(text: str) -> str:
        return known.get(folded(plain(text)), text)

    return read
