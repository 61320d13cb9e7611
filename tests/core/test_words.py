"""How numbers and names read."""

import ast
from pathlib import Path

import pytest

from core.config import with_setting
from core.presets import digits_quick, from_scratch, tf_tutorial
from core.stages import RunState, Stage
from core.store import StoredRun
from core.wording import words
from tests.fakes import epochs
from tests.worlds import world


def run(key: str, created: float, **settings) -> StoredRun:
    config = digits_quick()
    for name, value in settings.items():
        config = with_setting(config, name.replace("__", "."), value)
    return StoredRun(key, "finished", config, created)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0.4 s"), (12.3, "12 s"), (99, "99 s"), (200, "3 min 20 s"), (240, "4 min"), (3900, "1 h 5 min")],
)
def test_durations_read_as_people_say_them(seconds, text):
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "known", "text"),
    [
        (0, True, "at once"),
        (0.2, False, "about 1 s"),
        (34.6, False, "about 35 s"),
        (290, False, "about 5 min"),
    ],
)
def test_prices_are_rounded_and_a_stored_result_comes_at_once(seconds, known, text):
    assert words.price(seconds, known) == text


@pytest.mark.parametrize(("rate", "text"), [(1e-5, "1e‑5"), (3e-5, "3e‑5"), (1e-3, "1e‑3"), (0.05, "0.05")])
def test_rates_are_short(rate, text):
    assert words.rate(rate) == text


def test_the_slider_says_how_far_it_freezes():
    assert words.thaw_from(98) == "block 11 · 98 layers frozen"
    assert words.thaw_from(154) == "head only"
    assert words.thaw_from(100) == "layer 100 (in block 11) · 100 layers frozen"


def test_the_slider_never_says_the_same_twice():
    assert len({words.thaw_from(point) for point in range(155)}) == 155


def test_runs_are_lettered_by_age_within_their_data_set():
    runs = [run("b", 2, fine_tuning__unfreeze_from=98), run("a", 1), run("x", 3, data__name="mnist")]
    assert words.run_names(runs) == {
        "a": "A · from block 13 · 3e‑5",
        "b": "B · from block 11 · 3e‑5",
        "x": "A · from block 13 · 3e‑5",
    }


def test_runs_of_one_recipe_say_what_else_sets_them_apart():
    runs = [run("a", 1), run("b", 2, batch_norm="batch"), run("c", 3, fine_tuning__unfreeze_from=98)]
    names = words.run_names(runs)
    assert names["a"] == "A · from block 13 · 3e‑5 · BatchNorm statistics kept"
    assert names["b"] == "B · from block 13 · 3e‑5 · BatchNorm each batch"
    assert names["c"] == "C · from block 11 · 3e‑5", "nothing else is called so"
    sizes = [run("a", 1, data__image_size=96), run("b", 2, data__limit=500)]
    assert [name.split(" · ")[3:] for name in words.run_names(sizes).values()] == [
        ["96 px", "2,000 images"], ["64 px", "500 images"],
    ]  # fmt: skip


def test_parts_are_listed_as_in_a_sentence():
    assert [words.listed("abc"[:n]) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


def test_what_a_data_set_changes_is_told_with_what_was():
    assert words.changed("fine_tuning.learning_rate", 1e-4, 1e-5) == "rate fine-tuning 1e‑5 (was 1e‑4)"
    assert words.changed("augmentation", False, True) == "augmentation on"


def test_letters_go_on_after_z():
    assert [words.letter(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_run_without_fine_tuning_is_head_only():
    assert words.recipe(with_setting(tf_tutorial(), "fine_tuning.epochs", 0)) == "head only · 1e‑4"


def test_reused_work_is_told_with_what_it_would_have_cost():
    assert words.spent(12, 41) == "12 s (features reused; 41 s from nothing)"
    assert words.spent(12, 12.2) == "12 s"


def test_a_fine_tuned_networks_time_is_that_of_both_phases():
    result = world("thawed").result
    first, last = result.phases
    assert words.time_of(result, first) == "9 s (features reused; 22 s from nothing)"
    assert words.time_of(result, last) == "both phases 21 s (features reused; 55 s from nothing)"
    assert words.from_nothing(result, last) == "55 s"


def test_a_difference_is_that_of_the_numbers_beside_it():
    assert words.percent(0.94251) == "94.3%"
    assert words.percent(0.85849) == "85.8%"
    assert words.points_apart(0.94251, 0.85849) == "+8.5 points"
    assert words.points_apart(0.5, 0.5001) == "+0.0 points"
    assert words.points(-0.0001) == "+0.0 points"


def test_a_waiting_run_says_its_place():
    assert words.stage(RunState("k", "queued", position=1)) == "waiting, 2nd in line"
    soon = RunState("k", "queued", position=2, seconds_waiting=118.0)
    assert words.stage(soon) == "waiting, 3rd in line · begins in about 2 min"


def test_a_run_that_gave_way_says_that_it_goes_on():
    state = RunState("k", "queued", gave_way=True)
    assert words.stage(state) == "gave way to shorter ones, 1st in line · goes on after them"
    soon = RunState("k", "queued", position=1, gave_way=True, seconds_waiting=40.0)
    assert words.stage(soon) == "gave way to shorter ones, 2nd in line · goes on in about 40 s"


def test_stages_count_what_they_count():
    state = RunState("k", "running", stage=Stage("features"), done=1240, total=2000)
    assert words.stage(state) == "features 1,240 of 2,000"
    fold = Stage("epochs_in_all", fold=2, folds=5)
    state = RunState("k", "running", stage=fold, done=7, total=15)
    assert words.stage(state) == "fold 2 of 5, epochs in all 7 of 15"


@pytest.mark.parametrize("name", ["epoch 2 of 5", "fold 1 of 5, epochs in all", "placing 500 images"])
def test_a_stage_that_an_older_version_logged_is_shown_as_it_was_said(name):
    state = RunState("k", "running", stage=Stage.told({"event": "stage", "name": name}), done=1, total=2)
    assert words.stage(state) == name


def test_every_stage_that_work_tells_has_words_and_no_words_are_left_over():
    told, literals = set(), set()
    for path in (Path(__file__).parents[2] / "core").glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and path.stem != "words":
                literals.add(node.value)
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "report_stage":
                told |= texts(node.args[1])
            elif isinstance(node, ast.Call) and node.args and texts(node.args[0]) == {"stage"}:
                told |= {text for word in node.keywords if word.arg == "name" for text in texts(word.value)}
    assert told <= {*words.STAGES, "epoch"}
    assert words.STAGES.keys() <= literals


def texts(node: ast.expr) -> set[str]:
    """The texts that an expression may give: of a literal, or of a choice between two."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) | texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_an_epoch_says_how_long_the_phase_still_takes():
    second = Stage("epoch", epoch=2, of=5)
    state = RunState("k", "running", stage=second, done=500, total=1000, epochs=epochs(1, 0.1, 0.2))
    assert words.stage(state) == "epoch 2 of 5 · 3 s left"  # 3.5 epochs of .8 s
    assert words.stage(RunState("k", "running", stage=second, seconds_left=8.2)) == (
        "epoch 2 of 5 · 8 s left"
    )


@pytest.mark.parametrize(
    ("n", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd"), (112, "112th")],
)
def test_ordinals(n, text):
    assert words.ordinal(n) == text


@pytest.mark.parametrize(
    ("config", "learns", "batch_norm"),
    [
        (from_scratch(), "from scratch", "each batch"),
        (digits_quick(), "from block 13", "statistics kept"),
        (tf_tutorial(), "from layer 100", "each batch"),
        (digits_quick().first_phase_only(), "the head", "all frozen"),
    ],
)
def test_what_a_run_trains_is_told_in_a_few_words(config, learns, batch_norm):
    assert words.what_learns(config) == learns
    assert words.batch_norm(config) == batch_norm


def test_a_run_from_scratch_is_called_so():
    assert words.recipe(from_scratch()) == "from scratch · 1e‑3"
    assert words.recipe(with_setting(from_scratch(), "seed", 7)) == "from scratch · 1e‑3 · seed 7"
