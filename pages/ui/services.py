"""What pages ask of the core: one store and one queue for all sessions, and what several pages look up, kept
between redraws. What one view alone draws from is kept by that view."""

import atexit
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import limits, ownership
from core.compare import comparison
from core.config import DataConfig, ExperimentConfig
from core.data import datasets, kept
from core.data.groups import images_key
from core.errors import NotAllowed, ThawError
from core.explain import studies
from core.explain.studies import Study
from core.keys import content_key
from core.limits import PersonLimits
from core.method import device
from core.people.access import Access
from core.people.serving import Mode
from core.people.stopping import Right
from core.person import Person
from core.results import RunResult
from core.running import jobs, keeping, price
from core.running.background import Background
from core.running.identity import Asked
from core.running.price import Price
from core.running.supervisor import Jobs
from core.stages import RunState
from core.statistics.baseline import commonest_share
from core.statistics.paired import PairedVerdict
from core.store import FinishedRun, Store, StoredRun
from pages.server import browsers
from pages.ui import login, redraws, serving


def get_store() -> Store:
    """The store under `THAW_HOME`, as this person sees it. Cheap to make, so it follows the environment (and
    tests)."""
    return Store(person=logged_in())


def access() -> Access:
    """What this person may see and do."""
    return Access(get_store(), serving.mode(), person())


def most() -> PersonLimits:
    """What this person may ask of the machine."""
    return limits.read(serving.mode().shared)


def come_in() -> None:
    """Note who has logged in, so that others can be told of them. Raises StoreError."""
    someone = logged_in()
    if someone is not None:
        ownership.enter(get_store().home, someone)


@st.cache_resource(show_spinner=False)
def _jobs(home: str) -> Jobs:
    jobs = Jobs(Store(Path(home)))
    atexit.register(jobs.close)
    kept.sweep(Path(home))  # what a server that was killed left of photos that came in
    jobs.ensure_worker()  # importing TensorFlow takes seconds: begin before the first click
    return jobs


def get_jobs() -> Jobs:
    """The queue, one for all sessions of this server. The first call starts the worker."""
    return redraws.once(get_jobs, lambda: _jobs(str(get_store().home)))


@st.cache_resource(show_spinner=False, max_entries=64, ttl=60)  # frozen, and slow to copy at every look
def _dataset(name: str, home: str, personal: str) -> datasets.Dataset:
    return datasets.find(name, Path(home), personal=Path(personal))


def get_dataset(name: str) -> datasets.Dataset:
    """The index of a data set, no pixels, without what this person left out. Raises DatasetError."""
    return redraws.once((get_dataset, name), lambda: _find_dataset(name))


def _find_dataset(name: str) -> datasets.Dataset:
    store = get_store()
    access().require_set(name, everything())
    return _dataset(name, str(store.home), str(store.personal))


def run_key(config: ExperimentConfig) -> str:
    """The key under which this experiment is, or will be, stored."""
    return _asked(config).key


def _asked(config: ExperimentConfig) -> Asked:
    return Asked(config, get_dataset(config.data.name), get_store())


def person() -> str:
    """Who uses this session: an id that says nothing about them. With login it is the same everywhere,
    else in all tabs of a browser."""
    someone = logged_in()
    if someone is not None:
        return someone.id
    context = get_script_run_ctx()
    browser = browsers.known_as(st.context.cookies)
    return content_key("session-v1", browser or (context.session_id if context else ""))


def logged_in() -> Person | None:
    """Who has logged in; None where nobody does.

    Raises:
        NotAllowed: everyone must, and this one has not.
    """
    if serving.mode() is not Mode.LOGIN:
        return None
    someone = login.person()
    if someone is None:
        raise NotAllowed("This Thaw is shared.", "Expected everyone to log in.", "Load the page again.")
    return someone


def submit(config: ExperimentConfig) -> str:
    """Queue a run, or join it, and give its key: from now on it is this person's, too."""
    asked = _asked(config)
    get_jobs().submit(asked.key, config, person(), price.predict(asked).seconds, shared=serving.mode().shared)
    access().ask(asked)
    return asked.key


def request(study: Study) -> str:
    """Queue a study, or join it, and give its key."""
    dataset = get_dataset(study.config.data.name)
    store = get_store()
    key = studies.request(study, store, dataset, person(), shared=serving.mode().shared)
    access().ask_for_study(key, study, studies.runs_of(study, store, dataset))
    get_jobs().ensure_worker()
    return key


def refuse(wanted: Mapping[str, float]) -> None:
    """Refuse what this person asks for together where it is more than one may ask for.

    Args:
        wanted: Key -> price in seconds.

    Raises:
        ThawError: it is, and none of it is queued.
    """
    jobs.refuse(get_store(), wanted, person(), serving.mode().shared)


def state(key: str) -> RunState | None:
    """Live state of a run that this person may see."""
    return redraws.once((state, key), lambda: _state(key))


def _state(key: str) -> RunState | None:
    found = _anyones_state(key) if get_store().sees(key) else None
    if found is not None and found.status == "finished":
        _list_knows(key)
    return found


def _anyones_state(key: str) -> RunState | None:
    return redraws.once((_anyones_state, key), lambda: get_jobs().state(key))


def _list_knows(key: str) -> None:
    """A run that finished while the page is drawn is listed so from here on."""
    listed = redraws.seen(runs)
    if listed is not None and not any(run.run_key == key and isinstance(run, FinishedRun) for run in listed):
        redraws.forget(runs)
        redraws.forget(visible_runs)


def result(key: str) -> RunResult:
    """The record of a finished run. Raises StoreError."""
    return get_store().load(key)


def result_of(config: ExperimentConfig) -> RunResult | None:
    """The record of this run if it has finished. Raises DatasetError or StoreError."""
    key, store = run_key(config), get_store()
    if not (store.sees(key) and store.finished(key)):
        return None
    _list_knows(key)
    return store.load(key)


def runs() -> list[StoredRun]:
    """Every stored run that is in this person's list, newest first."""
    return redraws.once(runs, get_store().list_runs)


def visible_runs() -> list[StoredRun]:
    """The runs a person asked for, newest first: a first phase kept for another run is part of that run."""
    return redraws.once(visible_runs, lambda: keeping.visible(runs()))


def controls() -> dict[str, FinishedRun]:
    """Key of a finished run -> the finished control that its fine-tuning is judged against."""
    return keeping.controls(runs())


def control_asked(run_key: str) -> Asked | None:
    """The control of a stored run, as what can be asked for. Raises DatasetError or StoreError."""
    return _asked(get_store().config(run_key)).control


def get_price(config: ExperimentConfig) -> Price:
    """Seconds until the result, and whether it is stored. Raises DatasetError."""
    return redraws.once((get_price, config), lambda: price.predict(_asked(config)))


def catalogue() -> list[datasets.Entry]:
    """The data sets that this person may choose, there or not."""
    return access().offered(everything())


def everything() -> list[datasets.Entry]:
    """The data sets Thaw knows, whoever may see them."""
    return redraws.once(everything, lambda: _catalogue(str(get_store().home)))


@st.cache_data(show_spinner=False, max_entries=4, ttl=5)
def _catalogue(home: str) -> list[datasets.Entry]:
    return datasets.catalogue(Path(home))


@st.cache_resource(show_spinner=False)
def _opened(home: str) -> set[str]:
    return set()


def opened() -> set[str]:
    """Folders and zips that a person chose while this server runs: a reload may name them in its link."""
    return _opened(str(get_store().home))


def usable_dataset(name: str) -> bool:
    """Whether a name or path leads to images."""
    try:
        get_dataset(name)
    except ThawError:
        return False
    return True


def current_job() -> RunState | None:
    """The run in training, else the next one waiting, else None; whoever asked for it."""
    return redraws.once(current_job, lambda: get_jobs().current())


def askers(key: str) -> tuple[str, ...]:
    """Who asked for a run or study that is under way and waits for it, as `person` names them."""
    run = _anyones_state(key)
    return run.askers if run else ()


def may_stop(key: str) -> Right:
    """What this person may do to stop a run or study."""
    return access().may_stop(askers(key))


def stop(key: str, asked: bool) -> None:
    """Stop a run or study, or take this person off it; what is finished is kept.

    Args:
        asked: Whether they were told that others wait for it.

    Raises:
        ThawError: they may not, or it cannot be written down.
    """
    access().stop(get_jobs(), key, asked)


def device_line() -> str | None:
    """What the worker found to compute on; None until it has looked."""
    return device.read(get_store())


@st.cache_data(show_spinner=False, max_entries=256)
def _verdict(home: str, first: comparison.Model, second: comparison.Model, split: str) -> PairedVerdict:
    return comparison.compare_models(Store(Path(home)), first, second, split)


def verdict(first: comparison.Model, second: comparison.Model, split: str = "validation") -> PairedVerdict:
    """The second model against the first on the same images. Raises StoreError."""
    return _verdict(str(get_store().home), first, second, split)


def stop_requested(key: str) -> bool:
    """Whether someone asked this run to stop and it has not yet."""
    return jobs.stop_requested(get_store(), key)


@st.cache_data(show_spinner=False, max_entries=64)
def _counts(key: str, data: DataConfig, _dataset: datasets.Dataset) -> dict[str, int]:
    return {name: len(found) for name, found in datasets.split(_dataset, data).items()}


def counts(config: ExperimentConfig) -> dict[str, int]:
    """Images in train, validation and test. Raises DatasetError."""
    dataset = get_dataset(config.data.name)
    return _counts(images_key(dataset, config.data), config.data, dataset)


@st.cache_data(show_spinner=False, max_entries=64)
def _baseline(key: str, data: DataConfig, _dataset: datasets.Dataset) -> float:
    positions = datasets.split(_dataset, data)["validation"]
    return commonest_share(np.bincount(_dataset.labels[positions]))


def baseline(config: ExperimentConfig) -> float:
    """Accuracy of always naming the commonest class of the validation images. Raises DatasetError."""
    dataset = get_dataset(config.data.name)
    key = images_key(dataset, config.data)
    return redraws.once((baseline, key, config.data), lambda: _baseline(key, config.data, dataset))


def noun(name: str) -> str:
    """What the pictures of a data set are called."""
    return "digits" if name in ("digits", "mnist") else "photos"


def known_first_phase(config: ExperimentConfig) -> bool:
    """Whether nothing but fine-tuning is left to do: feature extraction is stored, or none was asked for."""
    if not config.feature_extraction.epochs:
        return True
    return get_store().finished(run_key(config.first_phase_only()))


# Downloads


@st.cache_resource(show_spinner=False)
def _fetches(home: str) -> dict[str, Background]:
    return {}  # one for all sessions: two tabs see the same download


def fetching(name: str) -> Background | None:
    """The download of a data set: under way, or how the last one ended."""
    return _fetches(str(get_store().home)).get(name)


def fetch(name: str) -> None:
    """Begin to download a data set unless that is under way. Raises NotAllowed."""
    access().require_teacher()
    fetches, home = _fetches(str(get_store().home)), get_store().home
    known = fetches.get(name)
    if known is None or known.progress.status != "running":
        fetches[name] = Background(
            lambda report, should_stop: datasets.download(name, home, report, should_stop)
        )


def forget_catalogue() -> None:
    """Look again at which data sets are there."""
    redraws.forget_all()
    _catalogue.clear()
    _dataset.clear()
