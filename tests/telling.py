"""What a sentence must tell, however it is worded: its numbers, names and verdict."""

import re

from core.statistics.verdict import Verdict
from core.wording.verdicts import VERDICTS


def tells(text: str, *what: str | int | float | Verdict) -> bool:
    """Whether one line of `text` holds all of these: a text as it is, a verdict by its words.

    A number stands alone: 38 is not found in 380 or 3.8.

    Stars, backticks and backslashes of Markdown, and the difference between kinds of space do not count.
    """
    lines = re.sub(r"[*`\\]", "", text).replace("\u00a0", " ").splitlines()
    return any(all(_in(line, part) for part in what) for line in lines)


def _in(line: str, part: str | int | float | Verdict) -> bool:
    if isinstance(part, Verdict):
        return VERDICTS[part] in line
    if isinstance(part, str):
        return part in line
    return re.search(rf"(?<![\d.,]){re.escape(f'{part:,}')}(?![\d]|[.,]\d)", line) is not None
