"""What a search for the best recipe may try: sizes, unfreeze points and rates around a recipe. No TensorFlow.

Candidates see the images as they are: their features are then computed once, and a network takes seconds.
What the recipe's augmentation adds is tried on those that did well.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.config import BACKBONE_LAYERS, ExperimentConfig, with_setting
from core.errors import ConfigError
from core.randomness import SEEDS
from core.running.own_recipe import SIZES
from core.sweeps.grid import STOPS
from core.sweeps.plan import Point, curve_stops
from core.transforms import AugmentationConfig

FACTORS = (1 / 3, 3.0)  # of a rate: its neighbours, half a decade away
LARGEST_RATE = 10.0  # that a setting takes


@dataclass(frozen=True)
class Candidate:
    """How a recipe is changed.

    Attributes:
        size: Side of the images in px.
        stop: The unfreeze point; `BACKBONE_LAYERS` for the head alone, without a second phase.
        rate: Of fine-tuning; where the head is alone, of feature extraction.
        augmented: Whether the recipe's augmentation is on.
    """

    size: int
    stop: int
    rate: float
    augmented: bool

    @property
    def frozen(self) -> bool:
        """Whether the head alone learns."""
        return self.stop == BACKBONE_LAYERS

    def config(self, base: ExperimentConfig) -> ExperimentConfig:
        """The recipe changed so: an ordinary one."""
        found = with_setting(base, "data.image_size", self.size)
        if not self.augmented:
            found = replace(found, augmentation=AugmentationConfig())
        if self.frozen:
            return with_setting(found, "feature_extraction.learning_rate", self.rate).first_phase_only()
        found = with_setting(found, "fine_tuning.unfreeze_from", self.stop)
        return with_setting(found, "fine_tuning.learning_rate", self.rate)

    def points(self, base: ExperimentConfig, steps: Iterable[int]) -> list[Point]:
        """Its runs, one a step from the recipe's own seed."""
        config = self.config(base)
        seeds = [(base.seed + step) % SEEDS for step in steps]
        return [Point(self.to_plain(), seed, with_setting(config, "seed", seed)) for seed in seeds]

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it; `Candidate(**plain)` reads it."""
        return asdict(self)


def default_of(base: ExperimentConfig) -> Candidate:
    """The recipe itself. Its `config` is the recipe.

    Raises:
        ConfigError: it has not both phases, or thaws nothing: a search has nothing to begin with.
    """
    if base.base.weights != "imagenet":
        raise _unfit("base.weights is random", "the pretrained weights", "base.weights")
    if not base.feature_extraction.epochs:
        raise _unfit("feature_extraction.epochs is 0", "1 or more", "feature_extraction.epochs")
    if not base.thaws:
        name = "fine_tuning.unfreeze_from" if base.fine_tuning.epochs else "fine_tuning.epochs"
        raise _unfit("The recipe thaws nothing", "a recipe with fine-tuning", name)
    tuning = base.fine_tuning
    return Candidate(
        base.data.image_size, tuning.unfreeze_from, tuning.learning_rate, base.augmentation.active
    )


def _unfit(happened: str, expected: str, field: str) -> ConfigError:
    fix = "A search begins with a pretrained network that is trained in both phases, and goes on from there."
    return ConfigError(f"{happened}.", f"Expected {expected}.", fix, field=field)


def sizes(base: ExperimentConfig) -> list[Candidate]:
    """The head alone at every size: from stored features that takes seconds."""
    rate = base.feature_extraction.learning_rate
    return [Candidate(size, BACKBONE_LAYERS, rate, False) for size in sorted({base.data.image_size, *SIZES})]


def depths(base: ExperimentConfig, some: Iterable[int]) -> list[Candidate]:
    """A few unfreeze points, the recipe's own among them, at some sizes and the recipe's rate."""
    tuning = base.fine_tuning
    return [
        Candidate(size, stop, tuning.learning_rate, False)
        for size in some
        for stop in sorted({tuning.unfreeze_from, *STOPS})
    ]


def neighbours(base: ExperimentConfig, one: Candidate) -> list[Candidate]:
    """What is near one that did well: other rates, the next block either way, and the augmentation."""
    near = [replace(one, rate=_rounded(one.rate * factor)) for factor in FACTORS]
    if not one.frozen:
        deep = [stop for stop in curve_stops() if stop != BACKBONE_LAYERS]
        below = [stop for stop in deep if stop < one.stop][-1:]
        above = [stop for stop in deep if stop > one.stop][:1]
        near += [replace(one, stop=stop) for stop in (*below, *above)]
    if base.augmentation.active and not one.augmented:
        near.append(replace(one, augmented=True))
    return near


def _rounded(rate: float) -> float:
    """In two digits: a third of 1e-4 is 3.3e-5."""
    return min(LARGEST_RATE, float(f"{rate:.1e}"))


def everything(base: ExperimentConfig) -> list[Candidate]:
    """All that a search from this recipe could come to try, each once."""
    heads = sizes(base)
    first = [default_of(base), *heads, *depths(base, [head.size for head in heads])]
    return list(dict.fromkeys([*first, *(near for one in first for near in neighbours(base, one))]))
