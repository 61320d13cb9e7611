"""CKA is what its formula says; below the cut it is 1; noise in a block shows there and not below."""

import json

import numpy as np
import pytest

from core import layers
from core.__main__ import main
from core.concepts.cka_notes import ALIKE
from core.statistics import cka
from tests.core.planted import BLOCK, TINY, with_noise
from tests.core.tiny_run import TinyRun


@pytest.fixture(scope="module")
def features() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    common = random.normal(size=(60, 5))
    first = common @ random.normal(size=(5, 30)) + random.normal(size=(60, 30))
    return first + 3, common @ random.normal(size=(5, 12)) + 0.5 * random.normal(size=(60, 12))


def hsic(k: np.ndarray, m: np.ndarray) -> float:
    """Song and others (JMLR 2012), equation 5, as it stands there."""
    n, one = len(k), np.ones(len(k))
    k, m = k * (1 - np.eye(n)), m * (1 - np.eye(n))
    total = np.trace(k @ m) + (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2))
    return (total - 2 / (n - 2) * (one @ k @ m @ one)) / (n * (n - 3))


def by_formula(first: np.ndarray, second: np.ndarray) -> float:
    k, m = first @ first.T, second @ second.T
    return hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))


def alike(first: np.ndarray, second: np.ndarray) -> float:
    return cka.cka(cka.Seen(first), cka.Seen(second))


def interval(first: np.ndarray, second: np.ndarray) -> cka.Similarity:
    return cka.with_interval(cka.Seen(first), cka.Seen(second))


def test_it_is_the_formula(features):
    first, second = features
    assert alike(first, second) == pytest.approx(by_formula(first, second), abs=1e-9)
    assert alike(first, first) == pytest.approx(1, abs=1e-12)
    assert 0.2 < alike(first, second) < 0.99


def test_the_interval_is_the_jackknife_of_the_formula_with_every_tenth_image_left_out(features):
    first, second = features[0][:57], features[1][:57]  # groups of two sizes
    without = [
        by_formula(first[kept], second[kept]) for kept in (np.arange(57) % 10 != group for group in range(10))
    ]
    half = 2.2621571628 * np.sqrt(9 / 10 * np.sum((without - np.mean(without)) ** 2))  # t(9) at .975
    found = interval(first, second)
    assert found.cka == pytest.approx(alike(first, second), abs=1e-12)
    assert (found.high - found.low) / 2 == pytest.approx(half, abs=1e-9)


def test_rotation_scale_and_shift_of_features_change_nothing(features):
    first, second = features
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(30, 30)))
    value = alike(first, second)
    for changed in (first @ rotation, 1e-7 * first, first - 40):
        assert alike(changed, second) == pytest.approx(value, abs=1e-9)
    stretched = first * np.linspace(0.1, 5, 30)
    assert alike(stretched, second) != pytest.approx(value, abs=1e-3)


def test_features_that_have_nothing_in_common_are_around_0_however_many_they_are():
    random, found = np.random.default_rng(2), []
    for _ in range(20):
        found.append(alike(random.normal(size=(30, 400)), random.normal(size=(30, 400))))
    assert abs(np.mean(found)) < 0.03  # without debiasing it would be near .9
    assert np.isnan(alike(np.ones((30, 4)), random.normal(size=(30, 4))))


def test_the_interval_holds_the_value_of_many_images_about_as_often_as_it_says():
    random, held = np.random.default_rng(3), 0
    mix = random.normal(size=(4, 8)), random.normal(size=(4, 6))

    def drawn(n: int) -> tuple[np.ndarray, np.ndarray]:
        common = random.normal(size=(n, 4))
        return tuple(common @ one + random.normal(size=(n, one.shape[1])) for one in mix)

    truth = alike(*drawn(3000))
    for _ in range(100):
        found = interval(*drawn(100))
        held += found.low <= truth <= found.high
    assert 86 <= held <= 100
    assert np.isnan(interval(*drawn(12)).low)


# Of runs


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, tensorflow_configured):
    return TinyRun(
        tmp_path_factory.mktemp("tuned"), TINY | {"fine_tuning.epochs": 1, "fine_tuning.learning_rate": 1e-5}
    )


@pytest.fixture(scope="module")
def found(tuned) -> dict:
    return tuned.study("cka", run=tuned.run)[0]


@pytest.mark.tensorflow
def test_below_the_cut_it_is_1_by_two_passes_of_their_own(found):
    frozen = [row for row in found["blocks"] if row["frozen"]]
    assert [row["block"] for row in frozen] == [b.label for b in layers.blocks() if b.end <= 116]
    assert found["farthest_below"] <= ALIKE
    assert all(row["cka"] == pytest.approx(1, abs=1e-6) for row in frozen)
    assert found["blocks"][-1]["cka"] < 1 - 1e-6
    assert np.array(found["map"]).shape == (19, 19)
    assert np.diag(found["map"]) == pytest.approx([row["cka"] for row in found["blocks"]], abs=1e-9)


@pytest.mark.tensorflow
def test_noise_in_one_block_shows_from_there_on_and_rewind_takes_it_out(tuned):
    noisy = with_noise(tuned.store, tuned.run, BLOCK, 2.0)
    record, _ = tuned.study("cka", run=noisy)
    rows = {row["block"]: row["cka"] for row in record["blocks"]}
    before = {row["block"]: row["cka"] for row in tuned.study("cka", run=tuned.run)[0]["blocks"]}
    assert rows["block 13"] == pytest.approx(before["block 13"], abs=1e-6)
    assert rows[BLOCK] < before[BLOCK] - 0.1
    rewound, _ = tuned.study("rewind", run=noisy, order="alone", what="both")
    best = min(rewound["blocks"], key=lambda row: row["lost"])
    assert best["block"] == BLOCK
    assert best["interval"][1] < 0, "without the noisy block's weights it does better"


@pytest.mark.tensorflow
def test_the_terminal_calls_it_similarity(tuned, found, monkeypatch, capfd):
    monkeypatch.setenv("THAW_HOME", str(tuned.store.home))
    assert main(["study", "similarity", tuned.run, "--json"]) == 0
    printed = json.loads(capfd.readouterr().out)
    assert (printed["kind"], printed["run_key"]) == ("similarity", tuned.run)
    assert printed["record"] == json.loads(json.dumps(found))


@pytest.mark.soak
@pytest.mark.tensorflow
@pytest.mark.parametrize("stop", layers.stops(tutorial=False))
def test_below_the_cut_it_is_1_at_every_stop(stop, tmp_path, tensorflow_configured):
    run = TinyRun(tmp_path, TINY | {"fine_tuning.epochs": 1, "fine_tuning.unfreeze_from": stop})
    record, _ = run.study("cka", run=run.run)
    assert (record["farthest_below"] or 0.0) <= ALIKE
