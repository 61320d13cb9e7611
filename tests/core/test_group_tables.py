"""Groups that a table names, and groups of near copies: read, given, refused, kept with a set, told apart."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from core.__main__ import main
from core.config import DataConfig, ExperimentConfig
from core.data import datasets, listers, looks, tables
from core.data.groups import groups_of, images_key, usual_rules
from core.data.indexes import Dataset
from core.data.splits import SPLITS, split
from core.errors import DatasetError
from core.group_rules import NEAR
from core.intake.taking_in import take_in
from core.running.identity import identify
from tests.photos import build, photo


def with_table(folder, text, name="patients.csv"):
    build(folder, {"cats": 12, "dogs": 12})
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def by_patient(each=3, column="patient", classes=("cats", "dogs"), images=12) -> str:
    """A table in which so many images of each class are of one patient, who owns cats and dogs."""
    rows = [f"{of}/{at:03d}.png,p{at // each}" for of in classes for at in range(images)]
    return "\n".join([f"file,{column}", *rows])


def test_a_column_of_a_csv_in_the_folder_keeps_images_together_across_classes(tmp_path):
    folder = with_table(tmp_path / "pets", by_patient())
    dataset = datasets.find(str(folder), tmp_path)
    assert dataset.classes == ("cats", "dogs"), "who a pet belongs to is no class"
    found = groups_of(dataset, "column:patient")
    assert sorted(found.sizes.tolist()) == [6] * 4
    assert usual_rules(dataset)["column:patient"] == 4
    parts = split(dataset, DataConfig(str(folder), groups="column:patient"))
    assert found.torn([parts[name] for name in SPLITS]) == 0


def test_a_column_may_be_typed_in_other_capitals_and_another_table_is_another_run(tmp_path):
    folder = with_table(tmp_path / "pets", by_patient(column="Patient"))
    config = ExperimentConfig(data=DataConfig(str(folder), groups="column:patient"))
    before = datasets.find(str(folder), tmp_path)
    key = identify(config, before)
    (folder / "patients.csv").write_text(by_patient(each=4, column="Patient"), encoding="utf-8")
    after = datasets.find(str(folder), tmp_path)
    assert len(groups_of(after, "column:patient").ids) == 3
    assert after.key == before.key
    assert identify(config, after) != key
    free = replace(config, data=replace(config.data, groups=None))
    assert identify(free, after) == identify(free, before)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no table at all", "has no rows"),
        ("colour,patient\nred,p1\nblue,p2\n", "no column of file names: in none of 2 rows"),
        ("file\ncats/000.png\ncats/001.png\n", "no column beside that of file names"),
        ("file,patient\ncats/000.png,1\nx.png,2\ny.png,2\nz.png,3\n", "3 of 4 names in the column 'file'"),
        ('file,patient\n"cats/000.png,1\x00' * 3, ""),
    ],
)
def test_a_table_that_does_not_name_the_images_is_refused_with_how_many(tmp_path, text, told):
    dataset = datasets.find(str(build(tmp_path / "pets", {"cats": 6, "dogs": 6})), tmp_path)
    with pytest.raises(DatasetError) as caught:
        tables.give(dataset, "p.csv", text.encode(), tmp_path)
    assert told in str(caught.value)
    assert caught.value.field == "data.groups"
    assert tables.given(tmp_path, dataset.name) is None


@pytest.mark.parametrize(
    ("column", "told"),
    [("p1", "puts all 24 images into one group"), (None, "puts no two images into one group")],
)
def test_a_column_with_one_group_or_one_for_each_image_is_refused(tmp_path, column, told):
    folder = build(tmp_path / "pets", {"cats": 12, "dogs": 12})
    dataset = datasets.find(str(folder), tmp_path)
    rows = [f"{item.name};{column or at}" for at, item in enumerate(dataset.items)]
    tables.give(dataset, "p.csv", "\n".join(["name;who", *rows]).encode(), tmp_path)
    with pytest.raises(DatasetError, match=told):
        split(datasets.find(str(folder), tmp_path), DataConfig(str(folder), groups="column:who"))


def test_a_given_table_holds_until_it_is_forgotten_and_says_what_it_left_open(tmp_path):
    folder = build(tmp_path / "pets", {"cats": 12, "dogs": 12})
    dataset = datasets.find(str(folder), tmp_path)
    text = by_patient(classes=("cats",)) + "\nbirds/1.png,p1"
    given = tables.give(dataset, "p.csv", text.encode(), tmp_path)
    assert tables.told(given, 24) == "p.csv names 12 of 24 images; 1 other row of it name none."
    known = datasets.find(str(folder), tmp_path)
    assert sorted(groups_of(known, "column:patient").sizes.tolist()) == [1] * 12 + [3] * 4
    tables.forget(tmp_path, dataset.name)
    with pytest.raises(DatasetError, match="No table of these images has a column 'patient'"):
        groups_of(datasets.find(str(folder), tmp_path), "column:patient")


def test_each_person_has_the_groups_of_their_own_table_and_the_worker_finds_both(tmp_path):
    folder = build(tmp_path / "pets", {"cats": 12, "dogs": 12})
    dataset = datasets.find(str(folder), tmp_path)
    for who, each in (("ann", 3), ("bob", 6)):
        (tmp_path / "people" / who).mkdir(parents=True)
        tables.give(dataset, "p.csv", by_patient(each).encode(), tmp_path / "people" / who)
    data = DataConfig(str(folder), groups="column:patient")
    wanted = {
        images_key(datasets.find(str(folder), tmp_path, personal=tmp_path / "people" / who), data)
        for who in ("ann", "bob")
    }
    assert len(wanted) == 2
    versions = [one for one in datasets.versions(str(folder), tmp_path) if one.columns]
    assert {images_key(one, data) for one in versions} == wanted


def test_a_kept_set_keeps_what_its_table_said(tmp_path):
    folder = with_table(tmp_path / "pets", by_patient())
    take_in(listers.of_folder(folder), tmp_path).keep("My pets")
    kept = datasets.find("My pets", tmp_path)
    assert len(groups_of(kept, "column:patient").ids) == 4


# Near copies


def scenes(folder, each=3, count=10):
    """Two classes of blurred noise, each picture so many times: brighter, and smaller."""
    for of in ("left", "right"):
        (folder / of).mkdir(parents=True)
        for scene in range(count):
            noise = photo(scene + 100 * (of == "right"), (12, 12)).resize((96, 96), Image.Resampling.BICUBIC)
            for copy in range(each):
                picture = ImageEnhance.Brightness(noise).enhance(1 - 0.08 * copy)
                picture.resize((96 - 8 * copy,) * 2).save(
                    folder / of / f"{(scene + 10 * copy) * 37 % 101}.png"
                )
    return folder


@pytest.fixture(scope="module")
def looked(tmp_path_factory) -> tuple[Dataset, Dataset]:
    """The same set before its pictures were looked at, and after."""
    home = tmp_path_factory.mktemp("near")
    folder = scenes(home / "scenes")
    before = datasets.find(str(folder), home)
    looks.look(before, home)
    return before, datasets.find(str(folder), home)


def test_near_copies_are_one_group_once_they_were_looked_for(looked):
    before, after = looked
    with pytest.raises(DatasetError, match="looked for near copies"):
        groups_of(before, NEAR)
    assert NEAR not in usual_rules(before)
    found = groups_of(after, NEAR)
    assert len(found.ids) == usual_rules(after)[NEAR] == 20
    assert found.sizes.tolist() == [3] * 20
    parts = split(after, DataConfig(after.name, groups=NEAR))
    assert found.torn([parts[name] for name in SPLITS]) == 0
    torn = split(after, DataConfig(after.name))
    assert found.torn([torn[name] for name in SPLITS]) > 5


def test_near_copies_stay_together_when_some_pictures_were_left_out(looked):
    from core.data.exclusions import without

    after = looked[1]
    fewer = without(after, [(item.name, item.sha256) for item in after.items[:4]])
    found, before = groups_of(fewer, NEAR).of, groups_of(after, NEAR).of[4:]
    assert np.array_equal(found[:, None] == found, before[:, None] == before)


def test_copies_to_the_pixel_are_near_and_pictures_alone_are_none(tmp_path):
    folder = build(tmp_path / "pets", {"cats": 4, "dogs": 4}, suffix=".bmp")
    Image.open(folder / "cats/000.bmp").save(folder / "cats/same.png")
    dataset = datasets.find(str(folder), tmp_path)
    found = looks.near_groups(dataset, looks.look(dataset, tmp_path))
    assert sorted(found) == sorted(
        item.sha256 for item in dataset.items if item.name in ("cats/000.bmp", "cats/same.png")
    )
    assert set(found.values()) == {"cats/000.bmp"}


# In a terminal


def refused(capsys, tmp_path, monkeypatch, *arguments) -> str:
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "home"))
    assert main(["run", "digits-quick", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_a_terminal_refuses_a_bad_table_or_rule_with_exit_2(tmp_path, monkeypatch, capsys):
    folder, table = build(tmp_path / "pets", {"cats": 6, "dogs": 6}), tmp_path / "p.csv"
    data = ["--data", folder, "--set"]
    told = refused(capsys, tmp_path, monkeypatch, *data, "data.groups=column:patient")
    assert "No table of these images has a column 'patient'" in told
    told = refused(capsys, tmp_path, monkeypatch, *data, "data.groups=near")
    assert "finds no near copies" in told
    table.write_text("a,b\n1,2\n")
    told = refused(capsys, tmp_path, monkeypatch, *data, "data.groups=column:b", "--table", table)
    assert "no column of file names" in told
    told = refused(
        capsys, tmp_path, monkeypatch, *data, "data.groups=column:b", "--table", tmp_path / "none.csv"
    )
    assert "cannot be read" in told


def test_a_terminal_notes_a_table_with_its_images(tmp_path, monkeypatch, capsys):
    from core.__main__ import _parser
    from core.commands.training import config_of

    monkeypatch.setenv("THAW_HOME", str(tmp_path / "home"))
    folder, table = build(tmp_path / "pets", {"cats": 12, "dogs": 12}), tmp_path / "p.csv"
    table.write_text(by_patient())
    typed = ["run", "digits-quick", "--data", str(folder), "--table", str(table)]
    config = config_of(_parser().parse_args([*typed, "--set", "data.groups=column:patient"]))
    assert "p.csv names 24 of 24 images" in capsys.readouterr().err
    dataset = datasets.find(config.data.name, tmp_path / "home")
    assert np.all(groups_of(dataset, config.data.groups or "").sizes == 6)
