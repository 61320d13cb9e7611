"""Every sentence that Thaw makes, over a grid of made-up results: what it claims must be so.

What is checked is claims, not wording (`tests.claims`); the made-up results are those of `tests.worlds`, and
the sentences made from them stand in `tests.sayings`. A function that makes sentences and is not met there
fails a test that names it.
"""

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import FrameType

import pytest

from core.wording.run_notes import run_notes
from tests import sayings, worlds
from tests.claims import READINGS, Facts, Told, facts_of, false_claims, read_in
from tests.sayings.grid import CASES

for module in pkgutil.iter_modules(sayings.__path__):  # each takes its own into the grid
    importlib.import_module(f"tests.sayings.{module.name}")

ROOT = Path(__file__).resolve().parents[2]
CORE = str(ROOT / "core")
FOLDERS = (
    "wording",
    "concepts",
    "compare",
    "lab",
    "predict",
    "data",
    "intake",
    "explain",
    "charts",
    "export",
)
RETURNS = re.compile(  # what sentences are given back as
    r"str|list\[str\]|tuple\[(?:(?:str|bool|\.\.\.|Verdict \| None)(?:, )?)+\]"
    r"|Answer|Figure|Missing \| None|Finding \| None|list\[Finding\]"
)
PROSE = 3  # words in one text
PLAIN = {  # functions that only put together what they are given, or that tell of no result -> why
    "core/wording/words.py:price_parts": "a price, checked in test_words",
    "core/wording/words.py:beyond_budget": "a price, checked in test_price",
    "core/data/datasets.py:_kept_photos": "how often photos were added, checked in test_adding",
    "core/data/tables.py": "how many rows of a table name images, checked in test_group_tables",
    "core/intake/adding.py:told": "what photos bring to a set, checked in test_adding",
    "core/predict/decided.py": "what was decided of a network and counts, checked in test_predict",
    "core/wording/words.py:spent": "two durations, checked in test_words",
    "core/wording/words.py:stage": "progress, checked in test_words",
    "core/lab/answers_html.py": "puts answers into a file",
    "core/lab/answers_markdown.py": "puts answers into a file",
    "core/compare/networks.py:_missing": "what a link lacks, checked in test_networks",
    "core/export/card.py:_apart": "how images were divided; it tells of no result, checked in test_groups",
    "core/export/card_html.py": "puts a card into a file",
    "core/export/folder.py:_said": "a file's name before what conversion says of it",
    "core/export/usage.py:sentences": "how pixels go in; it tells of no result, checked in test_export",
    "core/data/decoding.py:_reason": "why a file cannot be read",
    "core/data/listers.py": "why a file is refused, checked in test_intake",
    "core/data/listing.py": "why a file is refused, checked in test_intake",
    "core/data/names.py:shown": "a name",
    "core/data/summary.py": "counts of what was found, checked in test_doors",
    "core/charts/layer_charts.py:_hover": "a layer's row of the table",
    "core/charts/photo_overlay.py": "a picture",
    "core/charts/thaw_bar.py:_": "parts of a drawing",
    "core/charts/thaw_bar.py:thaw_bar_svg": "a drawing",
}


@cache
def everything_told() -> tuple[dict[str, tuple[Told, ...]], frozenset[tuple[str, int]]]:
    """The whole grid by case, and the functions that were at work in it: (file, first line)."""
    worked: set[tuple[str, int]] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if frame.f_code.co_filename.startswith(CORE):
            worked.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))

    before = sys.gettrace()
    sys.settrace(note)  # called once a call, since it asks for no more
    try:
        told = {made.__name__: tuple(made()) for made in CASES}
    finally:
        sys.settrace(before)
    return told, frozenset(worked)


@pytest.mark.parametrize("name", [made.__name__ for made in CASES])
def test_every_claim_is_so(name):
    told = everything_told()[0][name]
    assert told
    problems = dict.fromkeys(problem for one in told for problem in false_claims(one))
    assert not problems, f"{len(problems)} claims are false:\n" + "\n".join(list(problems)[:20])


def test_every_kind_of_claim_is_found_in_some_sentence():
    told, _ = everything_told()
    assert read_in(text for case in told.values() for one in case for text in one.texts) == set(READINGS)


# Every maker is in the grid


def makers(path: Path) -> Iterator[tuple[str, int]]:
    """Name and first line of every function in a file that gives back prose."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef) or not node.returns:
            continue
        if RETURNS.fullmatch(ast.unparse(node.returns)) and any(_is_prose(text) for text in _texts(node)):
            yield node.name, min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _texts(function: ast.FunctionDef) -> Iterator[str]:
    """The texts in a function's body, but its docstring and what it raises."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    silent = {
        id(part) for node in ast.walk(function) if isinstance(node, ast.Raise) for part in ast.walk(node)
    }
    for node in (node for statement in body for node in ast.walk(statement)):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            yield " ".join(
                part.value
                for part in node.values
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _is_prose(text: str) -> bool:
    return len(re.findall(r"[A-Za-z']{2,}", text)) >= PROSE


def test_every_function_that_makes_sentences_is_in_the_grid():
    _, worked = everything_told()
    missing = []
    for path in (file for folder in FOLDERS for file in sorted((ROOT / "core" / folder).glob("*.py"))):
        for name, line in makers(path):
            where = f"{path.relative_to(ROOT).as_posix()}:{name}"
            if (str(path), line) not in worked and not any(where.startswith(plain) for plain in PLAIN):
                missing.append(where)
    assert missing == [], "give each a case in tests/sayings, or a reason in PLAIN"


def test_a_maker_outside_the_grid_would_be_found(tmp_path):
    file = tmp_path / "new.py"
    file.write_text(
        'def note(gain: float) -> str:\n    """Doc."""\n    return f"It gained {gain} points here."\n'
    )
    assert list(makers(file)) == [("note", 1)]


def test_no_function_is_called_plain_that_is_not_there():
    there = {
        f"core/{folder}/{path.name}:{name}"
        for folder in FOLDERS
        for path in (ROOT / "core" / folder).glob("*.py")
        for name, _ in makers(path)
    }
    assert [plain for plain in PLAIN if not any(where.startswith(plain) for where in there)] == []


# The grid finds what it is there for


WORLD = worlds.world()


@pytest.mark.parametrize(
    "text",
    [
        "It reached 91.3%.",  # no such accuracy
        "It ends 8 points better on training images (94.3%) than on validation images (85.8%).",
        "It fixed 38, broke 12 of 500 validation images: worse.",
        "It took validation accuracy from 84.0% to 84.0%.",
        "It took validation accuracy from 89.2% to 84.0%.",
        "It took 41 s from nothing.",
        "Validation accuracy was highest in epoch 16 (87.4%).",
    ],
)
def test_a_false_sentence_is_found(text):
    assert false_claims(Told("made up", [text], facts_of(WORLD.result), True, [WORLD.verdict], WORLD.result))


def test_thawing_is_not_told_of_a_run_that_thawed_nothing():
    told = Told("made up", ["Thawing head only moved it."], Facts(), thaws=False)
    assert false_claims(told)
    assert not false_claims(replace(told, texts=["Nothing was thawed."]))


def test_a_true_sentence_passes():
    told = Told(
        "run_notes", run_notes(WORLD.result), facts_of(WORLD.result), True, [WORLD.verdict], WORLD.result
    )
    assert false_claims(told) == []
