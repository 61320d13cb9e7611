"""What is told to be quiet says why: every ignored rule is named, and its reason stands on the line."""

import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("core", "pages", "tests", "benchmarks", "tools")
SOURCES = [ROOT / "app.py", *(file for name in FOLDERS for file in sorted((ROOT / name).glob("**/*.py")))]
SILENCES = re.compile(r"#\s*(?:noqa|type:\s*ignore|pyright:|mypy:|ruff:\s*noqa)", re.IGNORECASE)
REASONED = re.compile(r"# (?:noqa: [A-Z]+\d+|pyright: ignore\[\w+\])  # \w{2}.*")


def unreasoned(source: str) -> list[str]:
    """`line: comment` for each comment that silences a checker without naming one rule and a reason."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]
    return [
        f"{line}: {said}" for line, said in comments if SILENCES.search(said) and not REASONED.match(said)
    ]


def test_what_silences_a_checker_names_the_rule_and_states_its_reason():
    assert len(SOURCES) > 300
    found = {file: unreasoned(file.read_text(encoding="utf-8")) for file in SOURCES}
    assert [f"{file.relative_to(ROOT)}:{said}" for file, lines in found.items() for said in lines] == []


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa", "# noqa: T201", "#noqa:T201", "# type: ignore", "# type: ignore[arg-type]  # a reason",
        "# pyright: ignore", "# pyright: ignore[reportCallIssue]", "# pyright: basic", "# ruff: noqa: E501",
        "# noqa: T201  #", "# pyright: ignore  # Keras types it by its default",
    ],
)  # fmt: skip
def test_one_without_a_rule_or_without_a_reason_is_named(comment):
    assert unreasoned(f"first = 1\nsecond = 2  {comment}\n") == [f"2: {comment}"]


def test_one_with_both_is_left_alone_and_so_is_a_string_that_looks_like_one():
    assert unreasoned("print(1)  # noqa: T201  # to the terminal\n") == []
    assert unreasoned('text = "# noqa"\n') == []
