"""Asking the worker for runs and studies: the priced button, the progress with Stop, and how it ended.

    if asking.ask([config], "scratch"):
        draw(services.result(services.run_key(config)))

Until all that is wanted is there, `ask` draws what leads to it. Whatever goes wrong on the way (images that
cannot be read, a queue that cannot be written) is said beside the control, and the rest of the page stays.
"""

from collections.abc import Callable, Sequence
from typing import Literal, TypeGuard

import streamlit as st

from core.config import ExperimentConfig
from core.explain import studies
from core.explain.studies import Study
from core.method.bank import budget_bytes
from core.running.background import Background, Progress
from core.stages import RunState
from core.wording import words
from pages.server import pace
from pages.ui import services, show, state, stopping

POLL_SECONDS = 0.5
MOST_NAMED = 2  # runs that did not finish, of those with the same to say
Wanted = ExperimentConfig | Study  # a run goes by its config


def key_of(wanted: Wanted) -> str:
    """The key under which it is, or will be, stored. Raises DatasetError."""
    if isinstance(wanted, Study):
        return wanted.key(services.get_dataset(wanted.config.data.name))
    return services.run_key(wanted)


def ask(
    wanted: Sequence[Wanted],
    name: str,
    label: str = "",
    *,
    note: str = "",
    called: Sequence[str] = (),
    at_once: bool = False,
    primary: bool = True,
    boxed: bool = True,
    height: int | Literal["content"] = "content",
) -> bool:
    """Whether all of it is there; where it is not, draw the button, the progress or the problem.

    Args:
        wanted: One run or study, or several runs that are asked for and paid together.
        name: Sets the controls apart from others of the page: `ask-<name>`, `stop-<name>`.
        label: What the button says before the price; without one, what will be trained.
        note: What will be computed, in a sentence or two above the button.
        called: What each of several is called.
        at_once: Ask without a button, once: for what takes a second or two.
        height: Of the box, so that the page does not jump when the answer comes.
    """
    with show.problems():
        keys = [key_of(one) for one in wanted]
        states = [services.state(key) for key in keys]
        if at_once and not any(states):
            submit(wanted)
            states = [services.state(key) for key in keys]
        if all(map(_finished, states)):
            return True
        if any(map(_active, states)):
            _how_they_ended(states, called)
            with _box(boxed, height):
                watch = st.fragment(_watch, run_every=pace.seconds(POLL_SECONDS))
                watch(keys, list(map(_active, states)), name, called, _kept(wanted))
            return False
        missing = [one for one, run in zip(wanted, states, strict=True) if not _finished(run)]
        with _box(boxed, height, centred=boxed):
            _how_they_ended(states, called)
            if len(missing) < len(wanted):
                note = f"{note} {there_already(len(wanted) - len(missing), len(wanted))}".strip()
            if note:
                st.markdown(note, text_alignment="center" if boxed else "left")
            several = f"Train {words.plural(len(missing), 'run')}" if len(wanted) > 1 else ""
            button(missing, name, label or several, primary=primary)
    return False


def there_already(some: int, of: int) -> str:
    """`1 of the 19 runs is there already.`"""
    return f"{some} of the {of} runs {'is' if some == 1 else 'are'} there already."


def _finished(run: RunState | None) -> TypeGuard[RunState]:
    return run is not None and run.status == "finished"


def _active(run: RunState | None) -> TypeGuard[RunState]:
    return run is not None and run.active


def _kept(wanted: Sequence[Wanted]) -> str:
    """What a stop leaves."""
    if len(wanted) > 1:
        return "Runs that have finished are kept."
    if isinstance(wanted[0], Study):
        trains = studies.kind_of(wanted[0].kind).runs is not None
        return "Runs that have finished are kept." if trains else "Nothing of it is kept."
    return "Finished epochs are kept."


def _box(boxed: bool, height: int | Literal["content"], centred: bool = False):
    return st.container(
        border=boxed, height=height, vertical_alignment="center" if boxed else "top",
        horizontal_alignment="center" if centred else "left",
    )  # fmt: skip


# The button


def button(
    wanted: Sequence[Wanted], name: str, label: str = "", *, primary: bool = True, on_stage: bool = False
) -> None:
    """The button that asks for all of it, with the price of all; what went wrong when it was pressed, below.

    Args:
        on_stage: Show the first one's curves where a page shows those of one run.

    Raises:
        DatasetError: the images cannot be read or divided, so there is no price.
    """
    wanted = tuple(wanted)
    if not label and isinstance(wanted[0], ExperimentConfig):
        label = f"Train {words.what_learns(wanted[0])}"
    seconds, details = _price(wanted)
    st.button(
        f"{label} · {words.price(seconds, known=not seconds)}", key=f"ask-{name}",
        type="primary" if primary else "secondary", icon=":material/play_arrow:", help=details,
        on_click=show.attempt, args=(f"ask-{name}", _press, wanted, on_stage),
    )  # fmt: skip
    if beyond := _beyond_budget(wanted):
        st.caption(beyond)
    show.problem(f"ask-{name}", wanted, on_stage)


def _beyond_budget(wanted: Sequence[Wanted]) -> str:
    """What to say of the first run whose features cannot all be kept at once; empty where there is none."""
    runs = [one for one in wanted if not isinstance(one, Study)]
    said = (words.beyond_budget(services.get_price(run).feature_bytes, budget_bytes()) for run in runs)
    return next(filter(None, said), "")


def _price(wanted: Sequence[Wanted]) -> tuple[float, str | None]:
    """Seconds of all, and what one run's seconds are made of."""
    seconds, details = sum(map(_seconds, wanted)), None
    if len(wanted) == 1 and not isinstance(wanted[0], Study):
        price = services.get_price(wanted[0])
        details = words.price_parts(price.parts, price.memory_bytes, price.disk_bytes)
        details = details if price.seconds else "It was trained already."
    return seconds, details


def _seconds(wanted: Wanted) -> float:
    """What one of them should take. Raises DatasetError."""
    if not isinstance(wanted, Study):
        return services.get_price(wanted).seconds
    dataset = services.get_dataset(wanted.config.data.name)
    return studies.predicted_seconds(wanted, services.get_store(), dataset)


def _press(wanted: Sequence[Wanted], on_stage: bool) -> None:
    keys = submit(wanted)
    if on_stage:
        st.session_state["shown_run"] = keys[0]


def submit(wanted: Sequence[Wanted]) -> list[str]:
    """Queue all of it, or join those under way, and give the keys.

    Raises:
        ThawError: it cannot be queued, or is more than one person may ask for: then none of it is.
    """
    services.refuse({key_of(one): _seconds(one) for one in wanted})
    keys = []
    for one in wanted:
        if isinstance(one, Study):
            keys.append(services.request(one))
        else:
            keys.append(services.submit(one))
    return keys


# The button of the run that a page is about: its progress, with the curves, is drawn by `progress.panel`


def first_run_button(config: ExperimentConfig) -> None:
    """The same button where nothing is known yet: "Train on 1,000 digits · about 35 s"."""
    run_button(config, first=True)


def run_button(config: ExperimentConfig, label: str = "", *, first: bool = False) -> None:
    """The button that trains `config`, or Stop while that very run waits or trains.

    Args:
        label: What it says before the price; without one, how the run differs from what is stored. A run
            under a label of its own stays beside the run on stage.
        first: Name the images while there is no run on them.
    """
    with show.problems():
        key = services.run_key(config)
        run, shown = services.state(key), state.shown_run()
        if _active(run):
            stopping.button([key], "stop-run")
        elif not _finished(run):
            said = label or _what_will_be_trained(config, first and shown is None)
            button([config], "run", said, on_stage=not label)
        elif shown == key:
            st.button("Its result is on this page", key="ask-run", type="primary", icon=":material/check:",
                      disabled=True)  # fmt: skip
        else:
            st.button(f"Show result · {words.price(0.0, True)}", key="ask-run", type="primary",
                      icon=":material/play_arrow:", on_click=_show, args=(key,))  # fmt: skip


def _show(key: str) -> None:
    st.session_state["shown_run"] = key


def _what_will_be_trained(config: ExperimentConfig, first: bool) -> str:
    if first:
        return f"Train on {services.counts(config)['train']:,} {services.noun(config.data.name)}"
    if config.fine_tuning.epochs == 0:
        return "Train the head"
    both = "Retrain" if services.known_first_phase(config) else "Train both phases"
    return f"{both} {words.retrain_from(config.fine_tuning.unfreeze_from)}"


# The progress, and how it ended


def _watch(keys: list[str], were_active: list[bool], name: str, called: Sequence[str], kept: str) -> None:
    """How far the worker is, and Stop; redraws itself until one of them begins or ends, and then the page."""
    with show.problems():  # after one, the next look may find all well
        states = [services.state(key) for key in keys]
        active = {at: run for at, run in enumerate(states) if _active(run)}
        if list(map(_active, states)) != were_active:
            st.rerun()
        now = next((at for at, run in active.items() if run.status == "running"), next(iter(active)))
        said = words.stage(active[now])
        if called:
            said = f"run {sum(map(_finished, states)) + 1} of {len(keys)}: {called[now]} · {said}"
        bar(active[now], said)
        for note in active[now].notes:
            st.caption(show.told(note))
        stopping.button([keys[at] for at in active], f"stop-{name}", hint=kept)


def bar(so_far: RunState | Progress, said: str = "") -> None:
    """How far something has come, in a bar, and what is said of it."""
    share = min(1.0, so_far.done / so_far.total) if so_far.total else 0.0
    st.progress(share, text=_capitalised(said) or None, width="stretch")


def _capitalised(text: str) -> str:
    """With a capital at the beginning, the rest as it is."""
    return text[:1].upper() + text[1:]


def ended(run: RunState, who: str = "", more: str = "") -> None:
    """How a run or study ended that did not finish: "Seed 7 did not finish. Stopped before it started."

    Args:
        who: Where it is one of several.
        more: A sentence after that.
    """
    parts = f"{who} did not finish." if who else "", run.message or f"It was {run.status}.", more
    text = _capitalised(show.told(" ".join(part for part in parts if part)))
    if run.status == "failed":
        st.error(text, icon=":material/error:")
    elif run.status in ("stopped", "interrupted"):
        st.warning(text, icon=":material/front_hand:")


def _how_they_ended(states: Sequence[RunState | None], called: Sequence[str]) -> None:
    """`ended` of all, those with the same to say together."""
    alike: dict[tuple[str, str], tuple[RunState, list[str]]] = {}
    for at, run in enumerate(states):
        if run is not None:
            alike.setdefault((run.status, run.message), (run, []))[1].extend(called[at : at + 1])
    for run, names in alike.values():
        ended(run, "; ".join(names) if len(names) <= MOST_NAMED else f"{len(names)} runs")


# Work beside the page, such as a download


def goes_on(
    work: Background | None,
    name: str,
    say: Callable[[Progress], str],
    over: Callable[[], None] | None = None,
) -> bool:
    """Whether this work goes on, if there is any; then its progress and Stop are drawn.

    Args:
        name: Sets Stop apart from others of the page: `stop-<name>`.
        say: What to say of its progress.
        over: Called once it has ended, before the page is drawn again.
    """
    if work is None or work.progress.status != "running":
        return False
    st.fragment(_watch_work, run_every=pace.seconds(POLL_SECONDS))(work, name, say, over)
    return True


def _watch_work(
    work: Background, name: str, say: Callable[[Progress], str], over: Callable[[], None] | None
) -> None:
    progress = work.progress
    if progress.status != "running":
        if over is not None:
            over()
        st.rerun()
    bar(progress, say(progress))
    stopping.work_button(work, f"stop-{name}")


def work_ended(work: Background | None) -> None:
    """Why this work did not finish, if there was any and it did not."""
    if work is not None and work.progress.problem is not None:
        show.error(work.progress.problem)
    elif work is not None and work.progress.status == "stopped":
        st.caption("Stopped. Nothing was kept.")
