"""What a map of unfreeze points by numbers of images says: from how many images on fine-tuning pays."""

from collections.abc import Mapping, Sequence

from core import layers
from core.compare.depth_map import Cell, DepthMap, Judged, Place
from core.compare.depth_notes import chance
from core.statistics.verdict import Verdict
from core.wording import words
from core.wording.verdicts import VERDICTS

BEATS = "the same head trained as long"


def headline(found: DepthMap, judged: Mapping[Place, Judged]) -> str:
    """From which number of images on fine-tuning was shown to pay, and where in the network; empty while not
    one cell is judged."""
    paying = {
        images: [stop for stop in found.stops if _verdict(judged, stop, images) == Verdict.BETTER]
        for images in found.images
        if any((stop, images) in judged for stop in found.stops)
    }
    if not paying:
        return ""
    numbers = list(paying)
    first = next((n for n in numbers if all(paying[m] for m in numbers if m >= n)), None)
    if first is None or (first == numbers[-1] and any(paying[n] for n in numbers[:-1])):
        said = _with_some(found, paying, len(judged))
    else:
        said = _from(found, paying, first)
    worse = sum(one.verdict == Verdict.WORSE for one in judged.values())
    return f"{said} In {worse} of {len(judged)} cells thawing does worse." if worse else said


def _verdict(judged: Mapping[Place, Judged], stop: int, images: int) -> Verdict | None:
    one = judged.get((stop, images))
    return None if one is None else one.verdict


def _from(found: DepthMap, paying: Mapping[int, Sequence[int]], first: int) -> str:
    """It pays at `first` and at every larger number."""
    *fewer, last = paying
    beats = f"beats {BEATS}"
    if first == last:
        said = f"**Only with {_images(found, first)} was fine-tuning shown to pay**"
        return f"{said}: thawing from {_names(paying[first])} {beats}."
    always = [stop for stop in found.stops if all(stop in paying[n] for n in paying if n >= first)]
    where = f"thawing from {_names(always)} {beats} at each of these numbers"
    if not always:
        where = f"at each of these numbers thawing from at least one block {beats}"
    if first == fewer[0]:
        said = f"**Fine-tuning pays at every number asked, from {_images(found, first)} on**"
    else:
        said = f"**From {_images(found, first)} on, fine-tuning pays**"
    return f"{said}: {where}."


def _with_some(found: DepthMap, paying: Mapping[int, Sequence[int]], cells: int) -> str:
    """It pays at some numbers, between or below which it does not; or at none."""
    some = [images for images, stops in paying.items() if stops]
    if not some:
        return (
            f"**Nowhere on this map could it be shown that fine-tuning pays**: in none of {cells} cells is "
            f"thawing better than {BEATS}, with all cells looked at."
        )
    said = words.listed([_images(found, images) for images in some])
    stops = sorted({stop for images in some for stop in paying[images]})
    return (
        f"**Fine-tuning was shown to pay with {said}, and not with the other numbers**: there thawing from "
        f"{_names(stops)} beats {BEATS}."
    )


def cell_line(found: DepthMap, stop: int, images: int, judged: Mapping[Place, Judged]) -> str:
    """One cell: how it does beside the head alone, and what that is worth."""
    cell = found.cells[stop, images]
    said = f"**Thawed from {layers.stop_label(stop)} with {_images(found, images)}**: {_reached(cell)}"
    one = judged.get((stop, images))
    if one is None:
        return f"{said}. It is judged when all {words.plural(found.seeds, 'seed')} of both are there."
    verdict = f"**{VERDICTS[one.verdict]}**"
    if one.verdict == Verdict.CANNOT_TELL:
        return f"{said}: {verdict}, with all {len(found.cells)} cells looked at."
    return (
        f"{said}: {verdict}. Chance alone does as much in {chance(one.p_value)} of such maps, with all "
        f"{len(found.cells)} cells looked at."
    )


def _reached(cell: Cell) -> str:
    if cell.accuracy is None:
        return "not trained yet"
    said = words.percent(cell.accuracy)
    if cell.gain is None:
        return said
    return f"{said}, {words.points(cell.gain)} against {BEATS}"


def head_line(found: DepthMap, images: int) -> str:
    """The head alone with a number of images; empty where it is not there."""
    accuracy = found.head_accuracy(images)
    if accuracy is None:
        return ""
    return f"**Head alone, trained as long, with {_images(found, images)}**: {words.percent(accuracy)}."


def _images(found: DepthMap, images: int) -> str:
    """`50 images (5 of each class)`."""
    return f"{images:,} images ({each(images, found.classes)} of each class)"


def each(images: int, classes: int) -> str:
    """How many there are of each class: `5`, or `about 13` where that does not come out even."""
    return f"{'about ' if images % classes else ''}{images / classes:,.0f}"


def _names(stops: Sequence[int]) -> str:
    return words.listed([layers.stop_label(stop) for stop in stops], "or")
