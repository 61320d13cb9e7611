"""What is said of curves over the number of training images."""

from collections.abc import Iterator

import numpy as np

from core.compare.images_curve import ARMS, FROZEN, SCRATCH, TUNED, ImagesCurve, TransferWorth, transfer_worth
from core.compare.images_notes import FARTHEST, check_line, gain_line, worth_line
from core.statistics.power_law import PowerLaw
from core.statistics.withheld import Why, Withheld
from core.statistics.worth import HeldOut, Worth
from tests.claims import Facts, Told
from tests.sayings.grid import saying

COUNTS, CHECKED = (20, 40, 80, 160, 320, 640), 500
SHAPES = {  # name -> accuracy by number of images
    "law": lambda n: 0.9 - 2.0 * n**-0.5,
    "law of five times as many": lambda n: 0.9 - 2.0 * (5 * n) ** -0.5,
    "nearly the same law": lambda n: 0.9 - 2.0 * (1.02 * n) ** -0.5,
    "far above": lambda n: 0.97 - 0.1 * n**-0.5,
    "higher everywhere": lambda n: 0.99 - 0.3 * n**-0.5,
    "slow": lambda n: 0.5 + 0.05 * np.log(n / 20),
    "soon done": lambda n: 0.9 - 8.0 * n**-1.4,
    "flat": lambda n: 0.7 + 0 * n,
    "falling": lambda n: 0.9 - 0.1 * np.log(n / 20),
    "a step": lambda n: np.where(n > 200, 0.9, 0.5 + n / 10_000),
    "off at the end": lambda n: np.where(n > 600, 0.6, 0.9 - 2.0 * n**-0.5),
}


def curve(arm: str, shape: str, resamples: int = 6, missing: int = 0) -> ImagesCurve:
    """A curve of this shape, its networks a little apart."""
    random, images = np.random.default_rng(len(shape)), np.array(COUNTS, float)
    scatter = random.normal(0, 0.25, (len(COUNTS), resamples)) / np.sqrt(images)[:, None]
    accuracies = SHAPES[shape](images)[:, None] + scatter - scatter.mean(axis=1, keepdims=True)
    right = {
        (count, seed): int(round(CHECKED * float(np.clip(accuracies[place, seed], 0, 1))))
        for place, count in enumerate(COUNTS)
        for seed in range(resamples)
    }
    for place in list(right)[:missing]:
        del right[place]
    return ImagesCurve(arm, COUNTS, right, CHECKED, {})


def rounded(images: float) -> list[float]:
    """In one to three digits."""
    if not np.isfinite(images):
        return []
    return [float(f"{images:.{digits}g}") for digits in (1, 2, 3)] + [round(images)]


@saying
def more_images() -> Iterator[Told]:
    said = set()
    for shape in SHAPES:
        for arm in ARMS:
            one = curve(arm, shape)
            law, held = one.law, one.held
            facts = Facts(counts=[200, CHECKED, *COUNTS, FARTHEST * COUNTS[-1]])
            if isinstance(law, PowerLaw):
                gain = law.gain(200)
                assert gain.low <= gain.value <= gain.high
                facts.points.append(100 * gain.value)
                slope = law.accuracies  # the doubling that gains six of 500 is looked for, not solved
                grid = np.geomspace(1, 1e7, 4001)
                errors = law.a + law.b * grid**-law.c - law.a - law.b * (2 * grid) ** -law.c
                enough = grid[np.argmax(errors < 6 / CHECKED)]
                facts.counts += [100 * gain.low, 100 * gain.high, *rounded(enough)]
                assert slope(20).shape == (1000,)
            if isinstance(held, HeldOut):
                facts.shares += [*held.measured, *held.low, *held.high]
            told = [gain_line(one, 200), check_line(one)]
            assert ("not foretold" in told[0]) == isinstance(law, Withheld)
            said |= {word for word in ("inside", "partly outside", "foretell nothing") if word in told[1]}
            yield Told("images_notes", told, facts)
    assert said == {"inside", "partly outside", "foretell nothing"}
    part = curve(TUNED, "law", missing=1)
    assert (gain_line(part, 200), check_line(part)) == ("", "")


@saying
def worth_in_images() -> Iterator[Told]:
    said: list[str] = []
    for transfer in SHAPES:
        for scratch in ("law", "law of five times as many", "flat", "a step"):
            for arm in (FROZEN, TUNED):
                found = transfer_worth([curve(arm, transfer), curve(SCRATCH, scratch)])
                assert found is not None
                facts = Facts(counts=[*COUNTS, COUNTS[-1] // COUNTS[0], *ends(found)])
                for one in (found.transfer, found.scratch):
                    if isinstance(one.law, PowerLaw):
                        facts.shares += [one.law.accuracy(n).value for n in COUNTS]
                if isinstance(found.found, Worth):
                    facts.shares.append(found.found.accuracy)
                text = worth_line(found)
                holds = isinstance(found.found, Worth) and found.found.low > 1
                assert ("Transfer is worth about" in text) == holds
                assert ("not given" in text) <= isinstance(found.found, Withheld)
                said.append(text)
                yield Told("images_notes", [text], facts)
    for part in ("worth about", "cannot be told", "worth only", "worth more than", "is not given"):
        assert any(part in text for text in said), part
    assert transfer_worth([curve(TUNED, "law")]) is None


def ends(found: TransferWorth) -> list[float]:
    """The numbers of a factor, as a sentence may round them."""
    worth = found.found
    if not isinstance(worth, Worth):
        assert isinstance(worth.why, Why)
        return []
    counts = [round(end, 1 if end < 10 else 0) for end in (worth.factor, worth.low, worth.high)]
    return [*counts, *rounded(worth.first_images), *rounded(worth.second_images)]
