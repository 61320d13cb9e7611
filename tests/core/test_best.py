"""Finding the best: which recipes a search tries, and a small one that really trains."""

import json
from dataclasses import replace

import pytest

from core.config import BACKBONE_LAYERS, with_setting
from core.data import datasets
from core.errors import ConfigError, GaveWay
from core.explain import best, studies
from core.presets import first_visit, from_scratch, photos
from core.running import jobs, worker
from core.running.identity import identify
from core.store import Store
from core.sweeps import candidates, search, search_plan
from core.sweeps.candidates import Candidate, default_of
from core.sweeps.search_record import DEAR, STAGES, run_keys
from tests.core.test_sweeps import TINY

BASE = photos()


# What may be tried


def test_the_default_candidate_is_the_recipe_itself():
    assert default_of(BASE).config(BASE) == BASE
    assert default_of(BASE).points(BASE, (0,))[0].config == BASE


def test_heads_are_tried_at_every_size_with_the_images_as_they_are():
    heads = candidates.sizes(first_visit())
    assert [one.size for one in heads] == [64, 96, 128, 160, 224]
    for one in heads:
        config = one.config(BASE)
        assert config.fine_tuning.epochs == 0
        assert not config.augmentation.active
        assert config.data.image_size == one.size


def test_a_candidate_is_an_ordinary_run_whose_first_phase_is_the_head_of_its_size(tmp_path):
    dataset = datasets.find("digits", tmp_path)
    head = next(one for one in candidates.sizes(BASE) if one.size == 96)
    deep = candidates.depths(BASE, [96])[0]
    asked = deep.config(BASE).first_phase_only()
    assert identify(asked, dataset) == identify(head.config(BASE), dataset)


def test_near_one_are_other_rates_the_next_blocks_and_the_augmentation():
    one = Candidate(96, 116, 1e-4, False)
    near = candidates.neighbours(BASE, one)
    assert {other.rate for other in near} == {3.3e-5, 1e-4, 3e-4}
    assert {other.stop for other in near} == {107, 116, 125}
    assert [other.augmented for other in near].count(True) == 1
    assert not any(other.augmented for other in candidates.neighbours(first_visit(), one))
    head = candidates.neighbours(BASE, replace(one, stop=BACKBONE_LAYERS))
    assert {other.stop for other in head} == {BACKBONE_LAYERS}


def test_the_first_and_last_block_have_one_neighbour():
    stops = {stop: {o.stop for o in candidates.neighbours(BASE, Candidate(96, stop, 1e-4, False))} - {stop}
             for stop in (4, 151)}  # fmt: skip
    assert {stop: len(found) for stop, found in stops.items()} == {4: 1, 151: 1}


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (from_scratch(), "base.weights"),
        (with_setting(BASE, "fine_tuning.epochs", 0), "fine_tuning.epochs"),
        (with_setting(BASE, "feature_extraction.epochs", 0), "feature_extraction.epochs"),
        (with_setting(BASE, "fine_tuning.unfreeze_from", BACKBONE_LAYERS), "fine_tuning.unfreeze_from"),
    ],
)
def test_a_recipe_that_has_nothing_to_vary_is_refused_by_the_setting(config, field):
    with pytest.raises(ConfigError) as refused:
        default_of(config)
    assert refused.value.field == field


# What it takes


def test_a_search_of_other_minutes_is_another_question_and_costs_its_time(store):
    dataset = datasets.find("digits", store.home)
    two, five = (best.study_of(first_visit(), minutes) for minutes in (2, 5))
    assert two.key(dataset) != five.key(dataset)
    assert studies.predicted_seconds(five, store, dataset) == 300
    key = five.key(dataset)
    store.create(key, first_visit(), {"kind": "best", "options": five.options})
    store.append(key, best.EVENT, record={"candidates": [], "stages": [], "seconds": 120.0})
    assert studies.predicted_seconds(five, store, dataset) == 180


def test_it_is_trained_on_as_many_threads_as_its_small_images_need(store):
    """The recipe's own images may be larger, for which a process would take all cores."""
    study = best.study_of(with_setting(BASE, "data.image_size", 160), 5)
    key = study.key(datasets.find("digits", store.home))
    store.create(key, study.config, {"kind": study.kind, "options": study.options})
    assert worker.fitting_threads(store, key) == (1,)


# In a terminal


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--minutes", "0"], "number of minutes is '0'"),
        (["--minutes", "many"], "Expected a number from 0.5 to 600"),
        (["--set", "fine_tuning.epochs=0"], "thaws nothing"),
        (["--set", "data.limit=10"], "data.limit"),
        (["--set", "fine_tuning.epochs=900", "--minutes", "0.5"], "The default recipe alone should take"),
    ],
)
def test_bad_input_is_refused_in_words_before_anything_is_trained(
    terminal, tmp_path, monkeypatch, arguments, said
):
    monkeypatch.setenv("THAW_HOME", str(tmp_path))
    code, out, told = terminal("best", "first-visit", *arguments)
    assert (code, out) == (2, "")
    assert said in told
    assert not list(tmp_path.glob("runs/*"))


@pytest.mark.parametrize("folders", [(), ("one",)])
def test_no_images_and_images_of_one_class_are_refused_in_words(
    terminal, tmp_path, monkeypatch, pets, folders
):
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "home"))
    place = tmp_path / "few"
    place.mkdir()
    for name in folders:
        (pets / "cats").rename(place / name)
    code, out, told = terminal("best", "photos", "--data", str(place))
    assert (code, out) == (2, "")
    assert "Expected" in told


# Trained


@pytest.fixture(scope="module")
def few():
    """One size, one unfreeze point and one neighbour, so that a search ends in seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "SIZES", (32,))
        patch.setattr(candidates, "STOPS", (151,))
        patch.setattr(search, "MOST_NEAR", 1)
        yield


SMALL = with_setting(TINY, "fine_tuning.unfreeze_from", 151)


@pytest.fixture(scope="module")
def found(tmp_path_factory, tensorflow_configured, few):
    """The small search, which gave way once: its store, key and record."""
    store = Store(tmp_path_factory.mktemp("best"))
    dataset = datasets.find("digits", store.home)
    with jobs.training_lock(store):
        key = studies.request(best.study_of(SMALL, 5), store, dataset)
        with pytest.raises(GaveWay):
            studies.perform(key, store, should_give_way=lambda: _begun(store, key, "neighbours"))
        studies.perform(key, store)
    return store, key, store.record(key)


def _begun(store: Store, key: str, name: str) -> bool:
    record = best.record_so_far(store, key)
    return record is not None and name in [stage["name"] for stage in record["stages"]]


@pytest.mark.tensorflow
def test_a_search_goes_through_its_stages_and_names_one_that_is_not_below_the_default(found):
    store, _, record = found
    assert [stage["name"] for stage in record["stages"]] == list(STAGES)
    assert all(stage["done"] for stage in record["stages"])
    default, named = (record["candidates"][place]["runs"] for place in (0, record["named"]))
    seeds = [str(seed) for seed in record["seeds"]]
    right = [
        sum(store.load(runs[seed]).last.validation.correct for seed in seeds) for runs in (default, named)
    ]
    assert right[1] >= right[0]
    assert record["named"] in record["winners"]


@pytest.mark.tensorflow
def test_every_candidate_is_a_stored_run_under_its_ordinary_key(found):
    store, _, record = found
    dataset = datasets.find("digits", store.home)
    assert run_keys(record)
    for entry in record["candidates"]:
        for seed, key in entry["runs"].items():
            config = with_setting(Candidate(**entry["settings"]).config(SMALL), "seed", int(seed))
            assert key == identify(config, dataset)
            assert store.whole(key)


@pytest.mark.tensorflow
def test_what_gave_way_went_on_with_the_stages_it_had_and_the_time_that_was_left(found):
    store, key, record = found
    told = [event["record"] for event in store.events(key) if event["event"] == best.EVENT]
    seconds = [one["seconds"] for one in told]
    assert seconds == sorted(seconds)
    begun = [one["stages"][1]["tried"] for one in told if len(one["stages"]) > 1]
    assert begun.count(record["stages"][1]["tried"]) == len(begun)


@pytest.mark.tensorflow
def test_what_is_too_dear_for_the_time_that_is_left_is_listed_and_not_begun(found, monkeypatch):
    store, _, _ = found
    dataset = datasets.find("digits", store.home)
    monkeypatch.setattr(candidates, "SIZES", (32, 512))
    with jobs.training_lock(store):
        key = studies.request(best.study_of(SMALL, 0.5), store, dataset)
        monkeypatch.setattr(search_plan.training, "expected", lambda points, prices: 1000.0 * sum(prices))
        studies.perform(key, store)
    record = store.record(key)
    (dear,) = record["stages"][1]["not_tried"]
    assert record["candidates"][dear["candidate"]] == {
        "settings": {"size": 512, "stop": BACKBONE_LAYERS, "rate": 1e-3, "augmented": False}, "runs": {},
    }  # fmt: skip
    assert dear["why"] == DEAR
    assert dear["seconds"] > dear["room"]


@pytest.mark.tensorflow
def test_the_terminal_tells_the_stored_answer_as_json_and_in_lines(found, terminal, monkeypatch):
    store, _, record = found
    monkeypatch.setenv("THAW_HOME", str(store.home))
    asked = ["best", "digits-quick", "--set=data.limit=60", "--set=data.image_size=32",
             "--set=data.shares=0.5,0.25,0.25", "--set=feature_extraction.epochs=1",
             "--set=fine_tuning.epochs=1", "--set=fine_tuning.unfreeze_from=151"]  # fmt: skip
    code, out, _ = terminal(*asked, "--json")
    told = json.loads(out)
    assert code == 0
    assert {"stages", "winners", "cheapest", "not_tried", "seconds"} <= told.keys()
    assert [len(stage["tried"]) for stage in told["stages"]] == [len(s["tried"]) for s in record["stages"]]
    assert told["cheapest"]["settings"] == record["candidates"][record["named"]]["settings"]
    assert told["default"]["validation"]["n"] == store.load(told["default"]["run_key"]).last.validation.n
    code, out, _ = terminal(*asked)
    assert (code, out.count("(default)")) == (0, 1)
    assert "Its test: " in out
