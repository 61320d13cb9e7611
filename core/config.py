"""An experiment as data: frozen dataclasses holding plain values, checked when they are made.

A run is a function of its `ExperimentConfig`. Configs travel as JSON (`to_dict`, `from_dict`), and
settings that cannot change the numbers are left out of the keys (`canonical`), so that two ways of
asking for the same training are the same run.
"""

import contextlib
import dataclasses
import json
import math
from dataclasses import dataclass, field, fields, replace
from typing import Any

from core.errors import ConfigError, one_of

BACKBONE_LAYERS = 154  # MobileNetV2 without its top, the input layer included
IMAGE_SIZES = (32, 512)  # px; below 32 MobileNetV2's five halvings leave nothing, above is slow
BATCH_NORM_MODES = ("inference", "batch")
OPTIMIZERS = ("adam", "rmsprop", "sgd")
FLIPS = ("none", "horizontal", "vertical", "horizontal_and_vertical")
SCALINGS = ("-1..1", "0..1")
BASE_WEIGHTS = ("imagenet", "random")
FILL_MODES = ("reflect", "constant", "nearest", "wrap")
SCRATCH_RATE = 1e-3  # Keras's default for Adam
SCRATCH_MOMENTUM = (
    0.9  # of the moving statistics in a network with random weights: see `core.method.backbone.build`
)


def _require(ok: bool, name: str, value, expected: str, fix: str = "") -> None:
    if not ok:
        raise ConfigError(f"{name} is {value!r}.", f"Expected {expected}.", fix, field=name)


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _require_whole(name: str, value, low: int, high: int) -> None:
    _require(_is_whole(value) and low <= value <= high, name, value, f"a whole number from {low} to {high}")


def _require_share(name: str, value, high: float = 1.0) -> None:
    _require(
        _is_number(value) and 0 <= value <= high, name, value, f"a number from 0 to {high:g} (0 turns it off)"
    )


def _require_choice(name: str, value, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ConfigError(f"{name} is {value!r}.", one_of(choices), field=name)


@dataclass(frozen=True)
class DataConfig:
    """Which images, how large, and how they are divided.

    Attributes:
        name: A known data set (`python -m core datasets`), or the path of a folder or zip.
        image_size: Side in px of the square every image is resized to.
        limit: At most this many images, drawn stratified by class and split; None means all.
        split_seed: Seed of the split and of `limit`. Apart from the training seed, so that repeats of
            a run see the same images.
        shares: (train, validation, test) shares for a set that comes without such folders; None means
            the rules of `core.data.splits`. They add up to 1.
    """

    name: str = "digits"
    image_size: int = 160
    limit: int | None = None
    split_seed: int = 42
    shares: tuple[float, float, float] | None = None

    def __post_init__(self):
        _require(
            isinstance(self.name, str) and self.name != "",
            "data.name",
            self.name,
            "a data set, folder or zip",
        )
        _require_whole("data.image_size", self.image_size, *IMAGE_SIZES)
        if self.limit is not None:
            _require_whole("data.limit", self.limit, 10, 10_000_000)
        _require_whole("data.split_seed", self.split_seed, 0, 2**31 - 1)
        if self.shares is not None:
            object.__setattr__(self, "shares", tuple(self.shares))
            good = len(self.shares) == 3 and all(_is_number(s) and 0 < s < 1 for s in self.shares)
            good = good and abs(sum(self.shares) - 1) < 1e-9
            _require(good, "data.shares", self.shares, "three positive shares that add up to 1")


@dataclass(frozen=True)
class BaseConfig:
    """The backbone: MobileNetV2 without its top, width 1.0.

    Attributes:
        weights: `imagenet` (pretrained) or `random` (from scratch).
        scaling: What a pixel value 0..255 becomes. `-1..1` is what MobileNetV2 was trained with
            (`preprocess_input`); `0..1` is the common mistake, kept to reproduce published runs.
    """

    weights: str = "imagenet"
    scaling: str = "-1..1"

    def __post_init__(self):
        _require_choice("base.weights", self.weights, BASE_WEIGHTS)
        _require_choice("base.scaling", self.scaling, SCALINGS)


@dataclass(frozen=True)
class AugmentationConfig:
    """Random transforms of training images. All off by default.

    The factors are those of Keras's layers of the same names.

    Attributes:
        flip: `none`, `horizontal`, `vertical` or `horizontal_and_vertical`, with probability 1/2. The last
            does both at once, a half turn, as Keras's `RandomFlip` of that name does.
        rotation: Fraction of a full turn, both ways: 0.2 is plus or minus 72 degrees.
        zoom: 0.2 shows between 80% and 120% of the picture's side; height and width alike.
        translation: Fraction of the side, both axes, both ways.
        contrast: 0.2 multiplies the distance from each channel's mean by 0.8 to 1.2.
        brightness: Fraction of the 0..255 range added or taken away.
        fill_mode: What stands where the picture was moved away from.
    """

    flip: str = "none"
    rotation: float = 0.0
    zoom: float = 0.0
    translation: float = 0.0
    contrast: float = 0.0
    brightness: float = 0.0
    fill_mode: str = "reflect"

    def __post_init__(self):
        _require_choice("augmentation.flip", self.flip, FLIPS)
        _require_choice("augmentation.fill_mode", self.fill_mode, FILL_MODES)
        _require_share("augmentation.rotation", self.rotation, 0.5)
        _require_share("augmentation.zoom", self.zoom, 0.9)
        _require_share("augmentation.translation", self.translation, 0.9)
        _require_share("augmentation.contrast", self.contrast, 1.0)
        _require_share("augmentation.brightness", self.brightness, 1.0)

    @property
    def active(self) -> bool:
        """Whether any transform can change an image."""
        amounts = (self.rotation, self.zoom, self.translation, self.contrast, self.brightness)
        return self.flip != "none" or any(amounts)


@dataclass(frozen=True)
class HeadConfig:
    """What follows global average pooling: `hidden` ReLU layers, dropout, and the output layer.

    Attributes:
        hidden: Units of each hidden Dense layer; empty for the tutorial's head.
        dropout: Share of inputs of the output layer dropped while training.
    """

    hidden: tuple[int, ...] = ()
    dropout: float = 0.2

    def __post_init__(self):
        hidden = (self.hidden,) if _is_whole(self.hidden) else self.hidden
        _require(
            isinstance(hidden, (list, tuple)) and all(_is_whole(u) and 1 <= u <= 4096 for u in hidden),
            "head.hidden", self.hidden, "a list of layer sizes from 1 to 4096, such as [128]; [] for none",
        )  # fmt: skip
        object.__setattr__(self, "hidden", tuple(hidden))
        _require_share("head.dropout", self.dropout, 0.95)


def _check_phase(section: str, epochs, optimizer, learning_rate) -> None:
    _require_whole(f"{section}.epochs", epochs, 0, 1000)
    _require_choice(f"{section}.optimizer", optimizer, OPTIMIZERS)
    _require(
        _is_number(learning_rate) and 0 < learning_rate <= 10,
        f"{section}.learning_rate", learning_rate, "a number above 0 and at most 10",
        "A rate of 0 would train nothing. Try 1e-3 for a new head, 1e-5 for pretrained layers.",
    )  # fmt: skip


@dataclass(frozen=True)
class FeatureExtractionConfig:
    """First phase: the backbone is frozen, only the head learns. `epochs=0` skips it."""

    epochs: int = 10
    optimizer: str = "adam"
    learning_rate: float = 1e-4

    def __post_init__(self):
        _check_phase("feature_extraction", self.epochs, self.optimizer, self.learning_rate)


@dataclass(frozen=True)
class FineTuningConfig:
    """Second phase: backbone layers from `unfreeze_from` on learn too. `epochs=0` skips it.

    Attributes:
        unfreeze_from: Index of the first trainable backbone layer, 0 (all learn) to 154 (head only).
    """

    epochs: int = 10
    optimizer: str = "rmsprop"
    learning_rate: float = 1e-5
    unfreeze_from: int = 100

    def __post_init__(self):
        _check_phase("fine_tuning", self.epochs, self.optimizer, self.learning_rate)
        _require(
            _is_whole(self.unfreeze_from) and 0 <= self.unfreeze_from <= BACKBONE_LAYERS,
            "fine_tuning.unfreeze_from", self.unfreeze_from,
            f"a layer index from 0 (everything learns) to {BACKBONE_LAYERS} (only the head learns)",
        )  # fmt: skip


@dataclass(frozen=True)
class ExperimentConfig:
    """Everything a run depends on.

    Attributes:
        seed: Seeds the head's initial weights, the order of batches, dropout and augmentation.
        batch_norm: What the unfrozen BatchNormalization layers do while training. `inference` keeps
            the pretrained statistics; `batch` normalises by each batch and re-estimates them, which
            is what Keras 3's `fit` does with the tutorial's code. Frozen ones infer in both.
        batch_size: Images a step.
    """

    data: DataConfig = field(default_factory=DataConfig)
    base: BaseConfig = field(default_factory=BaseConfig)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    feature_extraction: FeatureExtractionConfig = field(default_factory=FeatureExtractionConfig)
    fine_tuning: FineTuningConfig = field(default_factory=FineTuningConfig)
    seed: int = 42
    batch_norm: str = "inference"
    batch_size: int = 32

    def __post_init__(self):
        _require_whole("seed", self.seed, 0, 2**31 - 1)
        _require_choice("batch_norm", self.batch_norm, BATCH_NORM_MODES)
        _require_whole("batch_size", self.batch_size, 1, 4096)
        if self.feature_extraction.epochs + self.fine_tuning.epochs == 0:
            raise ConfigError(
                "Both phases have 0 epochs, so nothing would be trained.",
                fix="Give feature_extraction.epochs or fine_tuning.epochs at least 1.",
                field="feature_extraction.epochs",
            )

    @property
    def two_phases(self) -> bool:
        """Whether fine-tuning follows a feature extraction of its own."""
        return self.feature_extraction.epochs > 0 and self.fine_tuning.epochs > 0

    @property
    def from_scratch(self) -> bool:
        """Whether every layer learns from random weights, in one phase: no transfer at all."""
        every_layer = self.fine_tuning.unfreeze_from == 0 and self.fine_tuning.epochs > 0
        return self.base.weights == "random" and every_layer and not self.feature_extraction.epochs

    def first_phase_only(self) -> "ExperimentConfig":
        """The same experiment without its second phase."""
        return replace(self, fine_tuning=replace(self.fine_tuning, epochs=0))

    def without_transfer(self) -> "ExperimentConfig":
        """The same experiment from scratch: random weights, every layer learns, as many epochs in all.

        The rates of a transfer would be unfair to it: they are small because pretrained weights need little
        change. It learns by Adam at `SCRATCH_RATE`, and its BatchNorm layers re-estimate their statistics
        batch by batch, since there are none worth keeping.
        """
        epochs = self.feature_extraction.epochs + self.fine_tuning.epochs
        return replace(
            self,
            base=replace(self.base, weights="random"),
            feature_extraction=FeatureExtractionConfig(epochs=0),
            fine_tuning=FineTuningConfig(epochs, "adam", SCRATCH_RATE, unfreeze_from=0),
            batch_norm="batch",
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, sections nested."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    def canonical(self) -> dict[str, Any]:
        """`to_dict` without what cannot change the numbers: the form that goes into keys."""
        plain = self.to_dict()
        del plain["data"]["name"]  # the images themselves are in the key, by content
        if not self.augmentation.active:
            plain["augmentation"] = None
        for phase in ("feature_extraction", "fine_tuning"):
            if plain[phase]["epochs"] == 0:
                plain[phase] = None
        if plain["fine_tuning"] is None or self.fine_tuning.unfreeze_from == BACKBONE_LAYERS:
            plain["batch_norm"] = None  # every BatchNorm layer is frozen and infers
        return plain


_SECTIONS = {
    f.name: f.default_factory for f in fields(ExperimentConfig) if dataclasses.is_dataclass(f.default_factory)
}


def settable_fields() -> list[str]:
    """Every name `with_setting` accepts, as `field` or `section.field`."""
    top = [f.name for f in fields(ExperimentConfig) if f.name not in _SECTIONS]
    nested = [f"{section}.{f.name}" for section, cls in _SECTIONS.items() for f in fields(cls)]
    return top + nested


def with_setting(config: ExperimentConfig, name: str, value) -> ExperimentConfig:
    """`config` with one field changed.

    Args:
        name: `field` or `section.field`, such as `fine_tuning.unfreeze_from`.

    Raises:
        ConfigError: unknown name (the known ones are listed) or impossible value.
    """
    if name not in settable_fields():
        raise ConfigError(f"There is no setting named {name!r}.", one_of(settable_fields()), field=name)
    section, _, leaf = name.rpartition(".")
    if not section:
        return replace(config, **{leaf: value})
    return replace(config, **{section: replace(getattr(config, section), **{leaf: value})})


def parse_setting(config: ExperimentConfig, text: str) -> ExperimentConfig:
    """Apply `section.field=value` as typed in a terminal. The value is JSON if it parses, else text.

    Raises:
        ConfigError: no `=`, an unknown name or an impossible value.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"{text!r} is not a setting.", "Expected section.field=value.", field=name)
    with contextlib.suppress(json.JSONDecodeError):
        value = json.loads(value)
    return with_setting(config, name.strip(), value)


def from_dict(plain: dict[str, Any]) -> ExperimentConfig:
    """The config that `to_dict` described. Unknown fields are refused, missing ones take their default.

    Raises:
        ConfigError: not a dictionary, an unknown field or an impossible value.
    """
    if not isinstance(plain, dict):
        raise ConfigError(f"A configuration is {type(plain).__name__}.", "Expected an object of settings.")
    config_values: dict[str, Any] = {}
    for name, value in plain.items():
        if name in _SECTIONS:
            cls = _SECTIONS[name]
            known = {f.name for f in fields(cls)}
            if not isinstance(value, dict) or not set(value) <= known:
                raise ConfigError(f"{name} is {value!r}.", one_of(sorted(known)), field=name)
            config_values[name] = cls(**value)
        elif name in {f.name for f in fields(ExperimentConfig)}:
            config_values[name] = value
        else:
            raise ConfigError(f"There is no setting named {name!r}.", one_of(settable_fields()), field=name)
    return ExperimentConfig(**config_values)
