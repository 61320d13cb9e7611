"""A person's answers as one HTML file that needs nothing else: light, printable, every text escaped."""

import base64
import io
from html import escape

import altair as alt
import pandas as pd
from PIL import Image

from core.charts.palette import palette
from core.lab.answers import Answer, Figure
from core.lab.answers_markdown import NO_EVIDENCE, NO_NAME, NOT_ANSWERED
from core.lab.document import Document, Section
from core.lab.questions import Tile

CHART_WIDTH = 620  # px
PICTURE_SIDE = 160  # px
_COLOURS = palette("light")
STYLE = f"""
:root {{ color-scheme: light; }}
body {{ font: 16px/1.5 "Source Sans 3", "Segoe UI", Helvetica, Arial, sans-serif; color: {_COLOURS.text};
  background: {_COLOURS.paper}; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.6rem; line-height: 1.25; }}
h2 {{ font-size: 1.2rem; margin-top: 2.2rem; }}
.own {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
blockquote {{ margin: 1rem 0; padding: .1rem 1rem; border-left: 3px solid {_COLOURS.muted}; }}
.origin {{ color: {_COLOURS.muted}; font-size: .9rem; }}
table {{ border-collapse: collapse; font-size: .9rem; margin: 1rem 0; }}
th, td {{ border-bottom: 1px solid #d8d9de; padding: .25rem .8rem .25rem 0; text-align: left;
  overflow-wrap: anywhere; }}
pre {{ background: #f4f5f8; padding: .8rem; overflow-x: auto; font-size: .85rem; white-space: pre-wrap; }}
svg {{ max-width: 100%; height: auto; }}
figure {{ margin: 1rem 0; }}
.pictures {{ display: grid; grid-template-columns: repeat(4, 1fr); gap: .6rem; }}
.pictures figure {{ margin: 0; }}
.pictures img {{ width: 100%; image-rendering: pixelated; }}
figcaption {{ font-size: .8rem; color: {_COLOURS.muted}; }}
@media print {{ body {{ margin: 0; max-width: none; }} figure, tr, pre {{ break-inside: avoid; }}
  h2 {{ break-after: avoid; }} details > * {{ display: block; }} }}
"""


def render(document: Document) -> str:
    """The whole file."""
    runs = table(document.runs.set_index("run")) if len(document.runs) else "<p>No run yet.</p>"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(document.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(document.title)}</h1>\n"
        f"<p>{escape(document.name or NO_NAME)} · {document.date}</p>\n<p>{text(document.summary)}</p>\n"
        + "".join(map(_section, document.sections))
        + f"<h2>Runs</h2>\n{runs}\n"
        + "".join(f"<h3>The code of run {escape(name)}</h3>\n{_code(code)}\n" for name, code in document.code)
        + "</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    answer = section.evidence
    parts = [f"<h2>{answer.question.number}. {escape(answer.question.text)}</h2>"]
    if not section.words:
        return "\n".join([*parts, f'<p class="origin">{NOT_ANSWERED}</p>']) + "\n"
    parts.append(f'<p class="own">{escape(section.words)}</p>')
    parts += _evidence(answer) if section.own else [f'<p class="origin">{NO_EVIDENCE}</p>']
    if section.quoted:
        told = "".join(f"<p>{text(sentence)}</p>" for sentence in (answer.explanation, *answer.findings))
        parts.append(f"<blockquote><p>Thaw would say:</p>{told}</blockquote>")
    return "\n".join(parts) + "\n"


def _evidence(answer: Answer) -> list[str]:
    parts = [_code(answer.code)] if answer.code else []
    parts += map(_figure, answer.figures)
    if answer.pictures:
        parts.append('<div class="pictures">' + "".join(map(picture, answer.pictures)) + "</div>")
    if answer.table is not None:
        parts.append(table(answer.table))
    return [*parts, f'<p class="origin">Whose numbers: {text(answer.origin)}</p>']


def _code(code: str) -> str:
    return f"<pre><code>{escape(code)}</code></pre>"


def text(said: str) -> str:
    """Escaped, with `...` as code."""
    parts = escape(said).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))


def table(frame: pd.DataFrame) -> str:
    """The index is its first column."""
    head = "".join(f"<th>{escape(str(name))}</th>" for name in ["", *frame.columns])
    rows = ""
    for name, values in zip(frame.index, frame.to_numpy(), strict=True):
        cells = "".join(f"<td>{escape(str(value))}</td>" for value in values)
        rows += f"<tr><th>{escape(str(name))}</th>{cells}</tr>"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _figure(figure: Figure) -> str:
    numbers = ""
    if figure.numbers is not None:
        numbers = f"<details><summary>Numbers</summary>{table(figure.numbers.set_index('epoch'))}</details>"
    caption = f"<figcaption>{text(figure.said)}</figcaption>"
    return f"<figure>{_svg(figure.chart)}{caption}{numbers}</figure>"


def _svg(chart: alt.TopLevelMixin) -> str:
    file = io.StringIO()
    chart.properties(width=CHART_WIDTH).save(file, format="svg")
    return file.getvalue()


def picture(shown: Tile) -> str:
    """A small picture inside the file, with its words below it."""
    data, said = base64.b64encode(png(shown)).decode(), escape(shown.said)
    image = f'<img src="data:image/png;base64,{data}" alt="{said}">'
    return f"<figure>{image}<figcaption>{said}</figcaption></figure>"


def png(shown: Tile) -> bytes:
    """The file of a small picture."""
    small = Image.fromarray(shown.pixels)
    small.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
    file = io.BytesIO()
    small.save(file, "PNG")
    return file.getvalue()
