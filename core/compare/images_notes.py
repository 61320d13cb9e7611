"""What curves over the number of training images say: transfer's worth, more images' gain, and its check."""

import math

from core.compare.images_curve import FROZEN, SCRATCH, ImagesCurve, TransferWorth
from core.statistics.paired import FEWEST_CHANGED
from core.statistics.power_law import PowerLaw
from core.statistics.withheld import Why, Withheld
from core.statistics.worth import Worth
from core.wording import words

FARTHEST = 4  # times the largest number measured: farther out nothing is said

_LEARNED = {FROZEN: "a frozen network", SCRATCH: "one from scratch"}


def worth_line(asked: TransferWorth) -> str:
    """The headline: how many images from scratch one image with transfer counts for, or why none is given."""
    found, learned = asked.found, _LEARNED.get(asked.transfer.arm, "a fine-tuned network")
    if isinstance(found, Withheld):
        return _worth_withheld(asked, found, learned)
    interval = f"{_factor(found.low)} to {_factor(found.high)}"
    if math.isinf(found.high):
        interval = f"{_factor(found.low)} or more"
    if found.low > 1:
        said = f"**Transfer is worth about {_factor(found.factor)} times the images here** ({interval}): "
    elif found.high < 1:
        said = (
            f"**Transfer is worth only about {_factor(found.factor)} times the images here** ({interval}): "
        )
    else:
        said = (
            f"**Whether transfer saves images here cannot be told**: about {_factor(found.factor)} times "
            f"({interval}), since "
        )
    return said + (
        f"{learned} needs about {_about(found.first_images)} for the {words.percent(found.accuracy)} that "
        f"take {_LEARNED[SCRATCH]} about {_about(found.second_images)}.{_how_read(asked, found)}"
    )


def _how_read(asked: TransferWorth, found: Worth) -> str:
    if not found.between:
        return ""
    without = [curve for curve in (asked.transfer, asked.scratch) if isinstance(curve.law, Withheld)]
    arms = " and ".join(curve.arm for curve in without)
    return f" It is read between the numbers that were measured: {arms}, the points follow no power law."


def _worth_withheld(asked: TransferWorth, found: Withheld, learned: str) -> str:
    first, second = asked.transfer.law, asked.scratch.law
    if found.why == Why.FIRST_AHEAD and isinstance(first, PowerLaw) and isinstance(second, PowerLaw):
        few, many = first.images[0], second.images[-1]
        least, most = first.accuracy(few), second.accuracy(many)
        if least.low > most.high:
            return (
                f"**Transfer is worth more than {many / few:.0f} times the images here**: with {few:,} "
                f"{learned} gets {words.percent(least.value)}, and with all {many:,} {_LEARNED[SCRATCH]} "
                f"gets {words.percent(most.value)}."
            )
    ahead = {
        Why.FIRST_AHEAD: (asked.transfer, asked.scratch),
        Why.SECOND_AHEAD: (asked.scratch, asked.transfer),
    }
    if found.why in ahead:
        higher, lower = (curve.arm for curve in ahead[found.why])
        why = f"{higher} is higher with its fewest images than {lower} with its most"
    else:
        why = f"{_without_law(asked).arm}, {found.why}"
    return f"**What transfer is worth in images is not given**: {why}."


def _without_law(asked: TransferWorth) -> ImagesCurve:
    return asked.transfer if isinstance(asked.transfer.law, Withheld) else asked.scratch


def gain_line(curve: ImagesCurve, more: int) -> str:
    """What so many more images than all of them would bring, and from where on nothing that could be shown;
    empty while the curve is not whole."""
    law = curve.law
    if law is None:
        return ""
    if isinstance(law, Withheld):
        return f"{_capital(curve.arm)}: what more images would bring is not foretold, since {law.why}."
    gain = law.gain(more)
    low, high = 100 * gain.low, 100 * gain.high
    said = f"{_capital(curve.arm)}, {words.plural(more, 'more image')}: "
    said += f"about {100 * gain.value:+.1f} points ({low:.1f} to {high:.1f})"
    return f"{said}; {_enough(law, curve.checked)}."


def _enough(law: PowerLaw, checked: int) -> str:
    most, could = FARTHEST * law.images[-1], f"{checked:,} validation images could show"
    images = law.enough(FEWEST_CHANGED / checked)
    if images > most:
        return f"even from {most:,} on, twice as many would still gain what {could}"
    if images < law.images[0]:
        return f"already from {law.images[0]:,} on, twice as many gain less than {could}"
    return f"from about {_about(images)} on, twice as many would gain less than {could}"


def check_line(curve: ImagesCurve) -> str:
    """Whether the smaller numbers foretold the two largest ones; empty while the curve is not whole."""
    held = curve.held
    if held is None:
        return ""
    if isinstance(held, Withheld):
        return f"{_capital(curve.arm)}: the smaller numbers alone foretell nothing, since {held.why}."
    said = [
        f"at {images:,} {words.percent(measured)} (foretold {words.interval(low, high)})"
        for images, measured, low, high in zip(
            held.images, held.measured, held.low, held.high, strict=True
        )
    ]  # fmt: skip
    where = "inside" if all(held.inside) else "outside" if not any(held.inside) else "partly outside"
    warning = "" if all(held.inside) else " Do not trust it beyond what was measured."
    return f"{_capital(curve.arm)}: {' and '.join(said)}, {where} what the smaller numbers foretold.{warning}"


def _factor(factor: float) -> str:
    return f"{factor:.1f}" if factor < 10 else f"{factor:,.0f}"


def _about(images: float) -> str:
    """In two digits: `48`, `220`, `1,300`; endless where there is no end."""
    if math.isinf(images):
        return "endless"
    digits = max(0, math.floor(math.log10(max(images, 1))) - 1)
    return f"{round(images, -digits):,.0f}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
