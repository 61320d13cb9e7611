"""`check --data`: what is wrong with the images of a set, from a terminal."""

import json
import shutil

import pytest

from core.__main__ import main
from core.data import datasets
from core.explain import suspects
from tests.photos import build


@pytest.fixture
def check(monkeypatch, home, capsys):
    """`check(*arguments)`: exit code and what was printed."""
    monkeypatch.setenv("THAW_HOME", str(home))

    def do(*arguments: str) -> tuple[int, str, str]:
        code = main(["check", *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return do


@pytest.fixture
def leaking(tmp_path):
    """A folder in which one picture of the test is in training, too."""
    layout = [f"{split}/{label}" for split in ("train", "test") for label in "ab"]
    folder = build(tmp_path / "set", dict.fromkeys(layout, 12))
    shutil.copy(folder / "test" / "a" / "003.png", folder / "train" / "a" / "leak.png")
    return folder


def test_every_finding_is_told_with_its_pictures(check, leaking):
    code, out, _ = check("--data", str(leaking), "--json")
    assert code == 0
    told = json.loads(out)
    found = {one["kind"]: one for one in told["findings"]}
    assert found["two-splits"]["pictures"] == [["test/a/003.png", "train/a/leak.png"]]
    assert found["two-splits"]["leave_out"] == ["train/a/leak.png"]
    assert told["images"] == 49
    assert told["labels"] is None
    assert told["shortcuts"][-1]["n"] == 49


def test_a_person_reads_the_same_and_how_labels_are_judged(check, leaking):
    code, out, _ = check("--data", str(leaking))
    assert code == 0
    assert "test/a/003.png · train/a/leak.png" in out
    assert "--labels does that" in out
    assert "**" not in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "nowhere-at-all"], "no data set named 'nowhere-at-all'"),
        (["--labels"], "Expected --data NAME"),
        (["--repair", "--data", "digits"], "without --data"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(check, arguments, said):
    code, out, err = check(*arguments)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.tensorflow
def test_labels_are_judged_with_the_price_told_before(check, home, leaking, monkeypatch):
    monkeypatch.setattr(suspects, "LEAST_IMAGES", 20)
    code, out, err = check("--data", str(leaking), "--labels", "--json")
    assert code == 0
    assert "Judging labels: about" in err
    labels = json.loads(out)["labels"]
    assert labels["images"] == len(datasets.find(str(leaking), home).items)
    assert 0 <= labels["trial"]["found"]["low"] <= labels["trial"]["found"]["high"] <= 1
