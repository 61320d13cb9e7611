"""The thaw bar as SVG text: the network from input to head, frozen left of the handle, learning right of it.

Along the bar a step is a stop of the slider under it, so segments end exactly where its handle can
stand; with `by_layer` a step is a layer. Heights go with the square root of a segment's parameters:
linear ones would make the first blocks (1,000 numbers beside 413,000) invisible.
"""

from functools import lru_cache

from core import layers
from core.charts.palette import Palette, palette
from core.config import BACKBONE_LAYERS, HeadConfig

HEAD_WIDTH = 56  # px at the right of the large bar, beyond the slider's last stop
HEIGHT = 124
_TOP, _BASE = 20, 96  # px: the bars stand between these
_GAP = 0.12  # of a step, between segments
_NARROW = 420  # px of the bar: two numbers of two digits would touch
_ROOM = 18  # % of the bar's width on a phone that a word takes
_WORD = 'y="12" font-weight="600"'


def position(layer: int, by_layer: bool = False) -> float:
    """Where a layer index lies along the bar, 0 (input) to 1 (end of the backbone)."""
    if by_layer:
        return layer / BACKBONE_LAYERS
    stops = layers.stops()
    right = next(i for i, stop in enumerate(stops) if stop >= layer)
    if stops[right] == layer:
        return right / (len(stops) - 1)
    left = stops[right - 1]
    return (right - 1 + (layer - left) / (stops[right] - left)) / (len(stops) - 1)


def _heights(num_classes: int, head: HeadConfig) -> tuple[list[float], float]:
    """Share of the full height for each segment and for the head."""
    roots = [block.parameters**0.5 for block in layers.blocks()]
    head_root = layers.head_parameters(head, num_classes)[1] ** 0.5
    top = max(*roots, head_root)
    return [max(0.06, root / top) for root in roots], max(0.06, head_root / top)


def _pieces(unfreeze_from: int, by_layer: bool):
    """(left, right, frozen, index of block) of every drawn rectangle; a cut block gives two."""
    step = 1 / BACKBONE_LAYERS if by_layer else 1 / (len(layers.stops()) - 1)
    for index, block in enumerate(layers.blocks()):
        left, right = position(block.start, by_layer), position(block.end, by_layer) - _GAP * step
        cut = min(max(unfreeze_from, block.start), block.end)
        middle = min(position(cut, by_layer), right)
        if cut > block.start:
            yield left, middle if cut < block.end else right, True, index
        if cut < block.end:
            yield middle, right, False, index


def _hatching(name: str, colours: Palette, size: int) -> str:
    return (
        f'<defs><pattern id="{name}" width="{size}" height="{size}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="{size}" height="{size}" fill="{colours.frozen}"/>'
        f'<line x1="0" y1="0" x2="0" y2="{size}" stroke="{colours.paper}" stroke-width="{size / 3:.1f}" '
        f'stroke-opacity="0.55"/></pattern></defs>'
    )


@lru_cache(maxsize=256)
def describe(
    unfreeze_from: int, num_classes: int, head: HeadConfig | None = None, from_scratch: bool = False
) -> str:
    """The bar in one sentence, for those who cannot see it."""
    learning = layers.count_trainable(unfreeze_from, head or HeadConfig(), num_classes)
    if from_scratch:
        return f"Nothing is pretrained; all {learning.parameters:,} numbers learn from random ones."
    frozen = f"The first {unfreeze_from} of {BACKBONE_LAYERS} layers are frozen"
    if unfreeze_from == 0:
        frozen = "No layer is frozen"
    return f"{frozen}; {learning.parameters:,} numbers learn ({layers.stop_label(unfreeze_from)})."


@lru_cache(maxsize=256)
def thaw_bar_svg(
    unfreeze_from: int,
    num_classes: int,
    theme: str,
    small: bool = False,
    *,
    by_layer: bool = False,
    head: HeadConfig | None = None,
    from_scratch: bool = False,
) -> str:
    """The bar for one unfreeze point, as one picture.

    Args:
        theme: `light` or `dark`.
        small: A still icon of 96 x 20 px instead of the full-width bar.
        by_layer: Steps along the bar are layers (0 to 154) instead of the slider's stops.
        head: For its number of parameters; the tutorial's head if not given.
        from_scratch: For the icon: the base starts empty, so its segments are hollow and grey.
    """
    colours, head = palette(theme), head or HeadConfig()
    if small:
        return _icon(unfreeze_from, num_classes, colours, head, from_scratch)
    network = _network(unfreeze_from, num_classes, theme, by_layer, head)
    last = _head(num_classes, head, colours, alone=unfreeze_from == BACKBONE_LAYERS)
    end = f'<svg x="100%" width="{HEAD_WIDTH}" height="{HEIGHT}">{last}</svg>'
    return _svg(f'<svg width="93%" height="{HEIGHT}" overflow="visible">{network}{end}</svg>')


@lru_cache(maxsize=256)
def network_svg(unfreeze_from: int, num_classes: int, theme: str, by_layer: bool, head: HeadConfig) -> str:
    """The bar without its head: as wide as the slider's track, whatever the width of the page."""
    return _svg(_network(unfreeze_from, num_classes, theme, by_layer, head))


@lru_cache(maxsize=256)
def head_svg(unfreeze_from: int, num_classes: int, theme: str, head: HeadConfig) -> str:
    """The head by itself, `HEAD_WIDTH` px wide, to stand right of `network_svg`."""
    alone = unfreeze_from == BACKBONE_LAYERS
    return _svg(_head(num_classes, head, palette(theme), alone), str(HEAD_WIDTH))


def _svg(body: str, width: str = "100%") -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" font-size="13" '
        f'font-family="Source Sans Pro, Source Sans, Segoe UI, Helvetica, Arial, sans-serif">{body}</svg>'
    )


def _network(unfreeze_from: int, num_classes: int, theme: str, by_layer: bool, head: HeadConfig) -> str:
    colours, hatch = palette(theme), f"hatch-{theme}"
    heights, _ = _heights(num_classes, head)
    segments = [
        _segment(*piece, heights, colours, hatch, unfreeze_from) for piece in _pieces(unfreeze_from, by_layer)
    ]
    tick = 100 * position(unfreeze_from, by_layer)
    return "".join(
        [
            _hatching(hatch, colours, 6),
            *segments,
            _numbers(by_layer, colours),
            _labels(tick, unfreeze_from, colours),
        ]
    )


def _segment(left, right, frozen, index, heights, colours, hatch, unfreeze_from) -> str:
    block = layers.blocks()[index]
    height = heights[index] * (_BASE - _TOP)
    fill = f"url(#{hatch})" if frozen else colours.trainable
    state = "frozen" if frozen else "learns"
    if block.start < unfreeze_from < block.end:
        state = f"frozen up to layer {unfreeze_from}"
    title = (
        f"{block.label}: {block.parameters:,} parameters, layers {block.start} to {block.end - 1}, {state}"
    )
    return (
        f'<rect x="{100 * left:.3f}%" y="{_BASE - height:.1f}" width="{100 * (right - left):.3f}%" '
        f'height="{height:.1f}" fill="{fill}" class="{"frozen" if frozen else "learns"}">'
        f"<title>{title}</title></rect>"
    )


def _numbers(by_layer: bool, colours: Palette) -> str:
    """Block numbers under the segments, on a phone every other one; the stem and Conv_1 have tooltips."""
    found = [f"<style>@media (max-width: {_NARROW}px) {{.odd {{display: none}}}}</style>"]
    for index, block in enumerate(layers.blocks()[1:-1]):
        middle = 50 * (position(block.start, by_layer) + position(block.end, by_layer))
        found.append(
            f'<text x="{middle:.3f}%" y="{_BASE + 13}" text-anchor="middle" font-size="12" '
            f'class="{"odd" if index % 2 else "even"}" '
            f'fill="{colours.muted}">{block.label.split()[1]}</text>'
        )
    return "".join(found)


def _labels(tick: float, unfreeze_from: int, colours: Palette) -> str:
    """`frozen` and `learns` on either side of the tick at the boundary; `input` at the left end."""
    close = tick < _ROOM  # not enough for a word left of the tick, on a phone
    frozen_at = 'x="0"' if close else f'x="{tick:.3f}%" dx="-7" text-anchor="end"'
    learns_at = max(tick, _ROOM) if close and unfreeze_from else tick
    parts = [
        f'<line x1="{tick:.3f}%" x2="{tick:.3f}%" y1="2" y2="{_BASE + 4}" stroke="{colours.text}" '
        'stroke-width="2" class="boundary"/>',
        f'<text x="1" y="{_BASE + 26}" font-size="12" fill="{colours.muted}">input →</text>',
    ]
    if unfreeze_from > 0:
        parts.append(f'<text {frozen_at} {_WORD} fill="{colours.frozen}">frozen</text>')
    if unfreeze_from < BACKBONE_LAYERS:
        parts.append(f'<text x="{learns_at:.3f}%" dx="7" {_WORD} fill="{colours.trainable}">learns</text>')
    return "".join(parts)


def _head(num_classes: int, head: HeadConfig, colours: Palette, alone: bool) -> str:
    """The head's bar; `alone`, when nothing else learns, it carries the word."""
    tall = max(5.0, _heights(num_classes, head)[1] * (_BASE - _TOP))
    parameters = layers.head_parameters(head, num_classes)[1]
    return (
        f'<rect x="12" y="{_BASE - tall:.1f}" width="{HEAD_WIDTH - 16}" height="{tall:.1f}" '
        f'fill="{colours.trainable}"><title>head: {parameters:,} parameters, always learns</title></rect>'
        f'<text x="{HEAD_WIDTH / 2 + 4}" y="{_BASE + 13}" text-anchor="middle" font-size="12" '
        f'fill="{colours.muted}">head</text>'
        + (f'<text x="12" {_WORD} fill="{colours.trainable}">learns</text>' if alone else "")
    )


def _icon(
    unfreeze_from: int, num_classes: int, colours: Palette, head: HeadConfig, from_scratch: bool
) -> str:
    """The bar as the small, still icon of a run."""
    width, height, head_width = 96, 20, 8
    along = width - head_width - 2
    heights, head_height = _heights(num_classes, head)
    body = []
    for left, right, frozen, index in _pieces(unfreeze_from, False):
        tall = max(2.0, heights[index] * (height - 2))
        paint = f'fill="{"url(#h)" if frozen else colours.trainable}"'
        if from_scratch:
            paint = f'fill="none" stroke="{colours.scratch}"'
        body.append(
            f'<rect x="{left * along:.2f}" y="{height - tall:.1f}" width="{(right - left) * along:.2f}" '
            f'height="{tall:.1f}" {paint}/>'
        )
    tick = position(unfreeze_from) * along
    tall = max(3.0, head_height * (height - 2))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{_hatching("h", colours, 3)}{"".join(body)}'
        f'<line x1="{tick:.2f}" x2="{tick:.2f}" y1="0" y2="{height}" stroke="{colours.text}"/>'
        f'<rect x="{width - head_width}" y="{height - tall:.1f}" width="{head_width}" height="{tall:.1f}" '
        f'fill="{colours.scratch if from_scratch else colours.trainable}"/></svg>'
    )
