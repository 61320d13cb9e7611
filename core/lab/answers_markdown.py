"""The answers as one Markdown file: text, tables of numbers and code. Pictures stay in the HTML file."""

import re

import pandas as pd

from core.lab.answers import Answer
from core.lab.document import Document


def render(document: Document) -> str:
    """The whole file."""
    parts = [f"# {escape(document.title)}", escape(f"{document.summary} {document.settings}")]
    for answer in document.answers:
        parts += _answer(answer)
    parts.append("## Runs")
    parts.append(table(document.runs.set_index("run")) if len(document.runs) else "No run yet.")
    return "\n\n".join(parts) + "\n"


def _answer(answer: Answer) -> list[str]:
    parts = [
        f"## {answer.question.number}. {escape(answer.question.text)}",
        escape(answer.explanation),
    ]
    if answer.code:
        parts.append(f"```python\n{answer.code}```")
    if answer.table is not None:
        parts.append(table(answer.table))
    numbers = [figure.numbers for figure in answer.figures if figure.numbers is not None]
    parts += [table(frame.set_index("epoch")) for frame in numbers]
    parts += [escape(sentence) for sentence in answer.findings]
    if answer.figures or answer.pictures:
        parts.append("*The pictures for this question are in the HTML file.*")
    parts.append(f"*Whose numbers: {escape(answer.origin)}*")
    return parts


def escape(text: str) -> str:
    """Text with nothing in it that Markdown or HTML would take for markup; `...` stays code."""
    parts = text.split("`")
    for index, part in enumerate(parts):
        if index % 2 == 0:
            safe = part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            parts[index] = re.sub(r"([\\*_\[\]|~$#])", r"\\\1", safe)
    return "`".join(parts)


def table(frame: pd.DataFrame) -> str:
    """A pipe table; the index is its first column."""
    lines = [["", *frame.columns], ["---"] * (len(frame.columns) + 1)]
    lines += [[name, *values] for name, values in zip(frame.index, frame.to_numpy(), strict=True)]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(value) -> str:
    return escape(str(value).replace("\n", " "))
