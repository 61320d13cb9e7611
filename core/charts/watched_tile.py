"""A watched image with what networks say of it, as SVG text: right and wrong by mark and outline, not by
colour alone."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from PIL import Image

from core.charts.palette import Palette, palette, phase_colours
from core.results import PHASES
from core.wording.words import PHASE_NAMES

WIDTH = 112  # px, and of the picture
PIXELATED = 96  # px: up to this side a picture's pixels stay squares
_ROW, _ROW_GAP = 20, 3  # px of an answer
_LETTER, _WIDE_LETTER = 6.3, 7.7  # px, a bold letter of 12 px on average, and in the widest of usual fonts
_MARKS = {True: "M0,5 L3.5,8.5 L9,1", False: "M1,1 L8,8 M8,1 L1,8"}
_SHAPES = {  # as the marks of the curves: `core.charts.seconds_curves`
    "feature_extraction": '<circle cx="5" cy="5" r="4.4"/>',
    "fine_tuning": '<rect x="1" y="1" width="8" height="8"/>',
    "from_scratch": '<path d="M5,0.5 L9.6,9 L0.4,9 Z"/>',
}


@dataclass(frozen=True)
class Said:
    """What one network says of the image.

    Attributes:
        phase: One of `results.PHASES`.
        name: The class it names; empty while it has said nothing.
        sure: Its probability, 0..1.
        right: Whether that is the image's class.
    """

    phase: str
    name: str = ""
    sure: float = 0.0
    right: bool = False


def tile(pixels: np.ndarray, class_name: str, answers: Sequence[Said], theme: str) -> str:
    """The picture, its class, and a line for each network.

    Args:
        pixels: uint8 (s, s, 3), as the networks get it.
    """
    rows = [_answer(said, number, theme) for number, said in enumerate(answers)]
    return _svg(pixels, f"is {_short(class_name, WIDTH - 14)}", rows, len(answers), palette(theme))


def untrained_tile(pixels: np.ndarray, said: str, sure: float | None, theme: str) -> str:
    """The picture and what the pretrained network itself calls it.

    Args:
        said: One of its 1,000 classes; empty while it is being asked.
        sure: Its probability, 0..1; None while it is being asked.
    """
    colours = palette(theme)
    title = f"“{_short(said, WIDTH - 24)}”" if said else "…"
    below = "" if sure is None else f"{sure:.0%} sure"
    rows = [
        f'<text x="{WIDTH / 2}" y="{WIDTH + 31}" text-anchor="middle" font-size="12" '
        f'fill="{colours.muted}">{below}</text>'
    ]
    return _svg(pixels, title, rows, 1, colours)


def tile_alt(class_name: str, answers: Sequence[Said]) -> str:
    """The tile in words."""
    said = [
        f"{PHASE_NAMES[one.phase]} says {one.name}, {one.sure:.0%} sure, {'right' if one.right else 'wrong'}"
        if one.name
        else f"{PHASE_NAMES[one.phase]} has said nothing yet"
        for one in answers
    ]
    return _printable(f"An image of class {class_name}: {'; '.join(said)}.")


def untrained_alt(class_name: str, said: str, sure: float | None) -> str:
    """The tile in words."""
    if not said or sure is None:
        return _printable(f"An image of class {class_name}; the pretrained network has not been asked yet.")
    return _printable(f"An image of class {class_name}; the pretrained network calls it {said}, {sure:.0%}.")


def _svg(pixels: np.ndarray, title: str, rows: Sequence[str], lines: int, colours: Palette) -> str:
    height = WIDTH + 20 + lines * (_ROW + _ROW_GAP)
    pixelated = ' style="image-rendering:pixelated"' if len(pixels) <= PIXELATED else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="system-ui, sans-serif">'
        f'<image href="{_data_uri(pixels)}" width="{WIDTH}" height="{WIDTH}"{pixelated}/>'
        f'<text x="{WIDTH / 2}" y="{WIDTH + 15}" text-anchor="middle" font-size="12" font-weight="600" '
        f'{_within(title, WIDTH - 4)}fill="{colours.text}">{escape(title)}</text>{"".join(rows)}</svg>'
    )


def _answer(said: Said, number: int, theme: str) -> str:
    """One network's line: outlined without a gap where it is right, dashed where it is wrong."""
    colours, top = palette(theme), WIDTH + 20 + number * (_ROW + _ROW_GAP)
    colour = phase_colours(theme)[PHASES.index(said.phase)]
    who = f'<g transform="translate(7 {top + 5})" fill="{colour}">{_SHAPES[said.phase]}</g>'
    if not said.name:
        return who
    name, room = _short(said.name, WIDTH - 44), WIDTH - 42
    outline = 'stroke-width="2"' if said.right else 'stroke-width="1" stroke-dasharray="3 3"'
    return (
        f'<rect x="1" y="{top + 1}" width="{WIDTH - 2}" height="{_ROW - 2}" rx="5" fill="none" '
        f'stroke="{colours.text if said.right else colours.muted}" {outline}/>{who}'
        f'<text x="23" y="{top + 14}" font-size="12" font-weight="600" {_within(name, room)}'
        f'fill="{colours.text}">{escape(name)}</text>'
        f'<path d="{_MARKS[said.right]}" transform="translate({WIDTH - 17} {top + 5.5})" fill="none" '
        f'stroke="{colours.text}" stroke-width="2"/>'
    )


def _short(text: str, width: int) -> str:
    """Cut to about so many px."""
    text, letters = _printable(text), int(width / _LETTER)
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _within(text: str, room: int) -> str:
    """What keeps a text within so many px where a wide font would lead it out: the letters are narrowed."""
    if len(text) * _WIDE_LETTER <= room:
        return ""
    return f'textLength="{room}" lengthAdjust="spacingAndGlyphs" '


def _printable(text: str) -> str:
    """What XML may hold: no control characters, whatever a folder is called."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _data_uri(pixels: np.ndarray) -> str:
    """Small pictures as they are, photos as a JPEG of twice the size they are shown at, at most."""
    image, buffer = Image.fromarray(pixels), io.BytesIO()
    if len(pixels) <= PIXELATED:
        image.save(buffer, "PNG")
        kind = "png"
    else:
        image.thumbnail((2 * WIDTH, 2 * WIDTH))
        image.save(buffer, "JPEG", quality=85)
        kind = "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
