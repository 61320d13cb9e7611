"""Outside the test set: images as they are give the stored numbers; the claim is judged by paired numbers."""

import json

import numpy as np
import pytest

from core.__main__ import main
from core.errors import ConfigError, DatasetError
from core.explain import robustness
from core.explain.robustness import AT_ONCE, FROZEN, TUNED
from core.method import corruptions
from core.running import experiment, jobs
from core.running.identity import ask
from tests.core.planted import TINY
from tests.core.tiny_run import TinyRun

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, tensorflow_configured):
    settings = TINY | {"data.limit": 160, "feature_extraction.epochs": 3, "fine_tuning.epochs": 1}
    return TinyRun(tmp_path_factory.mktemp("shifted"), settings)


@pytest.fixture(scope="module")
def at_once(tuned) -> str:
    with jobs.training_lock(tuned.store):
        return experiment.run(ask(robustness.at_once_config(tuned.config), tuned.store)).run_key


@pytest.fixture(scope="module")
def found(tuned, at_once):
    return tuned.study("robustness", run=tuned.run, at_once=at_once, images=0, folder="", folder_key="")


def test_images_as_they_are_give_the_stored_numbers_of_all_three(found, tuned, at_once):
    record, arrays = found
    assert record["as_stored"] == {"largest": 0.0, "same_bits": True, "same_classes": True}
    assert record["networks"] == [FROZEN, TUNED, AT_ONCE]
    labels = tuned.splits.labels[tuned.splits.validation]
    stored = tuned.store.arrays(tuned.run)
    for number, said in enumerate((
        stored["feature_extraction/validation"], stored["fine_tuning/validation"],
        tuned.store.arrays(at_once)["fine_tuning/validation"],
    )):  # fmt: skip
        assert np.array_equal(arrays["right"][number, 0], said.argmax(axis=1) == labels)
        assert record["rows"][number * robustness.VARIANTS]["accuracy"] == arrays["right"][number, 0].mean()


@pytest.fixture(scope="module")
def keras_says(tuned):
    """`keras_says(pixels)`: the classes that the run's whole model in plain Keras names."""
    from core.explain import trained
    from core.explain.studies import Context
    from core.log import Log
    from core.method import phase

    context = Context("", tuned.config, {}, tuned.dataset, tuned.store, Log(tuned.store, tuned.run))
    base, head, _ = trained.rebuild(context.store, tuned.run)
    whole = phase.whole_model(base, head, 64, tuned.config.base.scaling)
    return lambda pixels: whole(pixels.astype(np.float32), training=False).numpy().argmax(axis=1)


def test_a_changed_image_is_what_plain_keras_says_of_it(found, tuned, keras_says):
    positions = tuned.splits.validation
    changed = corruptions.corrupt(
        tuned.splits.pixels[positions], "blur", 2, tuned.splits.image_ids[positions]
    )
    right = keras_says(changed) == tuned.splits.labels[positions]
    record, arrays = found
    place = next(
        at for at, row in enumerate(record["rows"][:16]) if (row["kind"], row["strength"]) == ("blur", 2)
    )
    assert (arrays["right"][1, place] == right).mean() > 0.98  # ties of the last bit


def test_what_is_lost_is_paired_and_a_network_is_told_how_sure_it_stays(found):
    record, arrays = found
    for row, right in zip(
        record["rows"], arrays["right"].reshape(-1, arrays["right"].shape[-1]), strict=True
    ):
        assert row["gap"] == pytest.approx(row["confidence"] - right.mean())
        if row["strength"]:
            plain = next(one for one in record["rows"] if one["network"] == row["network"])
            assert row["lost"] == pytest.approx(plain["accuracy"] - row["accuracy"])
            assert row["lost_interval"][0] <= row["lost"] <= row["lost_interval"][1]
        else:
            assert row["lost"] is None


def test_the_claims_are_judged_by_their_intervals():
    right = np.zeros((16, 100), bool)
    better, worse = right.copy(), right.copy()
    better[:, :60], worse[:, :20] = True, True
    claims = robustness._claims({FROZEN: list(worse), AT_ONCE: list(better), TUNED: list(better)})
    assert [claim["direction"] for claim in claims] == ["same", "other", "unknown", "unknown"]
    assert claims[0]["points"] == pytest.approx(40)
    assert claims[0]["low"] > 0
    assert [claim["outside"] for claim in claims] == [False, True, False, True]
    assert robustness._claims({FROZEN: list(worse), TUNED: list(better)}) == []


def test_a_second_folder_has_to_have_the_classes_and_is_mapped_by_their_names(tuned, keras_says, tmp_path):
    from PIL import Image

    camera, right = tmp_path / "camera", []
    for name in ("7", "3"):
        (camera / name).mkdir(parents=True)
        for number in range(12):
            position = np.flatnonzero(tuned.splits.labels == int(name))[number]
            Image.fromarray(tuned.splits.pixels[position]).save(camera / name / f"{number}.png")
            right.append(keras_says(tuned.splits.pixels[position][None])[0] == int(name))
    record, _ = tuned.study("robustness", run=tuned.run, at_once="", images=0, folder=str(camera))
    (frozen, row) = (row for row in record["rows"] if row["kind"] == robustness.CAMERA)
    assert (row["n"], row["lost"], frozen["network"]) == (24, None, FROZEN)
    assert row["accuracy"] == np.mean(right)
    with pytest.raises(DatasetError, match="never learned: cats"):
        robustness.require_same_classes(("3", "7"), ("3", "cats"))


def test_a_run_with_a_frozen_phase_cannot_stand_for_the_one_without(tuned):
    with pytest.raises(ConfigError, match="or had a frozen phase"):
        tuned.study("robustness", run=tuned.run, at_once=tuned.run, images=20, folder="", folder_key="")


def test_the_terminal_finds_the_run_that_was_tuned_at_once(tuned, found, monkeypatch, capfd):
    monkeypatch.setenv("THAW_HOME", str(tuned.store.home))
    assert main(["study", "shift", tuned.run, "--json"]) == 0
    printed = json.loads(capfd.readouterr().out)
    assert (printed["kind"], printed["record"]) == ("shift", json.loads(json.dumps(found[0])))
    assert main(["study", "shift", tuned.run, "--images", "-1"]) == 2
