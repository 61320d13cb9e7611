"""The probes on pretrained and random features: measured on the split's images, worded by their verdict."""

import numpy as np
import pytest

from core.concepts import pretrained_or_random as wording
from core.config import with_setting
from core.data import datasets
from core.explain import studies
from core.explain.probe_depths import depths
from core.explain.studies import Study
from core.presets import first_visit
from core.statistics.paired import wilson_interval
from core.statistics.verdict import Verdict
from tests.core import study
from tests.telling import tells


def told(pretrained: int, random: int, n: int = 500):
    """(verdict, sentences) for probes that get the first so many of n images right."""
    right = {"pretrained": np.arange(n) < pretrained, "random": np.arange(n) < random}
    record = {
        "train": 200,
        "validation": n,
        "probes": {
            name: {"correct": int(mask.sum()), "n": n, "interval": wilson_interval(int(mask.sum()), n)}
            for name, mask in right.items()
        },
    }
    found = wording.verdict({f"{name}_right": mask for name, mask in right.items()})
    return found, " ".join(wording.sentences(record, found))


@pytest.mark.parametrize(
    ("pretrained", "random", "verdict", "means"),
    [
        (400, 300, Verdict.BETTER, "helps here"),
        (300, 400, Verdict.WORSE, "of less use here"),
        (400, 399, Verdict.CANNOT_TELL, "do not show"),
        (399, 400, Verdict.CANNOT_TELL, "do not show"),
        (400, 400, Verdict.CANNOT_TELL, "do not show"),
        (500, 0, Verdict.BETTER, "helps here"),
    ],
)
def test_the_sentences_follow_the_verdict_whatever_its_sign(pretrained, random, verdict, means):
    found, said = told(pretrained, random)
    assert found.verdict == verdict
    assert tells(said, f"{pretrained:,} of 500", f"{random:,} of 500", 200, verdict)
    low, high = wilson_interval(pretrained, 500)
    assert f"95% interval {100 * low:.1f} to {100 * high:.1f}%" in said
    others = {"helps here", "of less use here", "do not show"} - {means}
    assert means in said
    assert not any(other in said for other in others)


@pytest.mark.parametrize(("best", "right", "helps"), [(10, 400, True), (10, 301, False), (-1, 400, False)])
def test_thawing_is_named_only_where_the_top_is_clearly_not_the_best_place(best, right, helps):
    masks = np.tile(np.arange(500) < 300, (len(depths()), 1))
    masks[best] = np.arange(500) < right
    said = wording.depth_sentence(masks)
    assert ("that is why thawing" in said) == helps
    if helps:
        assert tells(said, depths()[best].name, "80.0%", "60.0%")


def test_its_price_counts_the_images_of_the_split(store):
    config = first_visit()
    digits = datasets.find("digits", store.home)
    small = with_setting(config, "data.limit", 60)
    cheap, dear = (studies.predicted_seconds(Study("pretrained_or_random", one), store, digits)
                   for one in (small, config))  # fmt: skip
    assert 0 < cheap < dear < 60


@pytest.mark.tensorflow
def test_both_probes_learn_from_the_training_images_and_are_tested_on_validation(
    store, tensorflow_configured
):
    config = with_setting(with_setting(first_visit(), "data.image_size", 32), "data.limit", 120)
    digits = datasets.find("digits", store.home)
    record, arrays = study.answer(Study("pretrained_or_random", config), store, digits)
    parts = datasets.split(digits, config.data)
    assert (record["train"], record["validation"]) == (len(parts["train"]), len(parts["validation"]))
    for name in ("pretrained", "random"):
        right, score = arrays[f"{name}_right"], record["probes"][name]
        assert (score["correct"], score["n"]) == (right.sum(), len(right))
        assert score["interval"] == list(wilson_interval(int(right.sum()), len(right)))
    assert (arrays["pretrained_right"] != arrays["random_right"]).any()
