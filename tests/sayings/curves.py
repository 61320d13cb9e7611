"""What is said of curves over unfreeze points."""

from collections.abc import Iterator

import numpy as np

from core.compare.curve import CurvePoint, Looked
from core.compare.depth_notes import end_notes, headline
from core.config import with_setting
from core.presets import digits_quick
from core.statistics.holm import indistinguishable
from core.sweeps.plan import STOP, curve_stops
from core.wording.processors import mixed_note
from tests import fakes
from tests.claims import Facts, Told
from tests.sayings.grid import saying

IMAGES = fakes.VALIDATION_IMAGES
SHAPES = {  # name -> how many images each of five points gets wrong, input first
    "flat": (60, 61, 60, 62, 60),
    "one hill": (150, 70, 60, 62, 160),
    "one stands out": (200, 180, 40, 190, 210),
    "falls to the head": (50, 52, 51, 120, 200),
    "rises to the head": (200, 150, 120, 60, 55),
}


def curve(wrong: tuple[int, ...], seeds: int) -> Looked:
    """Five points of a curve with so many wrong answers, not the same images for each seed."""
    random = np.random.default_rng(sum(wrong) + seeds)
    points, right = [], []
    for stop, count in zip(curve_stops()[2::4], wrong, strict=True):
        config, runs = with_setting(digits_quick(), STOP, stop), {}
        for seed in range(seeds):
            answers = random.permutation(fakes.wrong_answers(0, count + seed))
            runs[seed] = fakes.record(
                f"run-{stop}-{seed}", config, fakes.wrong_by_phase(config, None, answers)
            )
            right.append(~answers)
        points.append(CurvePoint(stop, runs))
    return Looked(tuple(points), indistinguishable(np.array(right).reshape(len(points), seeds, IMAGES)))


@saying
def curves() -> Iterator[Told]:
    for wrong in SHAPES.values():
        for seeds in (1, 3):
            looked = curve(wrong, seeds)
            means = [
                np.mean([run.last.validation.accuracy for run in point.runs.values()])
                for point in looked.points
            ]
            p_values = [p for place, p in enumerate(looked.leaders.p_values) if place != looked.leaders.best]
            told = [headline(looked), *end_notes(looked)]
            facts = Facts(
                shares=means,
                counts=[
                    len(looked.points), len(looked.together), 1, 1000, 1000 * max(p_values),
                    *(point.parameters / unit for point in looked.points for unit in (1, 1e3, 1e6)),
                ],
                seconds=[point.seconds for point in looked.points],
                points=[100 * (max(means) - mean) for mean in means],
            )  # fmt: skip
            yield Told("depth_notes", told, facts)
            alone = len(looked.together) == 1
            assert ("Every other" in told[0]) == alone
            assert (" falls: " in told[1]) == (len(looked.points) - 1 not in looked.leaders.together)
            assert (" falls: " in told[2]) == (0 not in looked.leaders.together)


@saying
def processors() -> Iterator[Told]:
    one, other = "Intel(R) Xeon(R) Platinum", "AMD EPYC"
    assert mixed_note([one, one, ""]) == mixed_note([]) == ""
    for kinds in ((one, other, one), (one, other, "NVIDIA", "")):
        told = mixed_note(kinds)
        assert all(kind in told for kind in kinds)
        yield Told("processors", [told], Facts(counts=[len(set(kinds) - {""})]))
