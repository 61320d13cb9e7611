"""The guide places a data set by its measurements, and does not hide where they disagree."""

import numpy as np
import pytest

from core import layers
from core.charts import guide_charts
from core.concepts import freeze_guide
from core.concepts.freeze_guide import ADVICE, IMAGENET_PER_CLASS, SIMILAR, Place
from core.presets import digits_quick
from core.statistics.paired import compare, wilson_interval
from core.statistics.verdict import Verdict


def a_record(**changes) -> dict:
    """What a study of similarity keeps; by default of a small set that looks foreign."""
    probes = {
        name: {"correct": correct, "n": 500, "interval": list(wilson_interval(correct, 500))}
        for name, correct in (("pretrained", 450), ("random", 400))
    }
    known = {
        "dataset": "Cells", "classes": 3, "images_per_class": 100.0, "image_size": 96, "images": 500,
        "confidence": 0.18, "confidence_interval": [0.16, 0.2], "entropy_bits": 6.4,
        "favourites": [["Petri dish", 0.3], ["nematode", 0.1]], "probes": probes, "commonest": 0.34,
    }  # fmt: skip
    return known | changes


def verdict(pretrained: int, random: int):
    """Of 100 images: the two probes get the first so many right, the others wrong."""
    at = np.arange(100)
    return compare(at < random, at < pretrained)


@pytest.mark.parametrize(
    ("images", "confidence", "case", "point"),
    [
        (IMAGENET_PER_CLASS - 1, SIMILAR, "small and similar", 143),
        (IMAGENET_PER_CLASS, SIMILAR, "large and similar", 98),
        (5, SIMILAR - 0.001, "small and different", 27),
        (70_000, 0.0, "large and different", 0),
    ],
)
def test_each_corner_of_the_guide_has_its_advice(images, confidence, case, point):
    advice = freeze_guide.advice(Place("x", images, confidence, (0, 1)))
    assert (advice.case, advice.unfreeze_from) == (case, point)


def test_every_advice_and_its_contrast_are_different_stops_of_the_slider():
    for advice in ADVICE:
        assert advice.unfreeze_from in layers.stops()
        assert advice.contrast in layers.stops()
        assert advice.contrast != advice.unfreeze_from


def test_small_and_different_carries_its_doubt():
    assert [bool(advice.doubt) for advice in ADVICE] == [not a.large and not a.similar for a in ADVICE]


def test_measures_that_agree_and_measures_that_do_not_are_told_apart():
    foreign, familiar = a_record(), a_record(confidence=0.7)
    better, same = verdict(90, 60), verdict(60, 60)
    assert freeze_guide.guide_notes(foreign, same)[-1].startswith("Both measures say the same")
    assert freeze_guide.guide_notes(familiar, better)[-1].startswith("Both measures say the same")
    assert "its features help all the same" in freeze_guide.guide_notes(foreign, better)[-1]
    assert "no better than random ones" in freeze_guide.guide_notes(familiar, same)[-1]
    assert "Nothing shows that" in freeze_guide.guide_notes(foreign, same)[1]
    assert "Nothing shows that" not in freeze_guide.guide_notes(foreign, better)[1]


def test_every_measure_has_its_interval_or_none_and_its_source():
    table = freeze_guide.measures(a_record()).set_index("measure")
    assert table.loc["mean confidence of the ImageNet head", "here"] == "18.0%"
    assert table.loc["mean confidence of the ImageNet head", "95% interval"] == "16.0 to 20.0%"
    assert table.loc["linear probe on pretrained features", "here"] == "90.0% (450 of 500)"
    assert table["source"].all()


def test_the_probes_are_compared_on_the_same_images():
    right = {"pretrained_right": np.arange(50) < 40, "random_right": np.arange(50) < 20}
    found = freeze_guide.probe_verdict(right)
    assert (found.fixed, found.broke, found.verdict) == (20, 0, Verdict.BETTER)


def test_measured_data_sets_are_found_and_what_is_broken_or_another_study_is_passed_over(store):
    keep(store, "study-v1-00000000000000a1", "similarity", a_record(dataset="Cells"))
    keep(store, "study-v1-00000000000000a2", "similarity", a_record(dataset="Cats", confidence=0.6))
    keep(store, "study-v1-00000000000000a3", "maps", {})
    keep(store, "study-v1-00000000000000a4", "similarity", {"dataset": "of an older version"})
    (store.path("study-v1-00000000000000a2") / "events.jsonl").unlink()
    assert {place.dataset for place in freeze_guide.measured_places(store, {"digits"})} == {"Cells", "Cats"}
    assert freeze_guide.measured_places(store, {"mnist"}) == [], "of sets that may not be shown"


def keep(store, key: str, kind: str, record: dict) -> None:
    """Store a finished study."""
    store.create(key, digits_quick(), {"kind": kind, "options": {}})
    store.save_study(key, record, {})


def texts(chart) -> set[str]:
    """Every word written by a chart's data."""
    rows = (row for rows in chart.to_dict()["datasets"].values() for row in rows)
    return {
        str(value) for row in rows for key, value in row.items() if key in ("case", "says", "dataset", "text")
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_map_writes_each_case_with_its_rule_and_names_every_data_set(theme):
    here, other = Place("Cells", 100, 0.18, (0.16, 0.2)), Place("Cats", 1000, 0.68, (0.66, 0.7))
    written = texts(guide_charts.guide_map(here, [here, other], theme, 100))
    assert {"small and\ndifferent", "from block 3", "everything", "Cells", "Cats"} <= written


def test_an_unmeasured_data_set_is_a_line_and_not_a_point():
    written = texts(guide_charts.guide_map(None, [], "light", 3))
    assert "this data set, somewhere on this line" in written
    assert not any("Cells" in word for word in written)


def test_the_best_guesses_come_first_with_their_probabilities():
    probabilities = np.zeros(1000)
    probabilities[[7, 3]] = 0.6, 0.3
    frame = guide_charts.guess_frame(probabilities, [f"class {k}" for k in range(1000)])
    assert list(frame["ImageNet class"])[:2] == ["class 7", "class 3"]
    assert list(frame["probability"])[:2] == [0.6, 0.3]
    assert "bar" in str(guide_charts.guess_chart(frame, "light").to_dict())


def test_the_probe_chart_shows_both_probes_with_their_counts():
    rows = list(guide_charts.probe_chart(a_record(), "dark").to_dict()["datasets"].values())
    shown = {row["features"]: row["text"] for data in rows for row in data if "features" in row}
    assert shown == {"pretrained": "90.0%", "random weights": "80.0%"}
