"""The command `best`: the best recipe that some minutes allow, by evidence on the same validation images."""

import sys
from typing import Any

from core.commands.printing import print_dataset, print_json
from core.commands.progress_bar import ProgressBar
from core.commands.training import config_of, say_waiting
from core.compare.best import NotTried, Search, Standing, Tried, gather
from core.compare.best_notes import STAGES, default_line, fell, headline, name, optimism_line, why
from core.config import ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.explain import best as best_study
from core.explain import studies
from core.results import to_plain
from core.running import jobs
from core.store import Store
from core.sweeps.search_record import Record, run_keys_of


def best(parsed) -> None:
    """Search, or give what is stored of it. What was stopped goes on with what is left of its minutes."""
    config, store, minutes = config_of(parsed), Store(), best_study.read_minutes(parsed.minutes)
    dataset = datasets.find(config.data.name, store.home, personal=store.personal)
    key = best_study.study_of(config, minutes).key(dataset)
    if not store.whole(key):
        best_study.check(config, minutes, dataset, store)
        _search(config, minutes, dataset, store)
    record = store.record(key)
    keys = [key for runs in run_keys_of(record).values() for key in runs.values()]
    found = gather(record, {key: store.load(key) for key in keys if store.finished(key)})
    if parsed.json:
        print_json(_plain(record, found))
    else:
        _print(found)


def _search(config: ExperimentConfig, minutes: float, dataset: Dataset, store: Store) -> None:
    from core.method import device

    with jobs.training_lock(store, say_waiting):
        print_dataset(dataset, store.home)
        print(f"On {device.configure(config.threads)}.", file=sys.stderr)
        with ProgressBar(sys.stderr) as bar:
            begun: list[str] = []

            def heard(event: str, **values) -> None:
                bar(event, **values)
                if event == best_study.EVENT:
                    for stage in values["record"]["stages"][len(begun) :]:
                        begun.append(stage["name"])
                        bar("note", text=_begins(stage))

            key = studies.request(best_study.study_of(config, minutes), store, dataset)
            studies.perform(key, store, report=heard)


def _begins(stage: dict[str, Any]) -> str:
    """`image sizes: 5 recipes, 1 not tried for want of time`."""
    said = f"{STAGES[stage['name']]}: {len(stage['tried'])} to try"
    dear = len(stage["not_tried"])
    return said + (f", {dear} would take too long" if dear else "")


def _print(found: Search) -> None:
    for one in found.tried:
        print(_line(one))
    for one in found.not_tried:
        print(f"not tried: {name(one.candidate)}: {why(one)}")
    for said in filter(None, (headline(found), default_line(found), optimism_line(found))):
        print(said.replace("**", ""))
    if found.named is not None:
        low, high = found.named.first.last.test.interval
        accuracy = found.named.first.last.test.accuracy
        print(f"Its test: {accuracy:.3f} ({low:.3f} to {high:.3f}). Run {found.named.first.run_key}.")


def _line(one: Tried) -> str:
    level = one.height
    said = f"{name(one.candidate)}: validation {level.accuracy:.3f} ({level.low:.3f} to {level.high:.3f})"
    marks = {Standing.WINNER: ", not told apart from the best", Standing.UNSURE: ", left"}
    said += marks.get(one.standing, "")
    if one.p_value is not None:
        said += f", dropped in {fell(one.stage, one.p_value)}"
    return said + (" (default)" if one.place == 0 else "")


def _plain(record: Record, found: Search) -> dict[str, Any]:
    """The search as JSON has it: candidates in full wherever they are named."""
    tried = {one.place: _recipe(one) for one in found.tried}
    named = [{**_settings(one), "why": one.why, "said": why(one)} for one in found.not_tried]
    return {
        "seconds": found.seconds,
        "seeds": record["seeds"],
        "stages": [
            {
                "name": stage["name"],
                "tried": [tried[one] for one in stage["tried"] if one in tried],
                "dropped": [
                    {"run_key": tried[fall["candidate"]]["run_key"], "p_value": fall["p_value"]}
                    for fall in stage["dropped"] if fall["candidate"] in tried
                ],
                "seconds": stage["seconds"],
            }
            for stage in record["stages"]
        ],
        "winners": [tried[place] for place in record["winners"] if place in tried],
        "cheapest": tried.get(record["named"]),
        "best": tried.get(record["best"]),
        "default": tried.get(0),
        "default_is_a_winner": 0 in record["winners"],
        "not_tried": named,
    }  # fmt: skip


def _settings(one: NotTried) -> dict[str, Any]:
    return {"settings": one.candidate.to_plain(), "stage": one.stage}


def _recipe(one: Tried) -> dict[str, Any]:
    """A candidate with its runs; `validation` and `test` are those of the recipe's own seed."""
    last = to_plain(one.first.last)
    return {
        "settings": one.candidate.to_plain(),
        "run_key": one.first.run_key,
        "run_keys": {str(seed): run.run_key for seed, run in one.runs.items()},
        "validation": last["validation"],
        "test": last["test"],
        "seconds": round(one.seconds, 3),
    }
