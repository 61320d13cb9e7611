"""What a search for the best recipe says: which cannot be told apart, the cheapest of them, what validation's
choice does to their accuracy, and why others were not tried."""

from core import layers
from core.compare.best import NotTried, Search, Standing
from core.compare.depth_notes import chance
from core.sweeps.candidates import Candidate
from core.sweeps.search_record import ALONE, DEAR, LATE
from core.wording import words

STAGES = {
    "default": "the default recipe", "sizes": "image sizes", "depths": "unfreeze points",
    "neighbours": "what is near the best", "seeds": "the last, from more seeds",
}  # fmt: skip
MOST_NAMED = 4  # winners that are named one by one


def name(one: Candidate) -> str:
    """`160 px, from block 13, rate 1e-4`; `96 px, head only, rate 1e-3, augmented`."""
    said = f"{one.size} px, {words.retrain_from(one.stop)}, rate {words.rate(one.rate)}"
    return said + (", augmented" if one.augmented else "")


def headline(found: Search) -> str:
    """The set that cannot be told apart, and the cheapest of it; empty until the search has ended."""
    if found.named is None:
        return ""
    winners, count = found.standing(Standing.WINNER), len(found.tried)
    cheapest = f"**{name(found.named.candidate)}**, {words.duration(found.named.seconds)} of training"
    if found.named.place == 0:
        cheapest = f"**the default recipe** ({name(found.named.candidate)})"
    if count == 1:
        return f"Within this time nothing but {cheapest} could be trained: there is nothing to choose from."
    some = f"{count} recipes tried"
    if found.seeds > 1:
        some = f"{found.judged} recipes judged over {found.seeds} seeds"
    if len(winners) == 1:
        return f"**Of {some} one is left**: {cheapest}.{_unsure(found)}"
    named = ["the default recipe" if one.place == 0 else name(one.candidate) for one in winners]
    listed = f" ({'; '.join(named)})" if len(named) <= MOST_NAMED else ""
    return (
        f"**{len(winners)} of {some} cannot be told apart from the best**{listed}. The cheapest of them that "
        f"got no fewer validation images right than the default recipe: {cheapest}.{_unsure(found)}"
    )


def _unsure(found: Search) -> str:
    """Those that nothing was shown against, either; empty where there are none."""
    unsure = len(found.standing(Standing.UNSURE))
    if not unsure:
        return ""
    return f" Of {len(found.tried)} tried, {unsure} more were left by one seed; there was no time for others."


def default_line(found: Search) -> str:
    """How the default recipe stands; empty where it is the one named, or nothing is decided."""
    if found.named is None or found.named.place == 0 or found.default is None:
        return ""
    if found.default.standing == Standing.WINNER:
        return (
            "The default recipe is among those that cannot be told apart: nothing here was shown to be more "
            "accurate than it."
        )
    return (
        "The default recipe does worse than the best: chance alone would part them so in "
        f"{chance(found.default_p)} such searches."
    )


def optimism_line(found: Search) -> str:
    """Why the validation accuracies flatter, and what the verdict speaks of."""
    if not found.ended or len(found.tried) == 1:
        return ""
    sure = (
        "One seed: it is these networks that were told apart, and another seed may place them otherwise."
        if found.seeds == 1
        else f"{found.judged} were judged over {found.seeds} seeds each."
    )
    return (
        f"Validation images chose among {len(found.tried)} recipes, so the accuracy of the chosen one on "
        f"them flatters: of equally good recipes the luckiest leads. {sure} The test images had no say."
    )


def why(one: NotTried) -> str:
    """Why a candidate was not tried."""
    if one.why == DEAR:
        room = f"{words.duration(one.room)} of its stage" if one.room > 0 else "no time"
        return f"would take about {words.duration(one.seconds)}, and {room} was left"
    if one.why == ALONE:
        return "no time was left for others from as many seeds"
    return "time was over before it was done" if one.why == LATE else f"failed: {one.problem}"


def fell(stage: str, p_value: float) -> str:
    """When and by what evidence a candidate was dropped: `image sizes, p 0.003`."""
    return f"{STAGES[stage]}, p {p_value:.2g}"


def where(one: Candidate) -> str:
    """What learns, for a table: `block 13`, `head only`."""
    return layers.stop_label(one.stop)
