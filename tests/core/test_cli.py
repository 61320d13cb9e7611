"""The terminal: one JSON object, exit codes, a clear line for bad input, no TensorFlow before training."""

import io
import json
import os
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

import core
from core.__main__ import _parser, main
from core.commands.progress_bar import ProgressBar
from core.commands.training import config_of
from core.config import parse_setting
from core.data import datasets
from core.presets import preset
from core.running.identity import identify
from core.store import Store
from tests import engines
from tests.records import a_result

ROOT = Path(__file__).resolve().parents[2]
TINY = ["--set", "data.limit=60", "--set", "data.image_size=32", "--set", "data.shares=[0.5,0.25,0.25]"]


class Done(NamedTuple):
    """What a command left, in this process or one of its own."""

    returncode: int
    stdout: str
    stderr: str


def in_a_process(home, *command, **environ) -> Done:
    env = {**os.environ, "THAW_HOME": str(home), **environ}
    env.pop("THAW_DATA", None)
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=180)
    return Done(done.returncode, done.stdout, done.stderr)


def thaw_process(home, *arguments, **environ) -> Done:
    """`python -m core`, as a person types it; starting it takes a second, with TensorFlow eight."""
    return in_a_process(home, sys.executable, "-m", "core", *arguments, **environ)


@pytest.fixture
def thaw(monkeypatch, capfd):
    """`thaw(home, *arguments)`: the same command in this process."""

    def do(home, *arguments) -> Done:
        monkeypatch.setenv("THAW_HOME", str(home))
        capfd.readouterr()
        return Done(exit_code(arguments), *capfd.readouterr())

    return do


def exit_code(arguments) -> int:
    try:
        return main(list(arguments))
    except SystemExit as ended:  # argparse found no command in it, or was asked for help
        return ended.code


def folder_of_images(path, classes, each=5):
    for number, name in enumerate(classes):
        (path / name).mkdir(parents=True)
        for i in range(each):
            Image.new("RGB", (40, 40), (60 * number, 10 * i, 30)).save(path / name / f"{i}.png")
    return path


def test_the_version_stands_in_one_place(capsys):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "core.__version__"}
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"Thaw {core.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "imagenet-giant"], ["tf-tutorial", "mnist-32", "digits-quick"]),
        (["run", "digits-quick", "--data", "zebras"], ["digits", "cats_and_dogs"]),
        (["run", "digits-quick", "--data", "no/such/folder"], ["does not exist"]),
        (["run", "digits-quick", "--set", "fine_tuning.speed=3"], ["fine_tuning.unfreeze_from"]),
        (["run", "digits-quick", "--set", "fine_tuning.unfreeze_from=155"], ["154"]),
        (["run", "digits-quick", "--set", "feature_extraction.learning_rate=0"], ["above 0"]),
        (["run", "digits-quick", "--set", "batch_size"], ["field=value"]),
        (["run", "digits-quick", "--set", "data.limit=20"], ["data.limit"]),
        (["run", "digits-quick", "--set", "data.train_limit=1001"], ["data.train_limit", "10 to 1,000"]),
        (["run", "digits-quick", "--set", "data.train_limit=9"], ["too few for 10 classes"]),
        (["warm", "digits-quick", "--stops", "some"], ["all"]),
        (["warm", "digits-quick", "--stops", "200"], ["154"]),
        (["run", "digits-quick", "--seeds", "0"], ["--seeds", "1 to 100"]),
        (["run", "digits-quick", "--seeds", "1.5"], ["--seeds"]),
        (["run", "digits-quick", "--data", "x" * 5000], ["Known"]),
        (["run", "digits-quick", "--data", "~nobody-here/photos"], ["does not exist"]),
        (["run", "digits-quick", "--data", ""], ["name is empty"]),
        (["code", "digits-quick", "--data", " ' ' "], ["name is empty"]),
        (["run", "digits-quick", "--data", "/dev/zero"], ["/dev/zero is a device"]),
        (["run", "digits-quick", "--set", "feature_extraction.learning_rate=0,001"], ["0.001"]),
        (["warm", "digits-quick", "--stops", "none"], ["all"]),
        (["verify", "no/such/receipt.json"], ["no file"]),
        (["verify", "pyproject.toml"], ["JSON"]),
        (["show", "run-v1-0123456789abcdef"], ["run-v1-0123456789abcdef"]),
        (["show", "../../secrets"], ["key"]),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_2(thaw, tmp_path, arguments, words):
    done = thaw(tmp_path, *arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert all(word in done.stderr for word in words), done.stderr


def test_the_exit_code_and_the_line_reach_the_shell_whatever_its_code_page(tmp_path):
    typed = ["run", "digits-quick", "--set", "batch_size=größe"]
    code, out, err = thaw_process(tmp_path, *typed, PYTHONIOENCODING="ascii")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert r"batch_size is 'gr\xf6\xdfe'" in err


@pytest.mark.parametrize("command", [["run", "digits-quick"], ["show"]])
@pytest.mark.parametrize("wrong", ["home", "home/runs", "home below it"])
def test_a_store_that_cannot_be_written_is_one_line_with_the_fix_and_exit_2(thaw, tmp_path, wrong, command):
    home = tmp_path / "home"
    if wrong == "home/runs":
        home.mkdir()
    file = home / "runs" if wrong == "home/runs" else home
    file.write_text("")
    done = thaw(home / "below" if wrong == "home below it" else home, *command)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{file} is a file. Expected a folder. Move it away, or set THAW_HOME")


EVERY_COMMAND = [
    ["datasets"], ["presets", "--json"], ["show"], ["show", "run-v1-0123456789abcdef"], ["check", "--repair"],
    ["run", "digits-quick"], ["warm", "digits-quick"], ["code", "digits-quick"], ["verify", "pyproject.toml"],
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="links and pipes of POSIX")
@pytest.mark.parametrize("command", EVERY_COMMAND, ids=" ".join)
def test_what_can_be_no_store_is_one_line_with_the_fix_and_exit_2_in_every_command(
    tmp_path, monkeypatch, capsys, command
):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    for home, said in (
        ("file", "file is a file"),
        ("file/home", "file is a file"),
        ("pipe", "pipe is no folder"),
        ("link", "link is a link that leads nowhere"),
        ("loop", "loop cannot be used"),
        ("x" * 300, "cannot be used"),
        ("/dev/null", "/dev/null is no folder"),
        ("~nobody-here/thaw", "no user 'nobody-here'"),
        ("https://example.org", "is an address"),
    ):
        monkeypatch.setenv("THAW_HOME", home if home[0] in "/~h" else str(tmp_path / home))
        assert main(command) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert len(told.err.splitlines()) == 1
        assert said in told.err
        assert "THAW_HOME" in told.err


def test_the_store_is_where_its_name_was_typed_or_pasted(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for typed in (
        str(tmp_path / "a b"),
        f"'{tmp_path / 'a b'}'",
        "~/a b",
        "$HOME/a b",
        (tmp_path / "a b").as_uri(),
    ):
        monkeypatch.setenv("THAW_HOME", typed)
        assert Store().home == tmp_path / "a b"
    monkeypatch.delenv("THAW_HOME")
    unset = Store().home
    for typed in ("", "  ", "''"):
        monkeypatch.setenv("THAW_HOME", typed)
        assert Store().home == unset


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (OSError(28, "No space left on device"), "Free some disk space."),
        (PermissionError(13, "Permission denied"), "Set THAW_HOME"),
    ],
)
def test_a_disk_that_takes_nothing_is_one_line_with_the_fix_and_exit_2(monkeypatch, capsys, error, fix):
    def refuse(*arguments, **options):
        raise error

    monkeypatch.setattr(Path, "mkdir", refuse)  # the store's first folder
    assert main(["run", "digits-quick"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(error.strerror) in line
    assert fix in line


CODE_PAGES = ("ascii", "cp1252")


@pytest.fixture(scope="module")
def told_in_any_letters(tmp_path_factory):
    """A store with one run, of a data set whose name no code page has whole."""
    home = tmp_path_factory.mktemp("letters") / "home"
    store, config = Store(home), tiny_config()
    key = identify(config, datasets.find("digits", home))
    store.create(key, replace(config, data=replace(config.data, name="/фото é 猫")))
    store.save(a_result(key), {}, {})
    return home


@pytest.mark.parametrize("code_page", CODE_PAGES)
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show"], 0, "/фото é 猫"),
        (["show", "--json"], 0, '"run_key"'),
        (["run", "digits-quick", "--data", "/фото/é 猫"], 2, "/фото/é 猫 does not exist"),
        (["run", "digits-quick", "--set", "batch_size=größe"], 2, "batch_size is 'größe'"),
        (["run", "--help"], 0, "usage"),
    ],
)
def test_output_in_any_code_page_has_replacements_for_what_it_has_not(
    told_in_any_letters, code_page, arguments, code, said, monkeypatch
):
    monkeypatch.setenv("THAW_HOME", str(told_in_any_letters))
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=code_page) for _ in range(2)]
    with monkeypatch.context() as patch:
        for name, stream in zip(("stdout", "stderr"), streams, strict=True):
            patch.setattr(sys, name, stream)
        assert exit_code(arguments) == code
        for stream in streams:
            stream.flush()
    out, told = (stream.buffer.getvalue().decode(code_page) for stream in streams)
    expected = said.encode(code_page, "backslashreplace").decode(code_page)
    assert expected in (told if code else out)


@pytest.mark.parametrize("code_page", [*CODE_PAGES, "cp437", "utf-8", None])
def test_the_bar_of_progress_is_drawn_in_letters_of_the_code_page(code_page):
    class Terminal(io.StringIO):
        encoding = code_page

        def isatty(self):
            return True

    terminal = Terminal()
    ProgressBar(terminal)("stage", name="features", done=1, total=2)
    drawn = terminal.getvalue()
    assert drawn.encode(code_page or "utf-8").decode(code_page or "utf-8") == drawn
    bar = drawn[drawn.index("  [") + 3 : drawn.index("]")]
    assert (len(bar), bar.count(bar[0]), bar.count(bar[-1])) == (24, 12, 12)


def test_folders_that_cannot_be_trained_on_name_what_is_wrong(thaw, tmp_path):
    single = folder_of_images(tmp_path / "single", ["cats"])
    few = folder_of_images(tmp_path / "few", ["cats", "dogs"], each=2)
    (tmp_path / "nothing").mkdir()
    for path, word in ((single, "cats"), (few, "cats"), (tmp_path / "nothing", "images")):
        done = thaw(tmp_path / "home", "run", "digits-quick", "--data", str(path))
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert word in done.stderr


def test_presets_and_data_sets_are_listed(thaw, tmp_path):
    presets = json.loads(thaw(tmp_path, "presets", "--json").stdout)["presets"]
    assert set(presets) == {
        "first-visit", "first-visit-scratch", "photos", "tf-tutorial", "mnist-32", "two-layer-head",
        "digits-quick", "from-scratch",
    }  # fmt: skip
    assert presets["tf-tutorial"]["fine_tuning"]["unfreeze_from"] == 100
    names = [entry["name"] for entry in json.loads(thaw(tmp_path, "datasets", "--json").stdout)["datasets"]]
    assert {"digits", "mnist", "cats_and_dogs"} <= set(names)
    assert "digits" in thaw(tmp_path, "datasets").stdout


@pytest.mark.tensorflow
@pytest.mark.parametrize("here", [True, pytest.param(False, marks=pytest.mark.soak)])
def test_a_run_answers_with_one_json_object_and_again_from_the_store(thaw, tmp_path, tmp_path_factory, here):
    """In this process, or in one of its own, which imports TensorFlow first."""
    command = ["run", "digits-quick", *TINY, "--set", "feature_extraction.epochs=1"]
    command += ["--set", "fine_tuning.epochs=1", "--set", "fine_tuning.unfreeze_from=151", "--json"]
    datasets.find("digits", tmp_path)  # their text is parsed in this process already
    with engines.lent(engines.folder(tmp_path_factory), tmp_path):
        first = (thaw if here else thaw_process)(tmp_path, *command)
    assert first.returncode == 0, first.stderr
    assert len(first.stdout.strip().splitlines()) == 1
    answer = json.loads(first.stdout)
    assert answer["dataset"]["counts"] == {"train": 30, "validation": 15, "test": 15}
    assert [p["name"] for p in answer["phases"]] == ["feature_extraction", "fine_tuning"]
    assert [p["trainable_variables"] for p in answer["phases"]] == [2, 5]
    assert set(answer["phases"][0]["epochs"][0]) == {
        "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds",
    }  # fmt: skip
    assert set(answer["test"]) >= {"accuracy", "interval", "n", "confusion"}
    assert answer["test"] == answer["phases"][1]["test"]
    assert set(answer["seconds"]) == {"total", "data", "features", "trace", "train", "evaluate"}
    assert answer["predicted_seconds"] > 0
    assert not answer["from_store"]
    control = answer["control"]
    assert set(control) == {"epochs", "validation", "test", "seconds"}
    assert [epoch["epoch"] for epoch in control["epochs"]] == [1, 2]
    assert control["validation"]["n"] == 15

    again = thaw(tmp_path, *command)
    second = json.loads(again.stdout)
    assert second.pop("from_store")
    answer.pop("from_store")
    assert second == answer

    shown = json.loads(thaw(tmp_path, "show", answer["run_key"], "--json").stdout)
    shown.pop("from_store")
    assert shown == answer
    assert answer["run_key"] in thaw(tmp_path, "show").stdout


@pytest.mark.tensorflow
@pytest.mark.soak
def test_warming_trains_every_stop_once_and_shares_the_first_phase(thaw, tmp_path):
    command = ["warm", "digits-quick", *TINY, "--set", "feature_extraction.epochs=1"]
    command += ["--set", "fine_tuning.epochs=1", "--stops", "134,151", "--json"]
    runs = json.loads(thaw(tmp_path, *command).stdout)["runs"]
    assert [run["phases"][1]["unfreeze_from"] for run in runs] == [134, 151]
    assert runs[0]["phases"][0] == runs[1]["phases"][0]
    assert not any(run["from_store"] for run in runs)
    again = json.loads(thaw(tmp_path, *command).stdout)["runs"]
    assert all(run["from_store"] for run in again)


def tiny_config():
    config = preset("digits-quick")
    for setting in TINY[1::2]:
        config = parse_setting(config, setting)
    return config


def store_a_result(store, config):
    """Keep a canned result where `run` will look for this config's."""
    key = identify(config, datasets.find("digits", store.home))
    store.create(key, config)
    store.save(a_result(key), {}, {})


def test_images_and_shares_of_a_recipe_are_for_its_own_data_and_others_are_used_whole():
    parser = _parser()
    own = config_of(parser.parse_args(["run", "digits-quick"]))
    assert (own.data.limit, own.data.shares) == (2000, (0.5, 0.25, 0.25))
    assert config_of(parser.parse_args(["run", "digits-quick", "--data", "digits"])) == own
    other = config_of(parser.parse_args(["run", "digits-quick", "--data", "'/my photos'"]))
    assert other.data == replace(own.data, name="/my photos", limit=None, shares=None)
    typed = ["run", "digits-quick", "--set", "data.limit=500", "--data", "/my photos"]
    assert config_of(parser.parse_args(typed)).data.limit == 500


def test_how_many_of_all_images_a_run_has_is_told_with_their_number(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("THAW_HOME", str(tmp_path))
    store_a_result(Store(tmp_path), tiny_config())
    assert main(["run", "digits-quick", *TINY]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    used = sum(a_result("run-v1-0123456789abcdef").dataset.counts.values())
    assert first.endswith(f"({used:,} of 5,000 images)")


def test_seeds_give_every_run_and_the_mean_with_students_interval(tmp_path, monkeypatch, capsys):
    """Over canned runs: accuracies 5, 6 and 7 of 8 validated, 5 of 8 tested; only the seed differs."""
    monkeypatch.setenv("THAW_HOME", str(tmp_path))
    store, config = Store(tmp_path), tiny_config()
    for step in range(3):
        store_a_result(store, replace(config, seed=42 + step))
    keys = []
    for path in store.runs.glob("*/metrics.json"):
        plain = json.loads(path.read_text())
        plain["phases"][0]["validation"]["accuracy"] = (5 + len(keys)) / 8
        path.write_text(json.dumps(plain))
        keys.append(plain["run_key"])
    assert main(["run", "digits-quick", *TINY, "--seeds", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["seeds"] == [42, 43, 44]
    assert {run["run_key"] for run in found["runs"]} == set(keys)
    means = found["means"]["feature_extraction"]
    half = 4.302653 * 0.125 / 3**0.5  # Student's t of 2 degrees of freedom, standard deviation 1/8
    low, high = means["validation"]["low"], means["validation"]["high"]
    assert (means["validation"]["n"], means["validation"]["mean"]) == (3, pytest.approx(6 / 8))
    assert (low, high) == (pytest.approx(0.75 - half, abs=1e-6), pytest.approx(0.75 + half, abs=1e-6))
    assert means["test"]["low"] == means["test"]["high"] == 5 / 8
    assert main(["run", "digits-quick", *TINY, "--seeds", "3"]) == 0
    assert "validation 0.750 (0.439 to 1.061), test 0.625" in capsys.readouterr().out


def test_one_seed_has_a_mean_and_no_interval(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("THAW_HOME", str(tmp_path))
    store_a_result(Store(tmp_path), tiny_config())
    assert main(["run", "digits-quick", *TINY, "--seeds", "1", "--json"]) == 0
    mean = json.loads(capsys.readouterr().out)["means"]["feature_extraction"]["validation"]
    assert mean == {"n": 1, "mean": 0.75, "low": None, "high": None}


def test_a_stored_answer_does_not_import_tensorflow(tmp_path):
    store_a_result(Store(tmp_path), tiny_config())
    code = (
        "import sys; from core.__main__ import main; code = main(sys.argv[1:]); "
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules; sys.exit(code)"
    )
    done = in_a_process(tmp_path, sys.executable, "-c", code, "run", "digits-quick", *TINY, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["from_store"]
