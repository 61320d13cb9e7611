"""One colour language for every picture: what is frozen, what learns, what was learned from scratch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours for one theme, as `#rrggbb`.

    Attributes:
        frozen: Frozen layers and feature extraction.
        trainable: Layers that learn and fine-tuning.
        scratch: From scratch.
        ghost: Earlier runs in the background of a chart.
        text, muted, paper: Letters, quiet letters and the page behind.
        classes: Hues for classes, none of the above.
    """

    frozen: str
    trainable: str
    scratch: str
    ghost: str
    text: str
    muted: str
    paper: str
    classes: tuple[str, ...]


PALETTES = {
    "light": Palette(
        frozen="#1976B8",
        trainable="#C2560A",
        scratch="#6B6B78",
        ghost="#B9BAC4",
        text="#31333F",
        muted="#5F616D",
        paper="#FFFFFF",
        classes=(
            "#7A3E9D", "#2E7D4F", "#B0305C", "#8A6D00", "#00797A",
            "#4B4FA8", "#A0522D", "#5B7F1E", "#C0392B", "#4A4A4A",
        ),
    ),
    "dark": Palette(
        frozen="#7CC4F8",
        trainable="#FF9D4D",
        scratch="#A5A5B4",
        ghost="#5A5C68",
        text="#FAFAFA",
        muted="#B4B6C2",
        paper="#171614",
        classes=(
            "#C79AE6", "#7FCB9B", "#F08BAE", "#DBBE55", "#5FC9CA",
            "#9DA3F5", "#D9A079", "#B3D36B", "#F28B7D", "#D0D0D0",
        ),
    ),
}  # fmt: skip


def phase_colours(theme: str) -> list[str]:
    """The colours of the phases, in the order of `results.PHASES`."""
    colours = palette(theme)
    return [colours.frozen, colours.trainable, colours.scratch]


def palette(theme: str) -> Palette:
    """The colours of `light` or `dark`; anything else is light."""
    return PALETTES.get(theme, PALETTES["light"])
