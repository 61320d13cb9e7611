"""What the probes on pretrained and on random features say, whatever the sign of their difference."""

from typing import Any

import numpy as np

from core.explain import probe_depths
from core.statistics.paired import PairedVerdict, compare
from core.statistics.verdict import Verdict
from core.wording import words
from core.wording.verdicts import paired_sentence


def verdict(arrays: dict[str, np.ndarray]) -> PairedVerdict:
    """The probe on pretrained features against the one on random ones, on the same validation images."""
    return compare(arrays["random_right"], arrays["pretrained_right"])


def sentences(record: dict[str, Any], found: PairedVerdict) -> list[str]:
    """Both scores with their intervals, the verdict, and what it means.

    Args:
        record: As the study `pretrained_or_random` keeps it.
    """
    pretrained, random = record["probes"]["pretrained"], record["probes"]["random"]
    scores = (
        f"Taught by {words.plural(record['train'], 'training image')}, a linear probe gets "
        f"{_score(pretrained)} right on pretrained features and {_score(random)} on those of the same "
        "network with random weights."
    )
    return [scores, f"Pretrained against random: {paired_sentence(found)}.", _meaning(found)]


def _score(probe: dict[str, Any]) -> str:
    share = words.percent(probe["correct"] / probe["n"])
    return (
        f"{share} ({probe['correct']:,} of {probe['n']:,}, 95% interval {words.interval(*probe['interval'])})"
    )


def _meaning(found: PairedVerdict) -> str:
    if found.verdict == Verdict.BETTER:
        return "So what the network brings along helps here, before anything of it is trained."
    if found.verdict == Verdict.WORSE:
        return (
            "So at the top of the frozen network, what it brings along is of less use here than what random "
            "weights make of the images."
        )
    return (
        f"So these {found.n:,} images do not show that what the network brings along is worth more than "
        "random weights, nor that it is worth less."
    )


def depth_sentence(right: np.ndarray) -> str:
    """Where the top is not the best place for a probe, why thawing can help; else that it is the best.

    Args:
        right: bool (depths, n), as the study `probes` keeps it.
    """
    best = probe_depths.depths()[probe_depths.best_depth(right)].name
    against = probe_depths.best_against_top(right)
    top, most = right[-1].mean(), right.sum(axis=1).max() / right.shape[1]
    if against.verdict != Verdict.BETTER:
        return (
            f"By depth: no place in the frozen network is clearly better for a probe than its top "
            f"({words.percent(top)})."
        )
    return (
        f"By depth: after {best} a probe gets {words.percent(most)} right, at the top {words.percent(top)}. "
        "The last blocks fit the photos that the network learned from, not these images: that is why thawing "
        "them can help."
    )
