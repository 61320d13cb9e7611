"""Files to take along: safe in a spreadsheet, named for every system, with letters that are drawn."""

import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.charts import AccuracyRow, accuracy_dots
from core.charts.gain_chart import GainRow, gain_dots
from core.codegen.compare import paired_code
from core.compare import exports
from core.compare.networks import networks
from core.data import datasets
from core.errors import StoreError
from core.presets import digits_quick
from core.statistics.gain import paired_gain
from core.statistics.paired import PairedVerdict
from core.statistics.verdict import Verdict
from core.wording import words
from tests import fakes

KEY = "run-v1-00000000000000aa"


@pytest.fixture
def phases(store):
    """Both phases of a run, feature extraction first."""
    fakes.finish(store, KEY, digits_quick())
    return list(networks(store.list_runs(), words.run_names(store.list_runs())).values())


def read(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), keep_default_na=False)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\r=1", "＝1", '=HYPERLINK("x")']
)
def test_text_that_a_spreadsheet_would_compute_is_marked_as_text(text):
    content = exports.csv_file(pd.DataFrame({text: [text, "plain"], "number": [-1.5, 2.0]}))
    with io.StringIO(content.decode("utf-8-sig"), newline="") as file:
        found = pd.read_csv(file)
    assert found.columns[0] == f"'{text}"
    assert found.iloc[0, 0] == f"'{text}"
    assert found["number"].tolist() == [-1.5, 2.0]


def test_any_name_survives_commas_quotes_and_line_breaks():
    names = ['a,"b"', "two\nlines", "Größe.jpg", ""]
    assert read(exports.csv_file(pd.DataFrame({"image": names})))["image"].tolist() == names


def test_predictions_name_every_image_with_truth_answers_and_probabilities(store, phases):
    table = exports.predictions_table(store, phases, "validation", None)
    assert len(table) == 500
    assert table["image"][0] == "image 1"
    for one in phases:
        assert table[f"{one.label}: right"].sum() == one.phase.validation.correct
        shares = table[[f"{one.label}: P({name})" for name in "0123456789"]].to_numpy()
        assert (shares.argmax(axis=1).astype(str) == table[f"{one.label}: predicted"]).all()


def test_two_classes_have_two_probabilities_that_add_up_to_one(store):
    fakes.finish(store, KEY, digits_quick(), classes=("cats", "dogs"))
    one = list(networks(store.list_runs(), words.run_names(store.list_runs())).values())[1]
    table = exports.predictions_table(store, [one], "test", None)
    total = table[f"{one.label}: P(cats)"] + table[f"{one.label}: P(dogs)"]
    assert np.allclose(total, 1)
    assert (table["true class"] == table[f"{one.label}: predicted"]).sum() == one.phase.test.correct


def test_images_of_a_limited_set_have_the_names_of_those_that_were_really_checked(store):
    data = digits_quick().data
    loaded = datasets.load(replace(data, image_size=32), store.home)
    for split in ("validation", "test"):
        expected = [loaded.names[position] for position in getattr(loaded, split)]
        assert exports.image_names(loaded.dataset, data, split) == expected


def test_file_names_that_are_no_unicode_can_be_written():
    names = ["\udcff1.png", "plain.png"]
    assert exports.readable(names) == ["\\udcff1.png", "plain.png"]
    assert exports.csv_file(pd.DataFrame({"image": exports.readable(names)}))


def test_networks_on_other_images_are_not_mixed_into_one_file(store, phases):
    other = replace(
        phases[1].run.result, dataset=replace(phases[1].run.result.dataset, split_key="split-v1-x")
    )
    stranger = replace(phases[1], run=replace(phases[1].run, result=other))
    with pytest.raises(StoreError, match="different images"):
        exports.predictions_table(store, [phases[0], stranger], "validation", None)


def test_the_script_beside_the_verdict_finds_the_same_verdict(store, phases, tmp_path, monkeypatch, capsys):
    table = exports.predictions_table(store, phases, "validation", None)
    (tmp_path / "predictions.csv").write_bytes(exports.csv_file(table))
    monkeypatch.chdir(tmp_path)
    exec(paired_code(*phases, "predictions.csv"), {})
    said = capsys.readouterr().out
    assert "fixed 38, broke 12 of 500 images: p = 0.0003" in said
    low, high = re.search(r"gain \+5\.2 points, \+([\d.]+) to \+([\d.]+)", said).groups()
    assert float(low) == pytest.approx(2.4, abs=0.4)
    assert float(high) == pytest.approx(8.0, abs=0.4)


def charts(phases):
    rows = [AccuracyRow(one.label, one.phase.name, one.phase.validation) for one in phases]
    verdict = PairedVerdict(500, 38, 12, 0.0003, Verdict.BETTER)
    return {
        "accuracies": accuracy_dots(rows, "light", 0.1),
        "gains": gain_dots([GainRow("B against A", paired_gain(verdict), verdict)], "light"),
    }


@pytest.mark.parametrize(
    ("name", "text"), [("accuracies", "A · feature extraction"), ("gains", "B against A")]
)
def test_a_vector_file_holds_the_charts_words(phases, name, text):
    svg = exports.chart_file(charts(phases)[name], "svg").decode()
    assert svg.startswith("<svg")
    assert text in svg


def test_a_picture_file_has_its_letters_drawn(phases):
    chart = charts(phases)["accuracies"]
    image = np.asarray(Image.open(io.BytesIO(exports.chart_file(chart, "png"))).convert("L"))
    assert image.shape[1] >= exports.PNG_SCALE * exports.CHART_WIDTH
    bottom = image[-30:]  # the axis title and nothing else stands there
    assert (bottom < 128).sum() > 200
    assert image[0, 0] == 255


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("thaw", "digits", "B"), "thaw-digits-B.csv"),
        (("../../etc/passwd",), "etc-passwd.csv"),
        (("Größe", "a:b*c?"), "Groe-a-b-c.csv"),
        (("CON",), "thaw-CON.csv"),
        (("写真",), "thaw.csv"),
        (("x" * 300,), "x" * 76 + ".csv"),
        (("a.", " "), "a.csv"),
    ],
)
def test_file_names_are_safe_on_every_system(parts, name):
    found = exports.file_name(*parts, ending="csv")
    assert found == name
    assert re.fullmatch(r"[A-Za-z0-9-]+\.csv", found)
    assert len(found) <= exports.NAME_LENGTH
