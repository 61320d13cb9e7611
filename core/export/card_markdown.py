"""A model card as Markdown, with its pictures as files beside it."""

from core.export.card import Card, Section
from core.lab.answers_html import png
from core.lab.answers_markdown import escape, table

PICTURES = "card-pictures"  # the folder beside it


def render(card: Card) -> str:
    """The whole file. Its pictures are those of `pictures`."""
    files = iter(pictures(card))
    parts = [f"# {escape(card.title)}"]
    for section in card.sections:
        parts += _section(section, files)
    return "\n\n".join(parts) + "\n"


def _section(section: Section, files) -> list[str]:
    parts = [f"## {section.title}", *map(escape, section.sentences)]
    if section.table is not None:
        parts.append(table(section.table.set_index(section.table.columns[0])))
    parts += [f"![{escape(shown.said)}]({next(files)}) {escape(shown.said)}" for shown in section.pictures]
    return parts


def pictures(card: Card) -> dict[str, bytes]:
    """Path beside the Markdown file -> content, a PNG, of every picture of a card in its order."""
    shown = [picture for section in card.sections for picture in section.pictures]
    return {f"{PICTURES}/{number}.png": png(one) for number, one in enumerate(shown, 1)}
