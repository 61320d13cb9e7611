"""The networks that can be compared: runs of a data set as they stood after one of their phases; and links.

In a link a network is a token such as `3fa94c1d02b7e865.tuned`: the digits of its run's key, and the phase.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.compare.comparison import Model
from core.results import Evaluation, PhaseResult
from core.store import FinishedRun, StoredRun, finished
from core.wording import words

PHASE_TOKENS = {"feature_extraction": "frozen", "fine_tuning": "tuned", "from_scratch": "scratch"}
MOST_IN_A_LINK = 24  # networks; a longer link is nonsense
_TOKEN = re.compile(rf"([0-9a-f]{{16}})\.({'|'.join(PHASE_TOKENS.values())})")


@dataclass(frozen=True)
class Compared:
    """One trained network: a finished run after one of its phases.

    Attributes:
        label: `B · from block 11 · 1e-5`, or `B · feature extraction` for a run's first phase.
        control: What a fine-tuned network is judged against: the same head trained as long.
        is_control: Whether this is such a head.
    """

    run: FinishedRun
    phase: PhaseResult
    label: str
    control: "Compared | None" = None
    is_control: bool = False

    @property
    def model(self) -> Model:
        return Model(self.run.run_key, self.phase.name)

    @property
    def split_key(self) -> str:
        """Runs with the same one were checked on the same images."""
        return self.run.result.dataset.split_key

    @property
    def letter(self) -> str:
        """`B`: the run's letter."""
        return self.label.split(" ·")[0]

    @property
    def is_last(self) -> bool:
        """Whether the run ended with this phase."""
        return self.phase is self.run.result.last

    @property
    def token(self) -> str:
        """How a link names it."""
        return f"{_digits(self.run.run_key)}.{PHASE_TOKENS[self.phase.name]}"

    def checked(self, split: str) -> Evaluation:
        """How it does on `validation` or `test`."""
        return self.phase.validation if split == "validation" else self.phase.test


def networks(
    runs: Sequence[StoredRun], names: Mapping[str, str], controls: Mapping[str, FinishedRun] | None = None
) -> dict[str, Compared]:
    """Token -> network, for every phase of every finished run, newest run first, each run's control between
    its phases.

    Args:
        names: Run key -> name, as `words.run_names` gives them.
        controls: Run key -> its control, as `keeping.controls` finds them.
    """
    found: dict[str, Compared] = {}
    for run in finished(runs):
        control = _control((controls or {}).get(run.run_key))
        for phase in run.result.phases:
            name = names[run.run_key]
            if phase is not run.result.last:
                name = f"{name.split(' ·')[0]} · {words.PHASE_NAMES[phase.name]}"
            tuned = phase.name == "fine_tuning"
            if tuned and control is not None:
                found.setdefault(control.token, control)
            one = Compared(run, phase, name, control if tuned else None)
            found[one.token] = one
    return found


def _control(run: FinishedRun | None) -> Compared | None:
    """Several runs may share one: it has no letter of its own."""
    if run is None:
        return None
    recipe = run.config.feature_extraction
    how_long = words.plural(recipe.epochs, "epoch")
    label = f"Control · head only for {how_long} · {words.rate(recipe.learning_rate)}"
    return Compared(run, run.result.last, label, is_control=True)


def opening(everything: dict[str, Compared], shown: str | None) -> list[Compared]:
    """What is compared unasked: both phases of the run last shown, its control between them. Where that run
    has one phase, or none is shown, `newest_pair`.

    Args:
        shown: Key of the run last shown.
    """
    phases = [one for one in everything.values() if one.run.run_key == shown]
    if len(phases) < 2:
        return newest_pair(everything)
    control = phases[-1].control
    return [*phases[:-1], *([control] if control else []), phases[-1]]


def newest_pair(everything: dict[str, Compared]) -> list[Compared]:
    """The newest run against the one before it on the same images; where there is none, the newest run's own
    phases. Older first, so that the verdict is on the newer one."""
    ends = [one for one in everything.values() if one.is_last and not one.is_control]
    if not ends:
        return []
    newest = ends[0]
    before = next((one for one in ends[1:] if one.split_key == newest.split_key), None)
    if before is not None:
        return [before, newest]
    return [one for one in everything.values() if one.run.run_key == newest.run.run_key]


def _digits(run_key: str) -> str:
    return run_key.rpartition("-")[2]


# Links


@dataclass(frozen=True)
class Linked:
    """What a link asks for.

    Attributes:
        chosen: The networks that are here, in the link's order.
        notes: A sentence for what was left out, and why.
    """

    chosen: tuple[Compared, ...]
    notes: tuple[str, ...]


def to_link(chosen: Iterable[Compared]) -> str:
    """`3fa94c1d02b7e865.frozen,3fa94c1d02b7e865.tuned`."""
    return ",".join(one.token for one in chosen)


def from_link(text: str, here: dict[str, Compared], runs: Sequence[StoredRun]) -> Linked:
    """What a link names. Nothing in it can raise; what makes no sense is never repeated in a note.

    Args:
        here: What can be compared on the current data set.
        runs: Every stored run, to say why one is not among them.
    """
    parts = text.split(",")
    known = [part for part in dict.fromkeys(parts) if _TOKEN.fullmatch(part)]
    if not known or len(parts) > MOST_IN_A_LINK:
        return Linked((), ("The link's list of runs makes no sense; the newest ones are compared instead.",))
    notes = [_missing(token, runs) for token in known if token not in here]
    if len(known) < len(set(parts)):
        notes.append("A part of the link names no run and is left out.")
    return Linked(tuple(here[token] for token in known if token in here), tuple(notes))


def _missing(token: str, runs: Sequence[StoredRun]) -> str:
    digits = token.partition(".")[0]
    found = next((run for run in runs if _digits(run.run_key) == digits), None)
    if found is None:
        why = "is not here: it was deleted, or trained on another machine"
    elif not isinstance(found, FinishedRun):
        why = f"is {found.status}, not finished"
    elif token not in {f"{digits}.{PHASE_TOKENS[phase.name]}" for phase in found.result.phases}:
        why = "has no such phase"
    else:
        name = found.config.data.name
        why = f"was trained on other images ({name}), and networks are told apart on the same images only"
    return f"Run {digits[:8]} of the link {why}. It is left out."
