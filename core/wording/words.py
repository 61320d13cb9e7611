"""Numbers and names as a person reads them. No logic hangs on these strings."""

from collections.abc import Iterable
from typing import Any

from core import layers
from core.config import BACKBONE_LAYERS, BATCH_NORM_MODES, SETTINGS, ExperimentConfig
from core.results import PhaseResult, RunResult, spent_on
from core.stages import RunState, Stage
from core.store import StoredRun

IMAGENET_PHOTOS = f"{layers.IMAGENET_IMAGES / 1e6:.2f} million photos"  # what pretrained weights learned from
PHASE_NAMES = {
    "feature_extraction": "feature extraction",
    "fine_tuning": "fine-tuning",
    "from_scratch": "from scratch",
}


def count(number: int) -> str:
    """`12,810`, or `1.92 M` from a million on."""
    return f"{number / 1e6:.2f} M" if number >= 1_000_000 else f"{number:,}"


def part_of(used: int, total: int) -> str:
    """`2,500`, or `5,000 of 12,500` where not all are used."""
    return f"{used:,}" if used == total else f"{used:,} of {total:,}"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`, `1 h 5 min`."""
    if seconds < 1:
        return f"{max(seconds, 0):.1f} s"
    seconds = round(seconds)
    if seconds < 100:
        return f"{seconds} s"
    if seconds < 3600:
        minutes, rest = divmod(seconds, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(seconds // 60, 60)
    return f"{hours} h {rest} min"


def price(seconds: float, known: bool) -> str:
    """`at once` for a stored result, else `about 12 s`; long ones in whole minutes."""
    if known:
        return "at once"
    if seconds >= 100:
        return f"about {max(2, round(seconds / 60))} min"
    return f"about {max(1, round(seconds))} s"


def price_parts(parts: dict[str, float], memory_bytes: int, disk_bytes: int) -> str:
    """`Features 3.1 s, preparing 2.0 s, training 7.4 s. Memory about 1.2 GB, disk 310 MB.`"""
    spent = ", ".join(f"{name} {duration(seconds)}" for name, seconds in parts.items())
    return f"{spent.capitalize()}. Memory about {size(memory_bytes)}, disk {size(disk_bytes)}."


def beyond_budget(feature_bytes: int, budget_bytes: int) -> str:
    """What to say of a run whose features cannot all be kept at once; empty where they can."""
    if feature_bytes <= budget_bytes:
        return ""
    return (
        f"Its features take {size(feature_bytes)}, and {size(budget_bytes)} may be kept (THAW_CACHE_GB): "
        "what was used first makes room, and another run computes it again."
    )


def path(result: RunResult) -> str:
    """Which way a run was trained, and why."""
    if result.path == "features":
        return "features: what lies below the unfreeze point was computed once and stored"
    if layers.boundary(result.last.unfreeze_from) == 0:
        return "plain: no block stays frozen, so every epoch runs the whole network on every image"
    return "plain: the whole network on every image, as asked for, without stored features"


def percent(share: float) -> str:
    """`89.2%`."""
    return f"{100 * share:.1f}%"


def points(difference: float) -> str:
    """`+4.2 points`: a difference of two shares."""
    return f"{100 * difference:+.1f} points".replace("-0.0", "+0.0")


def points_apart(second: float, first: float) -> str:
    """`+4.2 points`, for two shares that stand beside it."""
    return f"{apart(second, first):+.1f} points"


def apart(second: float, first: float) -> float:
    """Second less first, in points, of two shares as `percent` shows them: beside both it must add up."""
    return round(round(100 * second, 1) - round(100 * first, 1), 1) + 0.0


def size(num_bytes: int) -> str:
    """`68.6 MB`, `1.2 GB`."""
    if num_bytes >= 1e9:
        return f"{num_bytes / 1e9:.1f} GB"
    return f"{num_bytes / 1e6:.1f} MB" if num_bytes >= 1e6 else f"{num_bytes / 1e3:.0f} kB"


def rate(learning_rate: float) -> str:
    """`1e‑5`, `0.05`: a learning rate, short; its hyphen is one at which no line breaks."""
    text = f"{learning_rate:.0e}".replace("e-0", "e-").replace("e+0", "e+")
    short = float(text) == learning_rate and learning_rate < 0.01
    return (text if short else f"{learning_rate:g}").replace("-", "\u2011")


def thaw_from(unfreeze_from: int) -> str:
    """The slider's words, after "Thaw from": `block 11 · 98 layers frozen`. Short ones at its ends."""
    if unfreeze_from == BACKBONE_LAYERS:
        return "head only"
    if unfreeze_from == 0:
        return "everything"
    return f"{layers.stop_label(unfreeze_from)} · {unfreeze_from} layers frozen"


def retrain_from(unfreeze_from: int) -> str:
    """What a run learned, after the word "from" where there is one: `from block 11`, `head only`."""
    if unfreeze_from == BACKBONE_LAYERS:
        return "head only"
    if unfreeze_from == 0:
        return "every layer"
    return "from " + layers.stop_label(unfreeze_from).replace(" (in ", ", in ").replace(")", "")


def what_learns(config: ExperimentConfig) -> str:
    """After "train", short: `from scratch`, `from block 11`, `from layer 100`, `the head`."""
    if config.from_scratch:
        return "from scratch"
    point = config.fine_tuning.unfreeze_from
    head_alone = config.fine_tuning.epochs == 0 or point == BACKBONE_LAYERS
    return "the head" if head_alone else retrain_from(point).partition(",")[0]


def batch_norm(config: ExperimentConfig) -> str:
    """What the learning BatchNorm layers do: `statistics kept`, `each batch`; `all frozen` without any."""
    if not config.thaws:
        return "all frozen"
    return BATCH_NORM_MODES[config.batch_norm]


def letter(position: int) -> str:
    """A to Z, then AA, AB, ..."""
    text, position = "", position + 1
    while position:
        position, rest = divmod(position - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def recipe(config: ExperimentConfig) -> str:
    """What sets a run apart at a glance: `from block 11 · 1e-5`, `from scratch · 1e-3 · seed 7`, `head only ·
    1e-4 · 200 training images`."""
    phase, what = config.fine_tuning, "from scratch"
    if config.fine_tuning.epochs == 0:
        phase, what = config.feature_extraction, "head only"
    elif not config.from_scratch:
        what = retrain_from(config.fine_tuning.unfreeze_from)
    seed = "" if config.seed == ExperimentConfig.seed else f" · seed {config.seed}"
    limit, draw = config.data.train_limit, config.data.train_draw
    images = "" if limit is None else f" · {plural(limit, 'training image')}"
    images += f" · draw {draw}" if limit is not None and draw else ""
    how = [" · best epoch"] * (config.keep == "best") + [" · classes alike"] * (config.class_weight != "none")
    how += [f" · patience {config.patience}"] * config.may_stop_early
    return f"{what} · {rate(phase.learning_rate)}{images}{seed}{''.join(how)}"


def run_numbers(runs: Iterable[StoredRun]) -> dict[str, int]:
    """Key -> place among the runs of its data set, from 0, by age. A place once written down stays."""
    numbers: dict[str, int] = {}
    following: dict[str, int] = {}
    for run in sorted(runs, key=lambda run: run.created):
        number = max(following.get(run.config.data.name, 0), run.number or 0)
        following[run.config.data.name] = number + 1
        numbers[run.run_key] = number
    return numbers


def run_names(runs: Iterable[StoredRun]) -> dict[str, str]:
    """Key -> `B · from block 11 · 1e-5`. Letters go by age within a data set. Runs of one recipe that differ
    in BatchNorm mode, image size, number of images or groups say so: `... · BatchNorm each batch · 96 px`."""
    runs = list(runs)
    numbers = run_numbers(runs)
    said = {run.run_key: recipe(run.config) for run in runs}
    alike: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for run in runs:
        alike.setdefault((run.config.data.name, said[run.run_key]), set()).add(_particulars(run.config))
    names = {}
    for run in runs:
        kinds = zip(*alike[run.config.data.name, said[run.run_key]], strict=True)
        apart = [mine for mine, all_of_it in zip(_particulars(run.config), kinds, strict=True)
                 if len(set(all_of_it)) > 1]  # fmt: skip
        names[run.run_key] = " · ".join([letter(numbers[run.run_key]), said[run.run_key], *apart])
    return names


def _particulars(config: ExperimentConfig) -> tuple[str, ...]:
    """What else may set two runs of one recipe apart."""
    limit = config.data.limit
    images = "all images" if limit is None else plural(limit, "image")
    groups = "no groups" if config.data.groups is None else f"groups {config.data.groups}"
    return f"BatchNorm {batch_norm(config)}", f"{config.data.image_size} px", images, groups


def setting(name: str, value: Any) -> str:
    """A setting's value, as in a config: `1e-5`, `160 px`, `block 11 · 98 layers frozen`, `Adam`."""
    about = SETTINGS[name]
    if value is None or value in ((), []):
        return about.nothing
    if isinstance(value, (list, tuple)):
        return ", ".join(f"{part:g}" for part in value)
    if about.choices:
        return about.choices[value]
    told = {"layer": thaw_from, "rate": rate, "px": "{} px".format}.get(about.unit)
    if told is not None:
        return told(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def changed(name: str, was: Any, now: Any) -> str:
    """`epochs fine-tuning 10 (was 5)`, of a setting as in a config; `augmentation on` of the whole of it."""
    if name == "augmentation":
        return f"augmentation {'on' if now else 'off'}"
    return f"{SETTINGS[name].title} {setting(name, now)} (was {setting(name, was)})"


def plural(number: int, noun: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def listed(parts: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    found = list(parts)
    return f" {last} ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def classes(names: tuple[str, ...] | list[str]) -> str:
    """`10 classes`, or `2 classes (cats, dogs)` where they are few enough to name."""
    named = f" ({', '.join(names)})" if len(names) <= 4 else ""
    return f"{len(names)} classes{named}"


def spent(total: float, from_nothing: float, reused: str = "features") -> str:
    """`41 s`, or `12 s (features reused; 41 s from nothing)`."""
    if from_nothing - total < 0.5:
        return duration(total)
    return f"{duration(total)} ({reused} reused; {duration(from_nothing)} from nothing)"


def time_of(result: RunResult, phase: PhaseResult) -> str:
    """What a network took as it stands after a phase, all phases up to it together: `12 s`, and for two
    `both phases 24 s (features reused; 53 s from nothing)`."""
    phases = result.up_to(phase)
    took = spent_on(phases)
    kept = any(one.path == "features" for one in phases)  # else only a stopped attempt's epochs can be reused
    said = spent(took.total, took.from_nothing, "features" if kept else "epochs")
    return f"both phases {said}" if len(phases) > 1 else said


def from_nothing(result: RunResult, phase: PhaseResult) -> str:
    """The same seconds had nothing been reused, for phases that are named beside it: `53 s`."""
    return duration(spent_on(result.up_to(phase)).from_nothing)


def interval(low: float, high: float) -> str:
    """`86.2 to 91.6%`."""
    return f"{100 * low:.1f} to {100 * high:.1f}%"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `11th`."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


STAGES = {  # name of a `Stage` -> its words; an epoch has its numbers instead
    "batches": "batches",
    "blocks_put_back": "images with blocks put back",
    "changes_looked_at": "changes looked at",
    "checking_photos": "checking photos",
    "control": "the head alone as long, to compare, epoch",
    "comparing_features": "comparing features",
    "comparing_pictures": "pictures compared",
    "comparing_with_keras": "comparing with Keras",
    "converting": "converting",
    "download": "download",
    "epochs_in_all": "epochs in all",
    "features": "features",
    "features_after_training": "features after training",
    "features_by_depth": "features at 20 depths",
    "fitting_probes": "fitting probes",
    "fitting_two_probes": "fitting two linear probes",
    "heads": "heads trained",
    "looking_at_pictures": "looking at pictures",
    "mixes_looked_at": "mixes looked at",
    "pictures_looked_at": "pictures looked at",
    "pixels": "pixels",
    "placing": "placing the images",
    "placing_after_training": "placing the images after training",
    "preparing": "preparing",
    "rates_tried": "rates tried",
    "rates_untrained": "the same without training",
    "reading_files": "reading files",
    "runs": "runs",
    "search_default": "the default recipe, run",
    "search_depths": "unfreeze points, runs",
    "search_neighbours": "what is near the best, runs",
    "search_seeds": "two more seeds, runs",
    "search_sizes": "image sizes, heads",
}


def stage(run: RunState) -> str:
    """What a run does: "epoch 2 of 5 · 8 s left", "waiting, 3rd in line · begins in about 2 min"."""
    if run.status == "queued":
        when = f" in {price(run.seconds_waiting, False)}" if run.seconds_waiting else ""
        place = f"{ordinal(run.position + 1)} in line"
        if run.gave_way:
            return f"gave way to shorter ones, {place} · goes on{when or ' after them'}"
        return f"waiting, {place}" + (f" · begins{when}" if when else "")
    said = stage_name(run.stage) if run.stage else "starting"
    if run.stage and run.total and run.stage.name in STAGES:  # an epoch is counted already
        said += f" {run.done:,} of {run.total:,}"
    if run.paused:
        return f"{said} · pauses while someone looks"
    left = run.seconds_left or _left_by_epochs(run)
    return f"{said} · {duration(max(1, left))} left" if left else said


def stage_name(stage: Stage) -> str:
    """`features`, `epoch 2 of 5`, `fold 1 of 5, preparing`; the words of an older log as they stand."""
    said = f"epoch {stage.epoch} of {stage.of}" if stage.of else STAGES.get(stage.name, stage.name)
    return f"fold {stage.fold} of {stage.folds}, {said}" if stage.folds else said


def _left_by_epochs(run: RunState) -> float | None:
    """Seconds to the end of the phase at the pace of its last epoch, once it has finished one."""
    if run.stage is None or run.stage.epoch < 2 or not run.epochs:
        return None
    part = run.done / run.total if run.total else 0.0
    return (run.stage.of - run.stage.epoch + 1 - part) * run.epochs[-1].seconds
