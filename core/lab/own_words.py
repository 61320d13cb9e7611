"""What a person wrote on Lab questions, and the evidence they chose. No TensorFlow.

    <home>/people/<id>/lab.json
        {"name": ..., "answers": {"2": {"words": ..., "quoted": bool, "runs": {<data set>: <run key>}}}}

It is a person's own wherever they are logged in, else a browser's. It goes with the rest of their folder
(`core.people.forgetting`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import damage, ownership
from core.files import remove, update_json
from core.keys import is_key

MOST_LETTERS = 4000  # of one answer: two pages
MOST_NAME = 80  # letters
MOST_DATA_SETS = 20  # for which a question remembers its run; older ones go
FILE = "lab.json"


@dataclass(frozen=True)
class OwnAnswer:
    """What one person has to one question.

    Attributes:
        words: Their own, at most `MOST_LETTERS`.
        quoted: Whether what the app would say stands below them in the document.
        runs: Data set -> key of the run they chose as evidence on it.
    """

    words: str = ""
    quoted: bool = False
    runs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OwnWords:
    """Everything one person wrote.

    Attributes:
        name: As it is to stand on the document; may be empty.
        answers: By the question's number; what was never touched is not in it.
    """

    name: str = ""
    answers: Mapping[int, OwnAnswer] = field(default_factory=dict)

    def to(self, number: int) -> OwnAnswer:
        """The answer to a question, empty where there is none."""
        return self.answers.get(number, OwnAnswer())


def read(home: Path, who: str) -> OwnWords:
    """What a person wrote; nothing where the file is missing. A damaged one is set aside.

    Args:
        who: Name of their folder: `Person.id`, or what stands for a browser.
    """
    plain = _dict(damage.read_json(_path(home, who), home, _is_record))
    answers = {
        int(number): _answer(said)
        for number, said in _dict(plain.get("answers")).items()
        if number.isdecimal()
    }
    return OwnWords(_text(plain.get("name"), MOST_NAME), answers)


def sign(home: Path, who: str, name: str) -> None:
    """Keep the name for the document, cut to `MOST_NAME` letters. Raises StoreError."""
    _change(home, who, lambda plain: {"name": _text(name, MOST_NAME).strip()})


def write(home: Path, who: str, number: int, words: str) -> None:
    """Keep an answer, cut to `MOST_LETTERS`. Raises StoreError."""
    _answer_with(home, who, number, lambda said: {"words": _text(words, MOST_LETTERS)})


def quote(home: Path, who: str, number: int, quoted: bool) -> None:
    """Whether the document also says what the app would say. Raises StoreError."""
    _answer_with(home, who, number, lambda said: {"quoted": quoted})


def choose_run(home: Path, who: str, number: int, data_set: str, run_key: str | None) -> None:
    """The evidence on one data set; None leaves it to the app again. Raises StoreError."""

    def chosen(said: dict[str, Any]) -> dict[str, Any]:
        known = {name: key for name, key in _dict(said.get("runs")).items() if name != data_set}
        kept = list(known.items())[-(MOST_DATA_SETS - 1) :]
        return {"runs": dict([*kept, (data_set, run_key)] if run_key else kept)}

    _answer_with(home, who, number, chosen)


def forget(home: Path, who: str) -> bool:
    """Delete everything a person wrote here; whether it is gone."""
    return remove(_path(home, who))


def _path(home: Path, who: str) -> Path:
    return ownership.folder(home, who) / FILE


def _change(home: Path, who: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    read(home, who)  # sets a damaged file aside before it is written over
    update_json(_path(home, who), lambda plain: _dict(plain) | change(_dict(plain)))


def _answer_with(home: Path, who: str, number: int, change: Callable[[dict], dict[str, Any]]) -> None:
    def changed(plain: dict[str, Any]) -> dict[str, Any]:
        answers = _dict(plain.get("answers"))
        said = _dict(answers.get(str(number)))
        return {"answers": answers | {str(number): said | change(said)}}

    _change(home, who, changed)


def _answer(said: Any) -> OwnAnswer:
    said = _dict(said)
    runs = {
        name: key for name, key in _dict(said.get("runs")).items() if isinstance(key, str) and is_key(key)
    }
    return OwnAnswer(_text(said.get("words"), MOST_LETTERS), said.get("quoted") is True, runs)


def _text(value: Any, most: int) -> str:
    """At most so many letters that can be written down: no lone surrogates, no control characters but
    line breaks and tabs."""
    if not isinstance(value, str):
        return ""
    whole = value[:most].encode("utf-8", "ignore").decode()
    return "".join(letter for letter in whole if letter.isprintable() or letter in "\n\t")


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_record(value: Any) -> bool:
    return isinstance(value, dict)
