"""Sweeps: which runs a question asks for, in which order, and that every point is an ordinary run."""

import csv
import io
import json

import pytest

from core.__main__ import main
from core.compare.curve import MEAN, ONE_SEED, CurvePoint, height
from core.config import BACKBONE_LAYERS, with_setting
from core.data import datasets
from core.errors import ConfigError, Stopped
from core.explain import studies
from core.explain import sweep as sweep_study
from core.layers import stop_label
from core.presets import digits_quick
from core.running import jobs, price
from core.running.identity import Asked, ask
from core.store import Store
from core.sweeps import plan, training
from core.sweeps.grid import grid
from core.sweeps.plan import STOP, Sweep, curve_stops, from_the_middle
from tests.fakes import evaluation, wrong_answers

TINY = digits_quick()
for name, value in {
    "data.limit": 60, "data.image_size": 32, "data.shares": (0.5, 0.25, 0.25),
    "feature_extraction.epochs": 1, "fine_tuning.epochs": 1,
}.items():  # fmt: skip
    TINY = with_setting(TINY, name, value)
SMALL = Sweep(TINY, {STOP: (143, 151, 154)}, seeds=2)


# Which runs


def test_a_curve_has_the_starts_of_all_blocks_and_head_only():
    assert len(curve_stops()) == 19
    labels = [stop_label(stop) for stop in curve_stops()]
    assert labels == [*(f"block {number}" for number in range(17)), "Conv_1", "head only"]


def test_head_only_comes_first_and_then_the_middle_of_the_network_outwards():
    order = from_the_middle(curve_stops())
    assert order[0] == BACKBONE_LAYERS
    places = [curve_stops().index(stop) for stop in order[1:]]
    distances = [abs(place - 8.5) for place in places]
    assert distances == sorted(distances)
    assert sorted(order) == curve_stops()


def test_seeds_of_one_point_follow_one_another_whatever_else_is_varied():
    sweep = Sweep(TINY, {"head.dropout": (0.0, 0.5), STOP: (143, 154)}, seeds=3)
    points = sweep.points()
    assert len(points) == 12
    assert [point.settings[STOP] for point in points] == [154] * 6 + [143] * 6
    assert [point.seed for point in points[:3]] == [TINY.seed, TINY.seed + 1, TINY.seed + 2]
    assert len({point.settings["head.dropout"] for point in points[:3]}) == 1
    assert len({point.config for point in points}) == 12


def test_a_value_named_twice_is_one_point():
    assert plan.parse(f"{STOP}=143, 143,154") == (STOP, (143, 154))


def test_all_are_the_points_of_the_curve():
    assert plan.parse(f"{STOP}=all")[1] == tuple(curve_stops())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{STOP}=98,160", "'160'"),
        ("seed=1,2", "Say how many seeds."),
        ("data.name=digits,mnist", "Ask once for each data set"),
        ("fine_tuning.depth=3", "cannot be varied"),
        ("head.dropout", "Expected section.field=value,value"),
        ("head.dropout=", "has no values"),
    ],
)
def test_what_cannot_be_varied_is_refused_in_words(text, said):
    with pytest.raises(ConfigError) as refused:
        plan.parse(text)
    assert said in str(refused.value)


@pytest.mark.parametrize("seeds", [0, 21, "none", "2.5"])
def test_a_number_of_seeds_that_makes_no_sense_is_refused(seeds):
    with pytest.raises(ConfigError, match="number of seeds"):
        plan.check_seeds(seeds)


def test_too_many_runs_are_refused_before_any_is_trained():
    many = {"data.split_seed": tuple(range(100)), STOP: tuple(curve_stops())}
    with pytest.raises(ConfigError, match="1,900 runs"):
        Sweep(TINY, many)


# The same question has the same name


def test_the_same_curve_from_another_point_of_the_slider_is_the_same_question(store):
    dataset = datasets.find("digits", store.home)
    there = Sweep(with_setting(TINY, STOP, 98), SMALL.vary, 2)
    keys = {sweep_study.study_of(sweep).key(dataset) for sweep in (SMALL, there)}
    assert len(keys) == 1
    assert sweep_study.study_of(Sweep(TINY, SMALL.vary, 3)).key(dataset) not in keys


def test_a_question_survives_its_way_through_json():
    study = sweep_study.study_of(Sweep(TINY, {"data.limit": (None, 40), STOP: (143,)}, 2))
    options = json.loads(json.dumps(study.options))
    again = plan.of_options(study.config, options)
    assert [point.config for point in again.points()] == [
        point.config for point in plan.of_options(study.config, study.options).points()
    ]


# What it takes


def test_the_price_of_a_sweep_counts_a_head_and_a_control_once_a_seed_and_a_trace_once_a_stop(store):
    dataset = datasets.find("digits", store.home)
    costs = training.costs(SMALL.points(), dataset, store)
    alone = [price.predict(Asked(point.config, dataset, store)) for point in SMALL.points()]
    shared = sum(one.phases["feature_extraction"] + one.phases["control"] for one in alone)
    traced = sum(one.tracing for one in alone)
    assert traced > 0
    assert sum(costs) == pytest.approx(sum(one.seconds for one in alone) - shared * 2 / 3 - traced / 2)


# Training


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tensorflow_configured):
    """The small sweep, trained as the terminal does: its store and its points."""
    store = Store(tmp_path_factory.mktemp("sweep"))
    with jobs.training_lock(store):
        found = training.train(
            SMALL.points(), datasets.find("digits", store.home), store, told=lambda progress: None
        )
    return store, found


@pytest.mark.tensorflow
def test_every_point_has_the_bits_of_the_same_run_asked_for_alone(trained, tmp_path):
    from core.running import experiment

    _, found = trained
    store = Store(tmp_path)
    one = next(one for one in found if one.point.settings[STOP] == 143)
    with jobs.training_lock(store):
        alone = experiment.run(ask(one.point.config, store))
    assert alone.run_key == one.run_key
    assert [e.val_loss for e in alone.last.epochs] == [e.val_loss for e in one.result.last.epochs]
    assert alone.last.validation == one.result.last.validation


@pytest.mark.tensorflow
def test_points_are_runs_like_any_other_and_keep_no_whole_network(trained):
    store, found = trained
    for one in found:
        assert store.whole(one.run_key)
        assert store.model_file(one.run_key) is None
    listed = {run.run_key for run in store.list_runs()}
    assert {one.run_key for one in found} <= listed


@pytest.mark.tensorflow
def test_what_is_stored_is_not_trained_again(trained, monkeypatch):
    store, found = trained
    from core.method import phase

    monkeypatch.setattr(phase, "train", None)
    again = training.train(
        SMALL.points(), datasets.find("digits", store.home), store, told=lambda progress: None
    )
    assert [one.run_key for one in again] == [one.run_key for one in found]
    assert {one.seconds for one in again} == {0.0}


@pytest.mark.tensorflow
def test_a_point_that_fails_takes_no_other_with_it(tmp_path):
    store = Store(tmp_path)
    sweep = Sweep(with_setting(TINY, STOP, 151), {"fine_tuning.learning_rate": (10.0, 1e-4)})
    sweep = Sweep(with_setting(sweep.base, "fine_tuning.optimizer", "sgd"), sweep.vary)
    with jobs.training_lock(store):
        found = training.train(
            sweep.points(), datasets.find("digits", tmp_path), store, told=lambda progress: None
        )
    wild, tame = found
    assert tame.result is not None
    assert wild.result is None or wild.problem == ""
    if wild.result is None:
        assert "no longer a number" in wild.problem


@pytest.mark.tensorflow
def test_a_sweep_that_is_stopped_keeps_its_points_and_goes_on_where_it_was(tmp_path):
    store, dataset = Store(tmp_path), datasets.find("digits", tmp_path)
    done = []

    def stop_after_two() -> bool:
        return len(done) >= 2

    def count(progress) -> None:
        if progress.latest is not None:
            done.append(progress.latest.run_key)

    with jobs.training_lock(store), pytest.raises(Stopped):
        training.train(SMALL.points(), dataset, store, told=count, should_stop=stop_after_two)
    assert all(store.whole(key) for key in done)
    with jobs.training_lock(store):
        rest = training.train(SMALL.points(), dataset, store, told=lambda progress: None)
    assert [one.seconds == 0.0 for one in rest[:2]] == [True, True]
    assert all(one.result is not None for one in rest)


@pytest.mark.tensorflow
def test_as_a_study_it_records_which_runs_are_its_points(trained):
    store, found = trained
    dataset, study = datasets.find("digits", store.home), sweep_study.study_of(SMALL)
    with jobs.training_lock(store):
        key = studies.request(study, store, dataset)
        studies.perform(key, store)
    points = store.record(key)["points"]
    assert [point["run_key"] for point in points] == [one.run_key for one in found]
    assert {point["seed"] for point in points} == {TINY.seed, TINY.seed + 1}
    assert {asked.key for asked in studies.runs_of(study, store, dataset)} == {o.run_key for o in found}


# In a terminal


@pytest.fixture
def sweep(monkeypatch, capsys):
    """`sweep(home, *arguments)`: exit code, standard output and standard error of the command."""

    def do(home, *arguments) -> tuple[int, str, str]:
        monkeypatch.setenv("THAW_HOME", str(home))
        capsys.readouterr()
        code = main(["sweep", "digits-quick", *arguments])
        return code, *capsys.readouterr()

    return do


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "There is nothing to vary"),
        ([f"--vary={STOP}=98,160"], "'160'"),
        ([f"--vary={STOP}=98", f"--vary={STOP}=116"], "varied twice"),
        ([f"--vary={STOP}=98", "--seeds=0"], "number of seeds"),
        (["--vary=data.limit=100,20"], "data.limit"),
        ([f"--vary={STOP}=98", "--json", "--csv=-"], "takes one of"),
        ([f"--vary={STOP}=98", "--resampled"], "is not varied"),
    ],
)
def test_bad_input_is_refused_in_words_before_anything_is_trained(sweep, tmp_path, arguments, said):
    code, out, told = sweep(tmp_path, *arguments)
    assert (code, out) == (2, "")
    assert said in told
    assert not list(tmp_path.glob("runs/run-*"))


def test_a_resampled_sweep_in_the_terminal_is_the_map_of_how_deep(sweep, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(training, "train", lambda points, *_, **__: asked.append(points) or [])
    config = digits_quick()
    most = len(datasets.split(datasets.find("digits", tmp_path), config.data)["train"])
    code, _, told = sweep(tmp_path, "--resampled", "--seeds=2", f"--vary={STOP}=72,151",
                          f"--vary={plan.IMAGES}=50,{most}")  # fmt: skip
    assert code == 0, told
    assert asked[0] == grid(config, (72, 151), (50, most), most, 2).points()
    assert {point.config.data.train_limit for point in asked[0]} == {50, None}


@pytest.mark.tensorflow
def test_the_terminal_tells_every_point_as_json_and_as_a_table(trained, sweep):
    store, found = trained
    asked = ["--set=data.limit=60", "--set=data.image_size=32", "--set=data.shares=0.5,0.25,0.25",
             "--set=feature_extraction.epochs=1", "--set=fine_tuning.epochs=1",
             f"--vary={STOP}=143,151,154", "--seeds=2"]  # fmt: skip
    code, out, _ = sweep(store.home, *asked, "--json")
    told = json.loads(out)
    assert code == 0
    assert [point["run_key"] for point in told["points"]] == [one.run_key for one in found]
    assert told["points"][0]["settings"] == {STOP: 154}
    assert told["points"][0]["validation"]["n"] == found[0].result.last.validation.n
    assert set(told) == {"points", "seconds", "workers"}
    rows = list(csv.DictReader(io.StringIO(sweep(store.home, *asked, "--csv=-")[1])))
    assert [float(row["validation"]) for row in rows] == [
        one.result.last.validation.accuracy for one in found
    ]


# The curve


class _Run:
    """As much of a result as a curve looks at."""

    def __init__(self, wrong: int):
        self.run_key = f"run-{wrong}"
        self.last = type("Phase", (), {"validation": evaluation(wrong_answers(0, wrong), 10)})()


def test_one_seed_has_the_interval_of_its_images_and_several_that_of_their_mean():
    one = CurvePoint(98, {1: _Run(50)})
    several = CurvePoint(98, {1: _Run(50), 2: _Run(60), 3: _Run(70)})
    assert height(one.checked().values()).kind == ONE_SEED
    level = height(several.checked().values())
    assert level.kind == MEAN
    assert level.accuracy == pytest.approx(0.88)
    assert level.low < 0.88 < level.high
