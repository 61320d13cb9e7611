"""The report on the images: copies, labels that clash, blank, tiny and unreadable pictures, small classes."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from core.config import DataConfig
from core.data import datasets, exclusions, sample_photos
from core.errors import Stopped
from core.intake import copies, looks
from core.intake.report import Finding, findings
from tests.photos import build, encoded, photo


def tiles() -> list[Image.Image]:
    """24 different real pictures of 150 px: parts of scikit-image's photos."""
    found = []
    for name in sample_photos.PHOTOS:
        whole = Image.fromarray(sample_photos.photo(name, 450))
        found += [whole.crop((x, y, x + 150, y + 150)) for y in (0, 150) for x in (0, 150, 300)]
    return found


def cropped(image: Image.Image, share: float) -> Image.Image:
    x, y = round(image.width * share), round(image.height * share)
    return image.crop((x, y, image.width - x, image.height - y))


VARIANTS = {
    "halved": lambda image: image.resize((75, 75), Image.Resampling.LANCZOS),
    "saved at quality 40": lambda image: image,
    "cropped by 3%": lambda image: cropped(image, 0.03),
    "brighter by 25%": lambda image: ImageEnhance.Brightness(image).enhance(1.25),
    "darker by 25%": lambda image: ImageEnhance.Brightness(image).enhance(0.75),
}


@pytest.fixture
def pictures(tmp_path) -> Path:
    """Twelve real pictures in each of two classes."""
    for number, tile in enumerate(tiles()):
        path = tmp_path / "own" / "ab"[number % 2] / f"{number:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        tile.save(path)
    return tmp_path / "own"


def seen(folder, home):
    """The data set at `folder`, its looks and its groups."""
    dataset = datasets.find(str(folder), home)
    found = looks.look(dataset, home)
    return dataset, found, copies.groups(dataset, found)


def told(folder, home) -> dict[str, Finding]:
    dataset, found, groups = seen(folder, home)
    parts = datasets.split(dataset, DataConfig(name=str(folder)))
    return {finding.kind: finding for finding in findings(dataset, parts, found, groups)}


def named(dataset, positions) -> set[str]:
    return {dataset.items[position].name for position in positions}


# Copies


def test_different_pictures_are_no_copies(pictures, home):
    assert seen(pictures, home)[2] == []


@pytest.mark.parametrize("kind", VARIANTS)
def test_planted_near_copies_are_found_and_nothing_else(pictures, home, kind):
    for path in sorted(pictures.rglob("*.png")):
        VARIANTS[kind](Image.open(path)).save(path.with_suffix(".jpg"), quality=40 if "40" in kind else 95)
    dataset, _, groups = seen(pictures, home)
    pairs = [named(dataset, group.positions) for group in groups]
    assert all(len({Path(name).stem for name in pair}) == 1 for pair in pairs), "only true pairs"
    assert not any(group.exact for group in groups)
    assert len(pairs) >= (22 if "cropped" in kind else 24)


def test_equal_bytes_are_an_exact_copy_whatever_the_size(home, pets):
    shutil.copy(pets / "cats" / "000.png", pets / "cats" / "copy.png")
    dataset, _, groups = seen(pets, home)
    assert [named(dataset, group.positions) for group in groups] == [{"cats/000.png", "cats/copy.png"}]
    assert groups[0].exact


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Every fifth digit: 1,000."""
    dataset = datasets.find("digits", tmp_path_factory.mktemp("digits"))
    others = {(item.name, item.sha256) for at, item in enumerate(dataset.items) if at % 5}
    return exclusions.without(dataset, others)


def test_small_digits_are_not_taken_for_copies_of_each_other(digits, home):
    assert copies.groups(digits, looks.look(digits, home)) == []


def test_a_chain_of_near_copies_is_one_group(pictures, home):
    first = pictures / "a" / "00.png"
    for name, kind in (("x.jpg", "halved"), ("y.jpg", "darker by 25%")):
        VARIANTS[kind](Image.open(first)).save(first.with_name(name))
    assert [len(group.positions) for group in seen(pictures, home)[2]] == [3]


# Findings


def test_one_picture_under_two_labels_is_to_go_from_both(pictures, home):
    shutil.copy(pictures / "a" / "00.png", pictures / "b" / "copy.png")
    found = told(pictures, home)["two-labels"]
    dataset = datasets.find(str(pictures), home)
    assert named(dataset, found.leave_out) == {"a/00.png", "b/copy.png"}
    assert "to the byte" in found.title


def test_of_a_picture_in_two_splits_the_one_in_training_goes(tmp_path, home):
    folder = build(tmp_path / "set", {"train/a": 12, "train/b": 12, "test/a": 12, "test/b": 12})
    shutil.copy(folder / "test" / "a" / "003.png", folder / "train" / "a" / "leak.png")
    found = told(folder, home)["two-splits"]
    assert named(datasets.find(str(folder), home), found.leave_out) == {"train/a/leak.png"}


def test_of_copies_in_one_split_one_stays(tmp_path, home):
    folder = build(tmp_path / "set", {"train/a": 12, "train/b": 12, "test/a": 12, "test/b": 12})
    for name in ("x.png", "y.png"):
        shutil.copy(folder / "train" / "a" / "003.png", folder / "train" / "a" / name)
    found = told(folder, home)["copies"]
    assert len(found.groups[0]) == 3
    assert len(found.leave_out) == 2


def test_blank_tiny_and_unreadable_pictures_are_told_and_can_go(pictures, home):
    Image.new("RGB", (200, 150), (3, 4, 5)).save(pictures / "a" / "lens closed.png")
    photo(1, (20, 90)).save(pictures / "b" / "strip.png")
    (pictures / "b" / "broken.png").write_bytes(encoded(photo(2))[:99])
    found = told(pictures, home)
    dataset = datasets.find(str(pictures), home)
    expected = {"blank": "a/lens closed.png", "tiny": "b/strip.png", "unreadable": "b/broken.png"}
    assert {kind: named(dataset, found[kind].leave_out) for kind in expected} == {
        kind: {name} for kind, name in expected.items()
    }


def test_two_blank_pictures_are_blank_and_not_copies(pictures, home):
    Image.new("RGB", (200, 150), (3, 4, 5)).save(pictures / "a" / "dark.png")
    Image.new("RGB", (200, 150), (250, 250, 250)).save(pictures / "a" / "light.png")
    found = told(pictures, home)
    assert len(found["blank"].leave_out) == 2
    assert "copies" not in found


def test_digits_are_tiny_and_none_is_offered_for_leaving_out(digits, home):
    parts = datasets.split(digits, DataConfig(name="digits"))
    found = findings(digits, parts, looks.look(digits, home), [])
    assert [(finding.kind, finding.leave_out) for finding in found] == [("tiny", ())]


def test_small_uneven_and_likely_named_classes_are_told(tmp_path, home):
    found = told(build(tmp_path / "set", {"**Cats**": 40, "**cats**": 12}), home)
    assert "3.3 times" in found["uneven"].title
    assert "\\*\\*cats\\*\\*** has 2" in found["few"].meaning
    assert "differ in capitals" in found["alike-names"].title


def test_a_set_with_nothing_odd_has_no_findings(tmp_path, home):
    for number in range(160):
        path = tmp_path / "own" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        photo(number, (50, 50)).save(path)
    assert told(tmp_path / "own", home) == {}


# Remembering and leaving out


def test_what_was_seen_is_remembered_by_content(pictures, home):
    dataset, found, _ = seen(pictures, home)
    again = looks.stored(dataset, home)
    for name in ("phash", "dhash", "width", "height", "spread"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
    photo(5).save(pictures / "a" / "00.png")
    assert looks.stored(datasets.find(str(pictures), home), home) is None


@pytest.mark.parametrize("damage", [b"", b"no zip", None])
def test_a_damaged_memory_is_looked_at_anew(pictures, home, damage):
    dataset, _, _ = seen(pictures, home)
    file = next((home / "looks").iterdir())
    file.write_bytes(file.read_bytes()[:-50] if damage is None else damage)
    assert looks.stored(dataset, home) is None


def test_looking_can_be_stopped_and_leaves_nothing(pictures, home):
    dataset = datasets.find(str(pictures), home)
    with pytest.raises(Stopped):
        looks.look(dataset, home, should_stop=lambda: True)
    assert not (home / "looks").exists()


def test_leaving_out_what_is_suggested_leaves_nothing_to_suggest(pictures, home):
    shutil.copy(pictures / "a" / "00.png", pictures / "b" / "copy.png")
    shutil.copy(pictures / "a" / "02.png", pictures / "a" / "copy.png")
    whole = datasets.find(str(pictures), home)
    out = {p for finding in told(pictures, home).values() for p in finding.leave_out}
    exclusions.exclude(whole, [(whole.items[p].name, whole.items[p].sha256) for p in out], home)
    assert len(out) == 3
    assert [finding for finding in told(pictures, home).values() if finding.leave_out] == []
