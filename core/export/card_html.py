"""A model card as one HTML file that needs nothing else: light, printable, every text escaped."""

from html import escape

from core.export.card import Card, Section
from core.lab.answers_html import STYLE, picture, table, text


def render(card: Card) -> str:
    """The whole file."""
    title = escape(card.title)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        + "".join(map(_section, card.sections))
        + "</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    parts = [f"<h2>{escape(section.title)}</h2>"]
    parts += [f"<p>{text(sentence)}</p>" for sentence in section.sentences]
    if section.table is not None:
        parts.append(table(section.table.set_index(section.table.columns[0])))
    if section.pictures:
        parts.append('<div class="pictures">' + "".join(map(picture, section.pictures)) + "</div>")
    return "\n".join(parts) + "\n"
