"""A script finds the images of its run in whatever folder or zip they lie now, and reads Thaw's pixels."""

import json
import os
import subprocess
import sys
import unicodedata
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.codegen import script
from core.data import datasets, images
from core.data.splits import SPLITS
from core.presets import digits_quick
from tests.file_cases import FILLED
from tests.folder_cases import LAID_OUT
from tests.odd_pictures import deep, readable
from tests.photos import OLD, encoded, photo
from tests.zip_cases import ZIPS

SIZE = 32
LEVELS = (350, 3900)
SHOWN = "\nnp.savez('found.npz', **{name: globals()[name] for name in NAMES})\n"
NAMES = [f"{kind}_{split}" for kind in "xy" for split in SPLITS]


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    """Two classes that hold one file after the other; an hour old, as files mostly are."""
    for at, (name, content) in enumerate(files.items()):
        path = folder / ("cats", "dogs")[at % 2] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (OLD, OLD))
    return folder


def noise(n: int, kind="PNG") -> list[bytes]:
    return [encoded(photo(number, (9, 7)), kind) for number in range(n)]


FOLDERS = {
    "every kind of file": readable(),
    "breeds below the class": {f"breed {at}/{at}.jpg": one for at, one in enumerate(noise(16, "JPEG"))},
    "long names": {f"{'a long name ' * 18}{at:02d}.png": one for at, one in enumerate(noise(16))},
    "names in two characters a letter": {
        unicodedata.normalize("NFD", f"übergröße é{at}.png"): one for at, one in enumerate(noise(16))
    },
    "names of code": {f"a {{{at}}} 'quoted' \"name\" %s \\n.png": one for at, one in enumerate(noise(16))},
}


PEOPLES = {
    "a linked class": FILLED["a linked class"],
    "without endings": FILLED["pictures without an ending"],
    "twelve bits": FILLED["twelve bits in sixteen"],
    "clear pictures": LAID_OUT["clear pictures"],
    "accents": LAID_OUT["accents in two spellings"],
    "backslashes": ZIPS["zip: backslashes"],
    "names in Unicode besides": ZIPS["zip: names in Unicode besides"],
}


def cells_of(folder: Path, home: Path, notebook: bool = False) -> tuple[list[str], dict[str, np.ndarray]]:
    """What a script does before it trains, in cells, and what it must give."""
    data = replace(digits_quick().data, name=str(folder), image_size=SIZE, limit=None)
    dataset = datasets.find(data.name, home)
    chosen = datasets.split(dataset, data)
    config = replace(digits_quick(), data=data)
    expected = {}
    for name in SPLITS:
        items = [dataset.items[position] for position in chosen[name]]
        decoded = [dataset.image(position) for position in chosen[name]]
        expected[f"x_{name}"] = np.stack([images.squash(image, SIZE) for image in decoded])
        expected[f"y_{name}"] = np.array([item.label for item in items])
    if notebook:
        book = json.loads(script.notebook(config, dataset, "photos"))
        return [cell["source"] for cell in book["cells"] if cell["cell_type"] == "code"][:3], expected
    return script.cells(config, dataset, "photos")[:3], expected


def run(cells: list[str], place: object, folder: Path) -> dict[str, np.ndarray]:
    """What the cells find in `place`, by a process that knows nothing of Thaw."""
    text = "\n\n".join(cells).replace("import keras\n", "").replace("from keras import layers\n", "")
    text = text.replace("keras.utils.set_random_seed(SEED)\n", "") + f"\nNAMES = {NAMES}" + SHOWN
    folder.mkdir(exist_ok=True)
    (folder / "script.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", "script.py", str(place)],
        cwd=folder, env={**os.environ, "PYTHONPATH": "", "IMAGES": str(place)}, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(np.load(folder / "found.npz"))


def assert_equal(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    for name in NAMES:
        np.testing.assert_array_equal(found[name], expected[name])


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_of_odd_files_gives_the_pixels_of_the_run(kind, home, tmp_path):
    folder = fill(tmp_path / "photos", FOLDERS[kind])
    cells, expected = cells_of(folder, home)
    assert_equal(run(cells, folder, tmp_path / "elsewhere"), expected)


def test_16_bits_are_read_by_the_range_of_the_data_set(home, tmp_path):
    files = {name: readable()[name] for name in [*deep(), "16 bits turned.tif", "colours and alpha.png"]}
    cells, expected = cells_of(fill(tmp_path / "photos", files), home)
    assert "LEVELS = " in "".join(cells)
    assert_equal(run(cells, tmp_path / "photos", tmp_path / "elsewhere"), expected)


@pytest.mark.parametrize("notebook", [False, True], ids=["script", "notebook"])
@pytest.mark.parametrize("name", PEOPLES)
def test_what_people_have_gives_the_pixels_of_the_run_to_script_and_notebook(name, notebook, home, tmp_path):
    case = PEOPLES[name]
    if case.content:
        (tmp_path / "case.zip").write_bytes(case.content)
    place = tmp_path / "case.zip" if case.content else case.build(tmp_path / "case")
    cells, expected = cells_of(place, home, notebook)
    assert_equal(run(cells, place, tmp_path / "elsewhere"), expected)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_gives_them_whatever_its_names_and_whatever_else_it_holds(home, tmp_path):
    files = {f"{at}.png": content for at, content in enumerate(noise(16))}
    cells, expected = cells_of(fill(tmp_path / "photos", files), home)
    with zipfile.ZipFile(tmp_path / "odd.zip", "w") as archive:
        archive.writestr("photos/", "")
        for at, content in enumerate(noise(6)):
            archive.writestr(f"photos\\cats\\{at}.png", content)
        for content in noise(12)[6:]:
            archive.writestr("photos/same.png", content)
        for at, content in enumerate(noise(16)[12:]):
            archive.writestr(f"../{at} 写真", content, zipfile.ZIP_LZMA)
        archive.writestr("secret.png", b"locked with a password")
        archive.writestr("broken.png", b"its bytes are not those that were packed")
    content = bytearray((tmp_path / "odd.zip").read_bytes())
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(b"secret.png"))
    content[entry + 8] |= 1  # the table says that it is encrypted
    content[content.index(b"its bytes")] ^= 1
    (tmp_path / "odd.zip").write_bytes(content)
    assert_equal(run(cells, tmp_path / "odd.zip", tmp_path / "elsewhere"), expected)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes, and links need a right of their own")
def test_a_folder_of_links_pipes_and_loops_gives_them_too(home, tmp_path):
    files = {f"{at}.png": content for at, content in enumerate(noise(16))}
    photos = fill(tmp_path / "photos", files)
    cells, expected = cells_of(photos, home)
    odd = tmp_path / "odd"
    odd.mkdir()
    photos.rename(tmp_path / "moved away")
    (odd / "cats").symlink_to(tmp_path / "moved away" / "cats")
    (odd / "back").symlink_to(odd)
    (odd / "gone.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "moved away" / "cats" / "to the top").symlink_to(odd)
    (odd / "one by one").mkdir()
    for path in (tmp_path / "moved away" / "dogs").iterdir():
        (odd / "one by one" / path.stem).symlink_to(path)
    os.mkfifo(odd / "0 pipe.png")
    (odd / "0 zeros.png").symlink_to("/dev/zero")
    with (odd / "0 large.png").open("wb") as file:
        file.truncate(2**40)  # of no bytes on the disk
    assert_equal(run(cells, odd, tmp_path / "elsewhere"), expected)


def test_what_is_no_folder_and_no_zip_is_said_in_one_line(home, tmp_path):
    cells, _ = cells_of(
        fill(tmp_path / "photos", {f"{at}.png": one for at, one in enumerate(noise(16))}), home
    )
    (tmp_path / "text.zip").write_text("no zip")
    for place in ("nowhere", "text.zip", "/dev/zero"):
        with pytest.raises(AssertionError, match=f"{place} is neither a folder nor a zip") as caught:
            run(cells, place, tmp_path)
        assert "Traceback" not in str(caught.value)


def notebook_cells(home, tmp_path, **config) -> list[str]:
    files = {f"{at}.png": content for at, content in enumerate(noise(16))}
    data = replace(digits_quick().data, name=str(fill(tmp_path / "photos", files)), image_size=SIZE)
    config = replace(digits_quick(), data=data)
    book = json.loads(script.notebook(config, datasets.find(data.name, home), "photos"))
    return [cell["source"] for cell in book["cells"]]


ANSWERS = {
    "a person answers": (lambda _: " '/there/cats and dogs' ", "", "/there/cats and dogs"),
    "a person presses Enter": (lambda _: "", "", "photos"),
    "the environment says it": (None, "/there/images.zip", "/there/images.zip"),
    "nobody can be asked": (NotImplementedError, "", "photos"),  # as Jupyter's kernel says to nbconvert
    "the terminal is closed": (EOFError, "", "photos"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_the_first_cell_of_a_notebook_asks_for_the_images(case, home, tmp_path, monkeypatch):
    answer, environment, expected = ANSWERS[case]

    def asked(question):
        if not callable(answer) or isinstance(answer, type):
            raise (answer or AssertionError)(question)
        return answer(question)

    monkeypatch.setenv("IMAGES", environment)
    about, first, *_ = notebook_cells(home, tmp_path)
    assert "the first asks for their folder or zip" in about
    assert "sys.argv" not in first
    asking = first[first.index("PLACE = ") : first.index("keras.utils.set")]
    space = {"os": os, "input": asked}
    exec(asking, space)
    assert space["PLACE"] == expected
