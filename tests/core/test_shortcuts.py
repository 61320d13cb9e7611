"""Shortcuts: what a few numbers about a picture tell of its class, and that noise tells nothing."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.data.looks import Looks
from core.intake import shortcuts
from core.statistics.verdict import Verdict


def world(n: int, classes: int = 2, seed: int = 0):
    """Labels and random looks that know nothing of them."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    numbers = {
        name: random.uniform(20, 200, n).astype(np.float32) for name in ("brightness", "sharpness", "lonely")
    }
    looks = Looks(
        pixels=np.arange(1, n + 1, dtype=np.uint64),
        width=random.integers(100, 400, n).astype(np.int32),
        height=random.integers(100, 400, n).astype(np.int32),
        spread=np.full(n, 50, np.float32),
        one_colour=np.zeros(n, np.float32),
        grey_below=np.zeros(n, np.float32),
        border=random.uniform(0, 255, (n, 3)).astype(np.float32),
        near=np.zeros((0, 2), np.uint64),
        **numbers,
    )
    ids = random.integers(0, 2**63, n, dtype=np.uint64)
    return SimpleNamespace(labels=labels, image_ids=ids), looks


@pytest.mark.parametrize(
    ("by", "field", "shift"),
    [
        ("brightness", "brightness", 60.0), ("blur", "sharpness", 150.0), ("size", "width", 400),
        ("border colour", "border", np.array([90.0, 0, 0])),
    ],
)  # fmt: skip
def test_a_planted_shortcut_is_found_and_named(by, field, shift):
    dataset, looks = world(200)
    values = getattr(looks, field)
    values[dataset.labels == 1] += np.asarray(shift, values.dtype)
    told = shortcuts.shortcuts(dataset, looks)
    assert told[-1].by == shortcuts.TOGETHER
    assert told[-1].matters
    assert by in {one.by for one in told[:-1] if one.matters}
    finding = shortcuts.finding(told)
    assert finding is not None
    assert f"{by} alone" in finding.meaning


def test_where_the_numbers_know_nothing_none_is_told_in_eight_sets():
    for seed in range(8):
        assert shortcuts.finding(shortcuts.shortcuts(*world(100, seed=seed))) is None


def test_naming_the_commonest_class_is_no_shortcut():
    dataset, looks = world(200)
    dataset.labels = (np.arange(200) % 10 == 0).astype(np.int64)
    told = shortcuts.shortcuts(dataset, looks)
    assert told[-1].correct >= 170
    assert told[-1].commonest == 180
    assert shortcuts.finding(told) is None


def test_a_certain_but_tiny_advantage_is_not_told():
    one = shortcuts.Told(shortcuts.TOGETHER, 5300, 10_000, 5000, Verdict.BETTER)
    assert shortcuts.finding([one]) is None


@pytest.mark.parametrize("n", [0, 3, 19])
def test_of_too_few_pictures_nothing_is_told(n):
    assert shortcuts.shortcuts(*world(n)) == []


def test_a_large_set_is_looked_at_in_part(monkeypatch):
    monkeypatch.setattr(shortcuts, "MOST", 60)
    assert shortcuts.shortcuts(*world(100))[-1].n == 60
