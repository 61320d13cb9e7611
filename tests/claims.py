"""What a sentence claims, read back from it and held against the numbers it was made from.

Every number in it must be one of the facts; what it says of signs, verdicts and thawing must be so. How it is
worded does not count, as long as `READINGS` still find their claims in it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from core.results import RunResult, spent_on
from core.statistics.baseline import commonest_share
from core.statistics.paired import PairedVerdict
from core.wording import words
from core.wording.verdicts import VERDICTS

NUMBER = re.compile(
    r"(?P<interval>95% interval [+-]?\d+\.\d to [+-]?\d+\.\d%?)"
    r"|(?P<range>[\d.]+ to [\d.]+%)"
    r"|(?P<seconds>(?:\d+ h )?\d+ min(?: \d+ s)?\b|\d+(?:\.\d+)? s\b)"
    r"|(?P<points>[+-]?\d+\.\d) points"
    r"|(?P<share>[+-]?\d[\d,]*(?:\.\d+)?)%"
    r"|(?P<count>(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?)"
)
# Names that hold a number, and numbers that are the same in every run
NAMES = re.compile(
    r"`[^`]*`|“[^”]*”|\bblocks? \d+|\blayer \d+|MobileNetV2|ReLU6|ConvV?\d?_?1|Keras 3|t-SNE \d"
    r"|\d+(?:\.\d+)?e[-‑]\d+|95% intervals|1,000 classes|1,000 probabilities"
    r"|McNemar's test at 5%|Wilson's 95% interval"
    r"|" + re.escape(words.IMAGENET_PHOTOS)
)
NO_THAWING = re.compile(r"no layer was thawed|nothing was thawed|thawed nothing", re.I)
THAWING = re.compile(r"\bthaw|fine-tuned from|fine-tuning from block", re.I)


@dataclass
class Facts:
    """Numbers that a sentence may hold.

    Attributes:
        shares: In 0..1; a percentage is one of them, rounded.
        counts: As they are; rounded where a sentence rounds.
        seconds: As `words.duration` says them.
        points: Differences of shares in points, beside those of two percentages in the same sentence.
    """

    shares: list[float] = field(default_factory=list)
    counts: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    points: list[float] = field(default_factory=list)

    def __add__(self, other: "Facts") -> "Facts":
        return Facts(
            self.shares + other.shares, self.counts + other.counts,
            self.seconds + other.seconds, self.points + other.points,
        )  # fmt: skip

    def strangers(self, text: str) -> list[str]:
        """Numbers in a text that are none of these."""
        text = NAMES.sub("", text)
        percents = [float(share) for share in re.findall(r"(\d+\.\d)%", text)]
        return [match[0] for match in NUMBER.finditer(text) if not self._known(match, percents)]

    def _known(self, match: re.Match, percents: list[float]) -> bool:
        """Whether a number is one of the facts, or the difference of two percentages beside it."""
        said = match[0]
        if match["interval"]:
            return all(self._point(end) for end in re.findall(r"[+-]?\d+\.\d", said))
        if match["range"]:
            return all(self._share(end) for end in re.findall(r"\d[\d.]*", said))
        if match["seconds"]:
            spent = {f"{seconds:.2g} s" for seconds in self.seconds}
            return said in spent | {words.duration(seconds) for seconds in self.seconds}
        if match["points"]:
            return self._point(match["points"]) or _apart(match["points"], percents)
        return self._share(match["share"]) if match["share"] else self._count(said)

    def _share(self, said: str) -> bool:
        value, digits = float(said.replace(",", "")), len(said.partition(".")[2])
        rounded = {round(100 * share, digits) for share in self.shares}
        return value in rounded or said in {f"{100 * share:.2g}" for share in self.shares}

    def _count(self, said: str) -> bool:
        value, digits = float(said.replace(",", "")), len(said.partition(".")[2])
        return value in {round(count, digits) for count in self.counts}

    def _point(self, said: str) -> bool:
        return any(f"{abs(point):.1f}" == said.lstrip("+-") for point in self.points)


def _apart(said: str, percents: list[float]) -> bool:
    """Whether two percentages that stand beside them lie so many points apart."""
    wanted = abs(float(said))
    return any(f"{abs(one - other):.1f}" == f"{wanted:.1f}" for one in percents for other in percents)


def facts_of(*results: RunResult) -> Facts:
    """All that a sentence about runs may tell."""
    found = Facts(counts=[154, 52, 104, 2_257_984])
    for result in results:
        counts = result.dataset.counts
        found.counts += [*counts.values(), len(result.dataset.classes)]
        found.shares += [commonest_share(result.dataset.class_counts["validation"])]
        found.seconds += [spent_on(result.phases).from_nothing, spent_on(result.phases).total]
        for index, phase in enumerate(result.phases):
            before = sum(len(earlier.epochs) for earlier in result.phases[:index])
            moved = [row.trainable for row in phase.weight_change]
            touched = [row for row in phase.weight_change if row.trainable or row.statistics]
            frozen = [row for row in phase.weight_change if row.layer < phase.unfreeze_from]
            statistics = [row.statistics for row in phase.weight_change if row.statistics]
            found.shares += [phase.validation.accuracy, max(moved), *statistics]
            found.shares += [
                value for epoch in phase.epochs for value in (epoch.accuracy, epoch.val_accuracy)
            ]
            found.counts += [
                phase.validation.correct, phase.validation.n, phase.trainable_parameters,
                phase.trainable_parameters / 1e6, phase.trainable_variables, phase.unfreeze_from,
                len(phase.epochs), before + len(phase.epochs), len(touched), len(frozen), len(statistics),
                len(phase.weight_change), 2_257_984 + phase.trainable_parameters,
                *(epoch.epoch for epoch in phase.epochs), phase.most_epochs or 0,
            ]  # fmt: skip
            found.seconds += [phase.seconds["total"], phase.seconds_from_nothing]
            last = phase.stands
            found.points.append(round(100 * last.accuracy, 1) - round(100 * last.val_accuracy, 1))
    return found


def facts_of_pair(paired: PairedVerdict) -> Facts:
    """What may be told of two networks on the same images."""
    differ = paired.fixed + paired.broke
    return Facts(
        counts=[paired.n, paired.fixed, paired.broke, differ, paired.n - differ],
        points=[100 * (paired.fixed - paired.broke) / paired.n],
    )


@dataclass
class Told:
    """Sentences with what they were made from.

    Attributes:
        maker: Who made them, for a failing test's message.
        thaws: Whether any layer of what they are about was thawed; None where that is not their subject.
        paired: The verdicts that they may tell, all of them; None where they tell none.
        result: The run they are about.
    """

    maker: str
    texts: list[str]
    facts: Facts
    thaws: bool | None = None
    paired: list[PairedVerdict] | None = None
    result: RunResult | None = None


def false_claims(told: Told) -> list[str]:
    """What is not so in these sentences; empty where all is."""
    found = []
    for text in told.texts:
        problems = [f"{number} is no fact" for number in told.facts.strangers(text)]
        problems += _verdicts(text, told.paired)
        if told.thaws is False and THAWING.search(NO_THAWING.sub("", text)):
            problems.append("nothing was thawed")
        for was, now in re.findall(r"from (\d+\.\d%) to (\d+\.\d%)", text):
            if was == now:
                problems.append("no change is told as one")
        if re.search(r"\bNone\b(?! of)|\bnan\b|\b0 \w+ more\b|-0\.0|  |\.\.|: \.|,,", text):
            problems.append("a slip")
        if told.result is not None:
            problems += [
                f"{name}: {match[0]}"
                for name, (pattern, holds) in READINGS.items()
                for match in re.finditer(pattern, text)
                if not holds(told.result, match)
            ]
        found += [f"{told.maker}: {problem}: {text}" for problem in problems]
    return found


def _verdicts(text: str, paired: list[PairedVerdict] | None) -> list[str]:
    """A verdict that is told with its counts must be theirs, and no other may be told."""
    found, said = [], "|".join(VERDICTS.values())
    pattern = rf"fixed ([\d,]+), broke ([\d,]+)(?: of ([\d,]+))?[^:.]*: \*{{0,2}}({said})"
    for fixed, broke, _, verdict in re.findall(pattern, text):
        known = [
            one for one in paired or ()
            if (one.fixed, one.broke) == (int(fixed.replace(",", "")), int(broke.replace(",", "")))
        ]  # fmt: skip
        if not any(VERDICTS[one.verdict] == verdict for one in known):
            found.append(f"fixed {fixed}, broke {broke} is not {verdict}")
    return found


# Claims about one run


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _kept(result: RunResult, match: re.Match) -> bool:
    epochs, kept = result.last.epochs, result.last.kept_epoch
    return kept == int(match[1]) and bool(match[2]) == (kept == epochs[-1].epoch)


def _stopped(result: RunResult, match: re.Match) -> bool:
    last = result.last
    return [int(said) for said in match.groups()] == [len(last.epochs), last.most_epochs]


def _highest(result: RunResult, match: re.Match) -> bool:
    epochs = result.last.epochs
    return all(epoch.val_accuracy < epochs[-1].val_accuracy for epoch in epochs[:-1])


def _best(result: RunResult, match: re.Match) -> bool:
    epochs = result.last.epochs
    told = next(epoch for epoch in epochs if epoch.epoch == int(match[1]))
    best = max(epoch.val_accuracy for epoch in epochs)
    return told.val_accuracy == best > epochs[-1].val_accuracy and _percent(best) == match[2]


def _no_better(result: RunResult, match: re.Match) -> bool:
    epochs = result.last.epochs
    return _percent(max(epoch.val_accuracy for epoch in epochs)) == _percent(epochs[-1].val_accuracy)


def _ends(result: RunResult, match: re.Match) -> bool:
    last = result.last.epochs[-1]
    return match.groups() == (_percent(last.accuracy), _percent(last.val_accuracy))


def _ends_above(result: RunResult, match: re.Match) -> bool:
    gap, training, validation = match.groups()
    return float(gap) > 0 and f"{float(training) - float(validation):.1f}" == gap


def _before_and_after(result: RunResult, match: re.Match) -> bool:
    accuracies = [_percent(phase.validation.accuracy) for phase in (result.phases[0], result.last)]
    return list(match.groups()) == accuracies


def _stayed(result: RunResult, match: re.Match) -> bool:
    return (
        len({match[1], *(_percent(phase.validation.accuracy) for phase in (result.phases[0], result.last))})
        == 1
    )


def _still(result: RunResult, match: re.Match) -> bool:
    frozen = [row for row in result.last.weight_change if row.layer < int(match[1])]
    return int(match[1]) == result.last.unfreeze_from and not any(
        row.trainable or row.statistics for row in frozen
    )


def _moved_most(result: RunResult, match: re.Match) -> bool:
    most = max(row.trainable for row in result.last.weight_change)
    return (match[1], match[2]) in {
        (row.name, f"{100 * most:.2g}") for row in result.last.weight_change if row.trainable == most
    }


def _frozen_alone(result: RunResult, match: re.Match) -> bool:
    moved = any(row.trainable for row in result.last.weight_change)
    return not moved and result.last.unfreeze_from == 154


def _path(path: str) -> Callable[[RunResult, re.Match], bool]:
    return lambda result, match: result.last.path == path


def _both(result: RunResult, match: re.Match) -> bool:
    return match[1] == words.duration(spent_on(result.phases).from_nothing) and len(result.phases) > 1


def _alone(result: RunResult, match: re.Match) -> bool:
    return match[1] == words.duration(spent_on(result.phases[:1]).from_nothing)


READINGS: dict[str, tuple[str, Callable[[RunResult, re.Match], bool]]] = {
    "the epoch kept": (r"loss was lowest in epoch (\d+): (the last, )?its weights are the result", _kept),
    "an early stop": (r"It stopped after (\d+) of at most (\d+) epochs", _stopped),
    "highest at the end": (r"highest in the last epoch", _highest),
    "highest before": (r"[Ee]poch (\d+) \((\d+\.\d)%\)", _best),
    "better before": (r"Epoch (\d+) was better on validation images, with (\d+\.\d)%", _best),
    "no better epoch": (r"No (?:earlier )?epoch was better", _no_better),
    "training beside validation": (
        r"In the last epoch (\d+\.\d)% on training images, (\d+\.\d)% on validation images", _ends
    ),
    "better on training images": (
        r"(\d+\.\d) points better on training images \((\d+\.\d)%\) than on validation images \((\d+\.\d)%\)",
        _ends_above,
    ),
    "before and after": (r"took validation accuracy from (\d+\.\d)% to (\d+\.\d)%", _before_and_after),
    "no change": (r"left validation accuracy at (\d+\.\d)%", _stayed),
    "still": (r"first (\d+) layers did not change", _still),
    "moved most": (r"moved most is `([^`]+)`: its weights changed by ([\d.]+)%", _moved_most),
    "the head alone": (r"numbers of the head learned; not one", _frozen_alone),
    "the plain path": (r"\(the plain path\)", _path("plain")),
    "the features path": (r"\(the features path\)", _path("features")),
    "both phases": (r"(\d+ s) for \d+ epochs? of both phases", _both),
    "time of both phases": (r"both phases \d+ s \(features reused; (\d+ s) from nothing\)", _both),
    "time of one phase": (r"^\d+ s \((?:features|epochs) reused; (\d+ s) from nothing\)", _alone),
}  # fmt: skip


def read_in(texts: Iterable[str]) -> set[str]:
    """Which of `READINGS` find a claim in these."""
    known = list(texts)
    return {
        name for name, (pattern, _) in READINGS.items() if any(re.search(pattern, text) for text in known)
    }
