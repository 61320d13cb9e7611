"""An experiment as data: frozen dataclasses holding plain values, checked when they are made.

A run is a function of its `ExperimentConfig`. Configs travel as JSON (`to_dict`, `from_dict`), and
settings that cannot change the numbers are left out of the keys (`canonical`), so that two ways of
asking for the same training are the same run.
"""

import dataclasses
import json
import re
from dataclasses import dataclass, field, fields, replace
from typing import Any

from core import group_rules, settings
from core.errors import ConfigError, one_of
from core.keys import NEUTRAL, lasting
from core.optimizers import OPTIMIZERS
from core.settings import (
    SEED_HIGH,
    Setting,
    as_float,
    as_list,
    as_whole,
    choice,
    number,
    setting,
    whole,
)
from core.transforms import AugmentationConfig
from core.typed_numbers import in_percent, read_number, read_numbers
from core.typed_places import read_place

BACKBONE_LAYERS = 154  # MobileNetV2 without its top, the input layer included
IMAGE_SIZES = (32, 512)  # px; below 32 MobileNetV2's five halvings leave nothing, above is slow
ONE_THREAD_UP_TO = 96  # px; so far one thread trains the tail as fast as two do: see `docs/method.md`
# Values of a setting -> in words
BATCH_NORM_MODES = {"inference": "statistics kept", "batch": "each batch"}
SCALINGS = {"-1..1": "-1..1", "0..1": "0..1"}
BASE_WEIGHTS = {"imagenet": "ImageNet", "random": "random"}
KEEP = {"last": "the last", "best": "the best on validation"}
CLASS_WEIGHTS = {"none": "none", "balanced": "balanced"}
MOST_EPOCHS = 1000  # of a phase
SCRATCH_RATE = 1e-3  # Keras's default for Adam
SCRATCH_MOMENTUM = (
    0.9  # of the moving statistics in a network with random weights: see `core.method.backbone.build`
)


def _as_name(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError
    return value


def _as_shares(value: Any) -> tuple[float, ...] | None:
    if value is None:
        return None
    shares = tuple(as_float(share, 0, 1) for share in as_list(value))
    if len(shares) != 3 or 0 in shares or abs(sum(shares) - 1) >= 1e-9:
        raise ValueError
    return shares


def _read_shares(text: str) -> list[float] | None:
    """As `read_numbers`; 80/10/10 are percentages."""
    found = read_numbers(text, nothing="as usual")
    return None if found is None else in_percent(found)


def _read_sizes(text: str) -> list[float]:
    return read_numbers(text) or []


def _as_sizes(value: Any) -> tuple[int, ...]:
    return tuple(as_whole(size, 1, 4096) for size in as_list(value))


def _as_rate(value: Any) -> float:
    rate = as_float(value, 0, 10)
    if not rate:
        raise ValueError
    return rate


def _rate(default: float, title: str) -> Any:
    return setting(
        default, title, _as_rate, "a number above 0 and at most 10",
        fix="A rate of 0 would train nothing. Try 1e-3 for a new head, 1e-5 for pretrained layers.",
        read=read_number, unit="rate",
    )  # fmt: skip


@dataclass(frozen=True)
class DataConfig:
    """Which images, how large, and how they are divided.

    Attributes:
        name: A known data set (`python -m core datasets`), or the path of a folder or zip.
        image_size: Side in px of the square every image is resized to.
        limit: At most this many images, drawn stratified by class and split; None means all.
        train_limit: So many of the training images, drawn stratified by class, the smaller number's among
            the larger's; validation and test stay whole. None means all.
        train_draw: Which draw of `train_limit` images: 0 is the usual one, any other number another. Without
            a limit it changes nothing.
        split_seed: Seed of the split and of both limits. Apart from the training seed, so that repeats of
            a run see the same images.
        shares: (train, validation, test) shares for a set that comes without such folders; None means
            the rules of `core.data.splits`. They add up to 1.
        groups: Which images no division tears apart, by a rule of `core.group_rules`, such as `before:_`;
            None where each stands for itself.
    """

    name: str = setting("digits", "data set", _as_name, "a data set, folder or zip", read=read_place)
    image_size: int = whole(160, "image size", *IMAGE_SIZES, unit="px")
    limit: int | None = whole(None, "number of images", 10, 10_000_000, optional=True, nothing="all")
    split_seed: int = whole(42, "split seed", 0, SEED_HIGH)
    shares: tuple[float, float, float] | None = setting(
        None,
        "shares of the split",
        _as_shares,
        "three positive shares that add up to 1 (or to 100, as percentages), or `none`",
        read=_read_shares,
        nothing="as usual",
    )
    train_limit: int | None = whole(None, "training images", 2, 10_000_000, optional=True, nothing="all")
    train_draw: int = whole(0, "draw of the training images", 0, SEED_HIGH)
    groups: str | None = setting(
        None, "groups kept together", group_rules.as_rule, group_rules.EXPECTED, read=group_rules.read_rule
    )

    def __post_init__(self):
        settings.enter(self, "data")


@dataclass(frozen=True)
class BaseConfig:
    """The backbone: MobileNetV2 without its top, width 1.0.

    Attributes:
        weights: `imagenet` (pretrained) or `random` (from scratch).
        scaling: What a pixel value 0..255 becomes. `-1..1` is what MobileNetV2 was trained with
            (`preprocess_input`); `0..1` is the common mistake, kept to reproduce published runs.
    """

    weights: str = choice("imagenet", "base weights", BASE_WEIGHTS)
    scaling: str = choice("-1..1", "pixel scaling", SCALINGS)

    def __post_init__(self):
        settings.enter(self, "base")


@dataclass(frozen=True)
class HeadConfig:
    """What follows global average pooling: `hidden` ReLU layers, dropout, and the output layer.

    Attributes:
        hidden: Units of each hidden Dense layer; empty for the tutorial's head.
        dropout: Share of inputs of the output layer dropped while training.
    """

    hidden: tuple[int, ...] = setting(
        (), "hidden units", _as_sizes, "a list of layer sizes from 1 to 4096, such as 128,64, or `none`",
        read=_read_sizes,
    )  # fmt: skip
    dropout: float = number(0.2, "dropout", 0, 0.95)

    def __post_init__(self):
        settings.enter(self, "head")


@dataclass(frozen=True)
class FeatureExtractionConfig:
    """First phase: the backbone is frozen, only the head learns. `epochs=0` skips it."""

    epochs: int = whole(10, "epochs frozen", 0, MOST_EPOCHS)
    optimizer: str = choice("adam", "optimizer frozen", OPTIMIZERS)
    learning_rate: float = _rate(1e-4, "rate frozen")

    def __post_init__(self):
        settings.enter(self, "feature_extraction")


@dataclass(frozen=True)
class FineTuningConfig:
    """Second phase: backbone layers from `unfreeze_from` on learn too. `epochs=0` skips it.

    Attributes:
        unfreeze_from: Index of the first trainable backbone layer, 0 (all learn) to 154 (head only).
    """

    epochs: int = whole(10, "epochs fine-tuning", 0, MOST_EPOCHS)
    optimizer: str = choice("rmsprop", "optimizer fine-tuning", OPTIMIZERS)
    learning_rate: float = _rate(1e-5, "rate fine-tuning")
    unfreeze_from: int = whole(
        100, "unfreeze point", 0, BACKBONE_LAYERS, unit="layer",
        expected=f"a layer index from 0 (everything learns) to {BACKBONE_LAYERS} (only the head learns)",
    )  # fmt: skip

    def __post_init__(self):
        settings.enter(self, "fine_tuning")


@dataclass(frozen=True)
class ExperimentConfig:
    """Everything a run depends on.

    Attributes:
        seed: Seeds the head's initial weights, the order of batches, dropout and augmentation.
        batch_norm: What the unfrozen BatchNormalization layers do while training. `inference` keeps
            the pretrained statistics; `batch` normalises by each batch and re-estimates them, which
            is what Keras 3's `fit` does with the tutorial's code. Frozen ones infer in both.
        batch_size: Images a step.
        threads: TensorFlow's intra-op threads where layers of the backbone learn at `ONE_THREAD_UP_TO` px or
            less: 1, or None for as many as the machine has cores. The number decides the last bits. Elsewhere
            it changes nothing here.
        keep: Which epoch's weights a phase ends with: its `last`, or its `best`, with the lowest loss on the
            validation images (the first of equals). Then validation has chosen, and only the test images had
            no say.
        patience: A phase stops early after so many epochs in a row without a lower validation loss, as
            Keras's `EarlyStopping` does; None means never.
        class_weight: `balanced` weighs each training image's loss by n / (classes * images of its class),
            n of them in all, as scikit-learn's `compute_class_weight` does; `none` counts all alike.
    """

    data: DataConfig = field(default_factory=DataConfig)
    base: BaseConfig = field(default_factory=BaseConfig)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    feature_extraction: FeatureExtractionConfig = field(default_factory=FeatureExtractionConfig)
    fine_tuning: FineTuningConfig = field(default_factory=FineTuningConfig)
    seed: int = whole(42, "seed", 0, SEED_HIGH)
    batch_norm: str = choice("inference", "BatchNorm mode", BATCH_NORM_MODES)
    batch_size: int = whole(32, "batch size", 1, 4096)
    threads: int | None = whole(
        1, "cores trained on", 1, 1, optional=True, nothing="all", expected="1, or `all`"
    )
    keep: str = choice("last", "epoch kept", KEEP)
    patience: int | None = whole(
        None, "patience", 1, MOST_EPOCHS - 1, optional=True,
        fix="1 stops a phase at its first epoch without a lower validation loss.",
    )  # fmt: skip
    class_weight: str = choice("none", "class weights", CLASS_WEIGHTS)

    def __post_init__(self):
        settings.enter(self)
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

    @property
    def thaws(self) -> bool:
        """Whether any layer of the backbone learns, in whichever phase."""
        return self.fine_tuning.epochs > 0 and self.fine_tuning.unfreeze_from < BACKBONE_LAYERS

    @property
    def counts_threads(self) -> bool:
        """Whether the number of threads is part of the question: then it is in the key, else any will do."""
        return self.thaws and self.data.image_size <= ONE_THREAD_UP_TO

    @property
    def may_stop_early(self) -> bool:
        """Whether its patience can run out: the first epoch is always the best so far."""
        longest = max(self.feature_extraction.epochs, self.fine_tuning.epochs)
        return self.patience is not None and self.patience < longest

    @property
    def validation_chooses(self) -> bool:
        """Whether the validation images decide with which weights a phase ends."""
        return self.keep == "best" or self.may_stop_early

    def require_patience(self) -> None:
        """Refuse a patience that could never run out.

        Raises:
            ConfigError: it is as long as the longest phase, or longer.
        """
        if self.patience is None or self.may_stop_early:
            return
        longest = max(self.feature_extraction.epochs, self.fine_tuning.epochs)
        raise ConfigError(
            f"patience is {self.patience}, and the longest phase has {longest:,} "
            f"epoch{'s' if longest > 1 else ''}: no phase could stop early.",
            "Expected fewer epochs of patience than a phase has.",
            "Take a smaller patience, more epochs, or none (0 in the app).",
            field="patience",
        )

    def first_phase_only(self) -> "ExperimentConfig":
        """The same experiment without its second phase."""
        return replace(self, fine_tuning=replace(self.fine_tuning, epochs=0))

    def control(self, trained: int | None = None) -> "ExperimentConfig | None":
        """What a fine-tuning is judged against: feature extraction at its own optimizer and rate for the
        epochs of both phases together.

        A head that had not finished would have gone on learning anyway, and what it gains that way is no
        gain of thawing. Thawing "head only" at fine-tuning's rate is no such control: at 3e-5 it stands
        still. None where nothing is fine-tuned, and for a network from scratch.

        Where a phase stopped early the control gets as many epochs as were trained, and no patience of its
        own: it must not stop before them. Where the best epoch is kept, it may keep its best of all of them.

        Args:
            trained: Epochs that both phases were really trained for; None for as many as they may be.
        """
        if self.fine_tuning.epochs == 0 or self.from_scratch:
            return None
        epochs = trained or self.feature_extraction.epochs + self.fine_tuning.epochs
        return replace(
            self,
            feature_extraction=replace(self.feature_extraction, epochs=epochs),
            fine_tuning=replace(self.fine_tuning, epochs=0),
            patience=None,
        )

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
        """`to_dict` without what cannot change the numbers: the form that goes into keys.

        Settings of later versions are in it only where they change something (`core.keys.lasting`).
        """
        asked = self if self.counts_threads else replace(self, threads=NEUTRAL["threads"])
        if self.data.train_limit is None:
            asked = replace(asked, data=replace(self.data, train_draw=NEUTRAL["data.train_draw"]))
        if not self.may_stop_early:
            asked = replace(asked, patience=NEUTRAL["patience"])
        plain = lasting(asked.to_dict())
        del plain["data"]["name"]  # the images themselves are in the key, by content
        if not self.augmentation.active:
            plain["augmentation"] = None
        for phase in ("feature_extraction", "fine_tuning"):
            if plain[phase]["epochs"] == 0:
                plain[phase] = None
        if not self.thaws:
            plain["batch_norm"] = None  # every BatchNorm layer is frozen and infers
        return plain


_SECTIONS = {
    f.name: f.default_factory for f in fields(ExperimentConfig) if dataclasses.is_dataclass(f.default_factory)
}
# Every setting, by the name that `with_setting` knows it by: `field` or `section.field`
SETTINGS: dict[str, Setting] = {
    **{name: known for part, cls in _SECTIONS.items() for name, known in settings.of(cls, part).items()},
    **settings.of(ExperimentConfig),
}


def with_setting(config: ExperimentConfig, name: str, value) -> ExperimentConfig:
    """`config` with one field changed.

    Args:
        name: `field` or `section.field`, such as `fine_tuning.unfreeze_from`.

    Raises:
        ConfigError: unknown name (the known ones are listed) or impossible value.
    """
    if name not in SETTINGS:
        raise ConfigError(f"There is no setting named {name!r}.", one_of(SETTINGS), field=name)
    section, _, leaf = name.rpartition(".")
    if not section:
        return replace(config, **{leaf: value})
    return replace(config, **{section: replace(getattr(config, section), **{leaf: value})})


def parse_setting(config: ExperimentConfig, text: str) -> ExperimentConfig:
    """Apply `section.field=value` as typed in a terminal; the setting knows how its value is typed.

    Raises:
        ConfigError: no `=`, an unknown name or an impossible value.
    """
    name, equals, value = text.partition("=")
    name = re.sub(r"[\s-]+", "_", name.strip().lower())
    if not equals:
        expected = f"Expected section.field=value. {one_of(SETTINGS)}"
        raise ConfigError(f"{text!r} is not a setting.", expected, field=name)
    known = SETTINGS.get(name)
    return with_setting(config, name, known.typed(name, value.strip()) if known else value)


def from_dict(plain: Any) -> ExperimentConfig:
    """The config that `to_dict` described, in this version or an older one.

    Unknown fields are refused, missing ones take their default. `threads` came later and 1 is not its neutral
    value: where it is in the key, a config without it means all cores, as it did then.

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
            raise ConfigError(f"There is no setting named {name!r}.", one_of(SETTINGS), field=name)
    config = ExperimentConfig(**config_values)
    older = "threads" not in plain and config.counts_threads
    return replace(config, threads=NEUTRAL["threads"]) if older else config
