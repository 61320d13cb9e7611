"""Every page over a store with a damaged file: it opens, and says what was damaged and how to go on."""

import random
import shutil
from pathlib import Path

import pytest

from core import damage
from core.presets import first_visit
from core.running import jobs
from tests import damaging, fakes
from tests.pages.conftest import ROOT, said

PAGES = [path.stem for path in sorted(ROOT.glob("pages/*.py"))]
OF_A_RUN = (
    "config.json",
    "metrics.json",
    "arrays.npz",
    "receipt.json",
    "model.keras",
    "kept.json",
    "events.jsonl",
)
CASES = [(file, way) for file in OF_A_RUN for way in damaging.WAYS]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory, digits) -> tuple[Path, str]:
    """A store with files of every kind and the run that every page looks at by default; the run's key."""
    store = damaging.one_of_everything(tmp_path_factory.mktemp("furnished") / "home")
    fakes.finish_with_control(store, digits, first_visit().first_phase_only())
    key = fakes.finish_with_control(store, digits, first_visit())
    shutil.copy(store.path(key) / "arrays.npz", store.path(key) / "model.keras")
    store.pin(key)
    return store.home, key


@pytest.fixture
def run_key(store, furnished) -> str:
    """The key of the finished run, in a copy to damage."""
    shutil.copytree(furnished[0], store.home)
    return furnished[1]


def hurt(path: Path, way, chance: random.Random) -> None:
    """Damage a file so that it shows; a flipped date inside a zip, say, is nobody's loss."""
    if way is damaging.flipped and path.suffix in (".npz", ".keras"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
    else:
        way(path, chance)


@pytest.mark.parametrize("name", ["config.json", "metrics.json", "arrays.npz", "receipt.json"])
def test_a_damaged_run_stays_in_sight_with_the_reason_and_its_button_trains_it_again(
    open_page, store, run_key, name
):
    hurt(store.path(run_key) / name, damaging.emptied, random.Random(1))
    store.whole(run_key)  # as the page that reads its predictions finds it
    app = open_page("fine_tuning", run=run_key)
    assert [one.file for one in damage.found(store.home)] == [f"runs/{run_key}/{name}"]
    assert f"runs/{run_key}/{name}" in said(app).replace("\\", "")
    button = app.button(key="ask-run")
    assert not button.disabled
    assert "Show result" not in button.label
    button.click().run()
    assert not app.exception
    assert run_key in jobs.waiting(store)
    assert store.config(run_key) == first_visit()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_reads_flipped_predictions_says_so_and_is_well_the_next_time(
    open_page, store, run_key, page
):
    hurt(store.path(run_key) / "arrays.npz", damaging.flipped, random.Random(2))
    app = open_page(page, run=run_key)
    app.run()
    assert not app.exception


def open_all(open_page, pages, label) -> None:
    for page in pages:
        app = open_page(page)
        app.run()
        assert not app.exception, (label, page, app.exception[0].message)


def test_pages_open_whatever_file_of_their_run_is_damaged(open_page, store, run_key):
    chance = random.Random(5)
    for name, way in chance.sample(CASES, 6):
        whole = {path: path.read_bytes() for path in store.path(run_key).iterdir() if path.is_file()}
        hurt(store.path(run_key) / name, way, chance)
        open_all(open_page, chance.sample(PAGES, 2), (name, way.__name__))
        for path, content in whole.items():
            path.write_bytes(content)


@pytest.mark.soak
@pytest.mark.parametrize(("name", "way"), CASES)
def test_every_page_opens_whatever_file_of_its_run_is_damaged(open_page, store, run_key, name, way):
    hurt(store.path(run_key) / name, way, random.Random(f"{name} {way.__name__}"))
    open_all(open_page, PAGES, (name, way.__name__))


@pytest.mark.soak
@pytest.mark.parametrize("way", damaging.WAYS)
def test_every_page_opens_whatever_other_file_is_damaged(open_page, store, run_key, way):
    chance = random.Random(way.__name__)
    for file in damaging.stored_files(store.home):
        if file.parts[0] != "runs" and file.parts[-2:-1] != ("files",):
            before = (store.home / file).read_bytes()
            way(store.home / file, chance)
            open_all(open_page, ["data", *chance.sample(PAGES, 2)], (file, way.__name__))
            (store.home / file).write_bytes(before)


@pytest.mark.parametrize("way", [damaging.cut, damaging.flipped, Path.unlink])
def test_a_kept_photo_that_is_damaged_or_lost_is_named_and_can_be_left_out(open_page, store, way):
    damaging.unpack(store.home)
    folder = store.home / "photos" / "set-3be1d422a46085e1" / "files"
    dataset = damaging.datasets.find("pets", store.home)
    photo = folder / dataset.items[3].sha256
    if way is Path.unlink:
        photo.unlink()
    else:
        way(photo, random.Random(1))
    app = open_page("data", data="pets")
    assert not app.exception
    assert f"The photo {dataset.items[3].name} of the set" in said(app).replace("\\", "")
    app.segmented_control(key="data_view").set_value("Trouble").run()
    assert not app.exception
    assert "1 picture cannot be read" in said(app)
    app.button(key="leave-out-unreadable").click().run()
    assert not app.exception
    assert dataset.items[3].sha256 not in [
        item.sha256 for item in damaging.datasets.find("pets", store.home).items
    ]


def test_a_set_whose_record_is_lost_is_named_where_the_data_sets_are_listed(open_page, store):
    damaging.unpack(store.home)
    (store.home / "photos" / "set-3be1d422a46085e1" / "set.json").write_bytes(b"")
    app = open_page("data")
    app.segmented_control(key="data_view").set_value("Data sets").run()
    assert not app.exception
    assert "set-3be1d422a46085e1 is damaged or lost" in said(app)
