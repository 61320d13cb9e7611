"""Whether a rerun gives a receipt's numbers.

In the environment of the receipt, on a CPU, they must be equal to the last bit. Where one thread trained, any
number of cores will do: no sum is shared out. Elsewhere sums are rounded in another order. What is allowed
for that follows from measuring `digits-quick` with TensorFlow instead of LiteRT below the boundary, without
oneDNN, and with SSE4.1 as the widest instructions: a head on frozen features kept its losses within 2e-6 and
every accuracy; with thawed layers rounding grows from step to step, and after five epochs losses were up to
.035 apart and accuracies up to .022.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.config import BACKBONE_LAYERS
from core.data.datasets import Dataset
from core.data.splits import SPLITS, split, split_digests
from core.method.weights import SHA256
from core.results import Evaluation, PhaseResult, WeightChange
from core.running.identity import is_key_of
from core.running.receipt import Receipt
from core.wording import words

EQUAL, WITHIN, DIFFERS, NOT_COMPARED = "equal", "within tolerance", "differs", "not compared"


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers may be apart. Losses in nats; accuracies as shares, and at least so many images."""

    loss: float
    accuracy: float
    images: int

    def allows(self, name: str, gap: float, n: int) -> bool:
        """Whether a loss or an accuracy over `n` images may differ by `gap`."""
        most = self.loss if name.endswith("loss") else max(self.accuracy, self.images / n)
        return gap <= most + 1e-12

    def __str__(self) -> str:
        return (
            f"losses within {self.loss:g}, accuracies within {100 * self.accuracy:g} points or "
            f"{words.plural(self.images, 'image')}"
        )


MOST_THREADS = 1024  # a receipt may come from anywhere, and every thread costs memory
LAST_BITS = 1e-12  # of a distance: what a sum over a million float64 can lose by another order
OF_CORES = ("device", "cores")  # what a CPU's environment says of the number of its cores
TO_THE_BIT = Tolerance(0.0, 0.0, 0)
HEAD_ONLY = Tolerance(1e-3, 0.002, 1)
THAWED = Tolerance(0.1, 0.05, 2)


@dataclass(frozen=True)
class Difference:
    """One line of two environments that is not the same."""

    name: str
    then: str | int | None
    now: str | int | None


@dataclass(frozen=True)
class Check:
    """One comparison.

    Attributes:
        outcome: `equal`, `within tolerance`, `differs` or `not compared`.
        largest: The largest difference of two numbers; None where there are none to subtract.
        said: What was found, for a person.
    """

    name: str
    outcome: str
    largest: float | None = None
    said: str = ""


@dataclass(frozen=True)
class Verification:
    """What became of a receipt.

    Attributes:
        exact: Whether equality to the last bit was asked; None where nothing was trained.
    """

    exact: bool | None
    environment: tuple[Difference, ...]
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return all(check.outcome != DIFFERS for check in self.checks)


def before_training(receipt: Receipt, dataset: Dataset) -> tuple[Check, ...]:
    """What shows without training whether the receipt is about these images, settings and weights.

    Raises:
        DatasetError: these images cannot be divided as the receipt says.
    """
    found = split_digests(dataset, split(dataset, receipt.config.data))
    then = receipt.result
    other = [name for name in SPLITS if found[name] != receipt.images.get(name)]
    where = f"{', '.join(other)} hold other images" if other else ""
    weights = SHA256 if receipt.config.base.weights == "imagenet" else ""
    checks = [
        Check("images", DIFFERS if other else EQUAL, said=where),
        _same("classes", then.dataset.classes, dataset.classes, "the names of the classes differ"),
        _same("pretrained weights", then.weights.sha256, weights, "the receipt names another file"),
    ]
    if not other:
        belongs = is_key_of(then.run_key, receipt.config, dataset, receipt.plain)
        said = "the run key does not belong to these settings and images"
        checks.append(_same("settings", True, belongs, said))
    return tuple(checks)


def threads(receipt: Receipt) -> int | None:
    """How many intra-op threads its rerun should have: as many as the run had, None for all cores."""
    if receipt.config.counts_threads:
        return receipt.config.threads
    found = receipt.environment.get("intra_op_threads")
    return found if isinstance(found, int) and 0 < found <= MOST_THREADS else None


def compare(then: Receipt, now: Receipt, before: Iterable[Check] = ()) -> Verification:
    """A receipt against the one that its rerun has written.

    Args:
        before: What `before_training` found.
    """
    environment = tuple(_environment(then, now))
    exact = _is_exact(then, now, environment)
    checks = [*before, _same("split", _data(then), _data(now), "the counts or the split key differ")]
    were, are = ([phase.name for phase in receipt.result.phases] for receipt in (then, now))
    checks.append(_same("phases", were, are, "there are other phases"))
    for old, new in zip(then.result.phases, now.result.phases, strict=False):
        if old.name == new.name:
            checks += _phase(old, new, exact)
            checks.append(_learned(then, now, old.name, exact))
            if old.name in then.temperatures:
                checks.append(_temperature(then, now, old.name, exact))
    if then.alarms:
        checks.append(_fitted("threshold of the class not to be missed", then.alarms, now.alarms, exact))
    return Verification(exact, environment, tuple(checks))


def _is_exact(then: Receipt, now: Receipt, environment: tuple[Difference, ...]) -> bool:
    """Whether two environments must give the same bits."""
    both = then.environment, now.environment
    single = all(one.get("intra_op_threads") == 1 for one in both)
    return all(str(one.get("device", "")).startswith("CPU") for one in both) and all(
        single and difference.name in OF_CORES for difference in environment
    )


def tolerance(phase: PhaseResult, exact: bool) -> Tolerance:
    """What is allowed for a phase."""
    return TO_THE_BIT if exact else HEAD_ONLY if phase.unfreeze_from == BACKBONE_LAYERS else THAWED


def _environment(then: Receipt, now: Receipt) -> Iterator[Difference]:
    """Not `thaw`, the version that wrote a receipt: whatever wrote it, the numbers must be the same."""
    for name in dict.fromkeys([*then.environment, *now.environment]):
        if name == "thaw":
            continue
        old, new = then.environment.get(name), now.environment.get(name)
        if old != new:
            yield Difference(name, old, new)


def _data(receipt: Receipt) -> tuple:
    data = receipt.result.dataset
    return data.classes, data.counts, data.class_counts, data.split_key, receipt.result.batch_norm


def _same(name: str, then, now, said: str) -> Check:
    return Check(name, EQUAL) if then == now else Check(name, DIFFERS, said=said)


def _phase(then: PhaseResult, now: PhaseResult, exact: bool) -> list[Check]:
    """Counts, every epoch, both evaluations and what moved, of one phase."""
    title, allowed = words.PHASE_NAMES.get(then.name, then.name), tolerance(then, exact)
    counted = ("unfreeze_from", "trainable_variables", "trainable_parameters", "path")
    kept = f"{title}: epoch kept"
    old, new = ([getattr(phase, name) for name in counted] for phase in (then, now))
    return [
        _same(f"{title}: what learns", old, new, "other layers or numbers learn"),
        _history(f"{title}: {words.plural(len(then.epochs), 'epoch')}", then, now, allowed),
        *([_same(kept, then.kept_epoch, now.kept_epoch, "another epoch is kept")] if then.kept_epoch else []),
        _evaluation(f"{title}: validation", then.validation, now.validation, allowed),
        _evaluation(f"{title}: test", then.test, now.test, allowed),
        _moved(f"{title}: change of each layer", then, now, exact),
    ]


def _history(name: str, then: PhaseResult, now: PhaseResult, allowed: Tolerance) -> Check:
    if [epoch.epoch for epoch in then.epochs] != [epoch.epoch for epoch in now.epochs]:
        return Check(name, DIFFERS, said=f"{len(now.epochs)} epochs now")
    gaps = [
        _Gap(metric, getattr(old, metric), getattr(new, metric), now.validation.n, f" of epoch {old.epoch}")
        for old, new in zip(then.epochs, now.epochs, strict=True)
        for metric in ("loss", "accuracy", "val_loss", "val_accuracy")
    ]
    return _judged(name, gaps, allowed)


def _evaluation(name: str, then: Evaluation, now: Evaluation, allowed: Tolerance) -> Check:
    if then.n != now.n:
        return Check(name, DIFFERS, said=f"{then.n} images then, {now.n} now")
    metrics = ("loss", "accuracy")
    check = _judged(
        name,
        [_Gap(metric, getattr(then, metric), getattr(now, metric), now.n) for metric in metrics],
        allowed,
    )
    right = sum(row[label] for label, row in enumerate(then.confusion) if label < len(row))
    if right != then.correct or then.correct != round(then.accuracy * then.n):
        return Check(name, DIFFERS, check.largest, "its accuracy, count and confusion matrix disagree")
    if check.outcome == EQUAL and then != now:
        return Check(name, DIFFERS, check.largest, "the confusion matrices or the intervals differ")
    return check


@dataclass(frozen=True)
class _Gap:
    """One number then and now; `n` images it is a mean over, `place` in words."""

    metric: str
    then: float
    now: float
    n: int
    place: str = ""

    @property
    def size(self) -> float:
        return abs(self.then - self.now)

    def __str__(self) -> str:
        return f"{self.metric}{self.place}: {self.then:.6g}, now {self.now:.6g}, {self.size:.1g} apart"


def _judged(name: str, gaps: list[_Gap], allowed: Tolerance) -> Check:
    largest = max(gaps, key=lambda gap: gap.size)
    if not largest.size:
        return Check(name, EQUAL, 0.0)
    too_far = [gap for gap in gaps if not allowed.allows(gap.metric, gap.size, gap.n)]
    told = max(too_far, key=lambda gap: gap.size) if too_far else largest
    return Check(name, DIFFERS if too_far else WITHIN, told.size, str(told))


def _moved(name: str, then: PhaseResult, now: PhaseResult, exact: bool) -> Check:
    """The same layers must have stood still; how far the others moved is compared to its last bits or not."""
    if then.weight_change == now.weight_change:
        return Check(name, EQUAL, 0.0)
    still = [[_still(row) for row in phase.weight_change] for phase in (then, now)]
    if still[0] != still[1]:
        return Check(name, DIFFERS, said="other layers moved")
    gaps = [_apart(*rows) for rows in zip(then.weight_change, now.weight_change, strict=True)]
    if exact and max(gaps) <= LAST_BITS:
        return Check(name, WITHIN, said="in its last bits: before, several cores shared its sum out")
    if exact:
        return Check(name, DIFFERS, said="the same layers moved, another distance")
    return Check(name, NOT_COMPARED, said="the same layers moved; how far is comparable to the bit only")


def _apart(then: WeightChange, now: WeightChange) -> float:
    """How far two distances are apart, as a share of the larger one."""
    pairs = (then.trainable, now.trainable), (then.statistics, now.statistics)
    return max(abs(old - new) / max(abs(old), abs(new), 1e-300) for old, new in pairs)


def _still(row: WeightChange) -> tuple[str, bool]:
    return row.name, row.trainable == 0.0 == row.statistics


def _temperature(then: Receipt, now: Receipt, phase: str, exact: bool) -> Check:
    old, new = then.temperatures[phase], now.temperatures.get(phase)
    return _fitted(f"{words.PHASE_NAMES.get(phase, phase)}: temperature", old, new, exact)


def _fitted(name: str, then: object, now: object, exact: bool) -> Check:
    """A number fitted on the predictions, which have been compared already."""
    if then == now:
        return Check(name, EQUAL)
    if exact:
        return Check(name, DIFFERS, said="another one belongs to these predictions")
    return Check(name, NOT_COMPARED, said="it follows from predictions that are not equal to the bit")


def _learned(then: Receipt, now: Receipt, phase: str, exact: bool) -> Check:
    name = f"{words.PHASE_NAMES.get(phase, phase)}: learned weights"
    if then.learned_weights.get(phase) == now.learned_weights.get(phase):
        return Check(name, EQUAL)
    if exact:
        return Check(name, DIFFERS, said="the hash is another one")
    return Check(name, NOT_COMPARED, said="a hash is comparable to the bit only")
