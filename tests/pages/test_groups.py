"""Groups by a table and by near copies on Data, and photos added to a set that is kept."""

import pytest

from core.config import DataConfig
from core.data import datasets
from core.data.groups import groups_of
from core.data.kept import kept_sets
from core.wording.markdown import plain
from pages.ui import services
from tests.core.test_adding import more
from tests.core.test_group_tables import by_patient, scenes
from tests.hostile import zip_of
from tests.pages.conftest import said
from tests.pages.own_folder import add, chosen, use, view
from tests.photos import build, zipped


def give(app, text: str, name="patients.csv"):
    return app.file_uploader(key=next(one.key for one in app.file_uploader)).set_value(
        (name, text.encode(), "text/csv")
    ).run()  # fmt: skip


@pytest.fixture
def pets_splits(open_page, tmp_path):
    """The view that divides, of 24 pets in a folder."""
    return view(use(open_page("data"), build(tmp_path / "own", {"cats": 12, "dogs": 12})), "splits")


def test_a_csv_given_beside_the_images_offers_its_columns_until_it_is_forgotten(pets_splits):
    app = give(pets_splits, by_patient())
    assert not app.exception
    assert plain("patients.csv names 24 of 24 images") in said(app)
    app.selectbox(key="use-groups-data").select("column:patient").run()
    assert not app.exception
    assert chosen(app).groups == "column:patient"
    assert "4 groups in 24 images, 6 images each" in said(app)
    assert "`cats/000.png` → `p0`" in said(app)
    app.button(key="forget-table").click().run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="use-groups-data").value == "none", "the rule goes with its table"
    assert app.file_uploader


def test_another_table_of_the_same_column_divides_anew(pets_splits):
    app = give(pets_splits, by_patient())
    app.selectbox(key="use-groups-data").select("column:patient").run()
    app.button(key="forget-table").click().run()
    app = give(app, by_patient(each=4))
    app.selectbox(key="use-groups-data").select("column:patient").run()
    assert "3 groups in 24 images, 8 images each" in said(app)
    name = chosen(app).name
    found = groups_of(datasets.find(name, services.get_store().home), "column:patient")
    parts = datasets.split(datasets.find(name, services.get_store().home), chosen(app))
    assert found.torn(list(parts.values())) == 0
    for part, positions in parts.items():
        assert f"**{part}** · {len(positions)} images" in said(app)


def test_a_csv_that_names_no_image_is_refused_beside_the_control(pets_splits):
    app = give(pets_splits, "file,patient\nx.png,1\ny.png,2\n")
    assert not app.exception
    assert "no column of file names: in none of 2 rows" in app.error[0].value
    assert app.file_uploader
    rows = "\n".join(f"cats/{at:03d}.png,one" for at in range(12))
    app = give(app, f"file,patient\n{rows}\n")
    assert not app.error
    assert plain("patients.csv names 12 of 24 images") in said(app)
    app.text_input(key="use-groups-data-typed").set_value("column:doctor").run()
    assert "No table of these images has a column 'doctor'" in app.error[0].value


def test_near_copies_are_offered_once_the_pictures_were_looked_at(open_page, tmp_path):
    app = view(use(open_page("data"), scenes(tmp_path / "own")), "splits")
    options = app.selectbox(key="use-groups-data").options
    assert not [one for one in options if "near copies" in one]
    app.button(key="near-pictures").click().run()
    for _ in range(40):
        if "near copies · 20 groups" in app.selectbox(key="use-groups-data").options:
            break
        app.run()
    app.selectbox(key="use-groups-data").select("near").run()
    assert not app.exception
    assert chosen(app).groups == "near"
    assert app.query_params["groups"] == "near"
    assert "20 groups in 60 images, 3 images each" in said(app)
    assert "near-pictures" not in [button.key for button in app.button]


def test_a_choice_that_no_longer_divides_the_images_can_be_taken_back(open_page, tmp_path):
    folder = build(tmp_path / "own", {"cats": 12, "dogs": 12})
    app = use(open_page("data"), folder)
    name = app.selectbox(key="data").value
    app.session_state["chosen_data"] = {name: DataConfig(name, image_size=96, groups="column:patient")}
    app.run()
    assert "No table of these images has a column 'patient'" in app.error[0].value
    app.button(key="undo-division").click().run()
    assert not app.exception
    assert not app.error
    assert not app.session_state["chosen_data"]


def test_photos_are_added_to_a_kept_set_and_what_is_new_is_said_first(open_page, store, tmp_path):
    app = add(open_page("data"), zip_of({}), "first.zip")
    app.button(key="keep-photos").click().run()
    before = datasets.find("first", store.home)
    second = zipped(more(tmp_path / "more", {"cats": 3, "dogs": 3, "birds": 4}), tmp_path / "second.zip")
    app = add(app, second.read_bytes(), "second.zip")
    app.selectbox(key="intake-into").select("first").run()
    assert not app.exception
    assert plain("10 photos are new. New class: birds.") in said(app)
    app.button(key="add-to-set").click().run()
    assert not app.exception
    after = datasets.find("first", store.home)
    assert len(after.items) == len(before.items) + 10
    assert kept_sets(store.home)["first"].version == 2
    assert app.selectbox(key="data").value == "first"
    app = add(app, second.read_bytes(), "third.zip")
    app.selectbox(key="intake-into").select("first").run()
    assert "All of these 10 photos are in this set already" in app.error[0].value
    assert "add-to-set" not in [button.key for button in app.button]
    app.button(key="discard-photos").click().run()
    assert not list((store.home / "photos").glob(".incoming-*"))


def test_photos_of_one_class_can_only_join_a_set_that_is_kept(open_page, store, tmp_path):
    cats = zipped(more(tmp_path / "more", {"cats": 5}), tmp_path / "cats.zip").read_bytes()
    app = add(open_page("data"), cats, "cats.zip")
    assert "There is only one class, 'cats'" in app.error[0].value, "there is no set that they could join"
    app.button(key="intake-again").click().run()
    app = add(app, zip_of({}), "first.zip")
    app.button(key="keep-photos").click().run()
    before = len(datasets.find("first", store.home).items)
    app = add(app, cats, "cats.zip")
    assert not app.error
    assert "One class makes no set of its own" in said(app)
    assert "keep-photos" not in [button.key for button in app.button]
    choice = app.selectbox(key="intake-into")
    assert choice.proto.placeholder == "choose a set", "a new one is not to be had"
    choice.select("first").run()
    assert plain("5 photos are new.") in said(app)
    app.button(key="add-to-set").click().run()
    assert not app.exception
    assert len(datasets.find("first", store.home).items) == before + 5
