"""The report on the images: copies, labels that clash, blank, tiny and unreadable pictures, small classes."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from benchmarks.drawn_sets import SETS, plain_ground, screenshot
from core.config import DataConfig
from core.data import datasets, exclusions, looks, sample_photos
from core.data.looks import Looks
from core.errors import Stopped
from core.intake import copies
from core.intake.oddities import odd
from core.intake.report import Finding, findings
from tests.photos import build, photo


def tiles() -> list[Image.Image]:
    """24 different real pictures of 150 px: parts of scikit-image's photos."""
    found = []
    for name in sample_photos.PHOTOS:
        whole = Image.fromarray(sample_photos.photo(name, 450))
        found += [whole.crop((x, y, x + 150, y + 150)) for y in (0, 150) for x in (0, 150, 300)]
    return found


VARIANTS = {
    "halved": lambda image: image.resize((75, 75), Image.Resampling.LANCZOS),
    "saved at quality 40": lambda image: image,
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
    assert len(pairs) == 24


def test_equal_bytes_are_an_exact_copy_whatever_the_size(home, pets):
    shutil.copy(pets / "cats" / "000.png", pets / "cats" / "copy.png")
    dataset, _, groups = seen(pets, home)
    assert [named(dataset, group.positions) for group in groups] == [{"cats/000.png", "cats/copy.png"}]
    assert groups[0].how == "bytes"


def test_equal_pixels_in_two_formats_are_an_exact_copy(pictures, home):
    Image.open(pictures / "a" / "00.png").save(pictures / "a" / "copy.bmp")
    dataset, _, groups = seen(pictures, home)
    assert [(named(dataset, group.positions), group.how) for group in groups] == [
        ({"a/00.png", "a/copy.bmp"}, "pixels")
    ]


def test_a_picture_that_lies_on_its_side_has_other_pixels(pictures, home):
    Image.open(pictures / "a" / "00.png").transpose(Image.Transpose.ROTATE_90).save(pictures / "a" / "x.png")
    assert seen(pictures, home)[2] == []


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Every fifth digit: 1,000."""
    dataset = datasets.find("digits", tmp_path_factory.mktemp("digits"))
    others = {(item.name, item.sha256) for at, item in enumerate(dataset.items) if at % 5}
    return exclusions.without(dataset, others)


def test_small_digits_are_not_taken_for_copies_of_each_other(digits, home):
    assert copies.groups(digits, looks.look(digits, home)) == []


def drawn(folder: Path, draw, count: int) -> Path:
    """`count` drawn pictures in two classes."""
    for number in range(count):
        path = folder / "ab"[number % 2] / f"{number:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(number).save(path)
    return folder


def test_different_drawings_on_one_plain_ground_are_no_copies(tmp_path, home):
    folder = drawn(tmp_path / "own", plain_ground, 120)
    assert seen(folder, home)[2] == []
    assert [finding for finding in told(folder, home).values() if finding.groups] == []


def test_copies_among_them_are_found_all_the_same(tmp_path, home):
    folder = drawn(tmp_path / "own", plain_ground, 60)
    for number, kind in enumerate(VARIANTS):
        path = sorted(folder.rglob("*.png"))[7 * number]
        quality = 40 if "40" in kind else 95
        VARIANTS[kind](Image.open(path)).save(path.with_suffix(".jpg"), quality=quality)
    dataset, _, groups = seen(folder, home)
    pairs = [named(dataset, group.positions) for group in groups]
    assert len(pairs) == len(VARIANTS)
    assert all(len({Path(name).stem for name in pair}) == 1 for pair in pairs)


@pytest.mark.parametrize("name", ["documents", "grey scans", "screenshots"])
def test_pages_scans_and_windows_are_not_taken_for_copies_of_each_other(tmp_path, home, name):
    assert seen(drawn(tmp_path / "own", SETS[name], 60), home)[2] == []


def test_of_real_cells_one_in_a_thousand_has_a_pair_at_most_and_none_is_odd(real_data, home):
    dataset = datasets.find(str(real_data("bccd_cells.zip")), home)
    found = copies.groups(dataset, looks.look(dataset, home))
    assert len(found) <= len(dataset.items) / 1000
    assert not any(group.exact for group in found)
    assert odd(looks.look(dataset, home)) == {}


def looks_of(pixels: list[int], near: list[tuple[int, int]]) -> Looks:
    """Looks of pictures with these hashes of pixels, of which some are nearly the same."""
    n, size = len(pixels), np.full(len(pixels), 100, np.int32)
    some = np.full(n, 50, np.float32)
    return Looks(
        np.array(pixels, np.uint64), size, size, some, some / 1000, 0 * some, some, some,
        np.zeros((n, 3), np.float32), some, np.array(near, np.uint64).reshape(-1, 2),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        ([(11, 12), (12, 13)], [(0, 1), (1, 2)]),
        ([(11, 12), (12, 13), (11, 13)], [(0, 1, 2)]),
        ([(11, 12), (13, 14)], [(0, 1), (2, 3)]),
    ],
)
def test_a_chain_is_shown_as_pairs_and_only_what_is_alike_throughout_as_a_group(pets, home, near, expected):
    dataset = datasets.find(str(pets), home)
    hashes = list(range(11, 11 + len(dataset.items)))
    found = copies.groups(dataset, looks_of(hashes, near))
    assert [(group.positions, group.how) for group in found] == [(pair, "near") for pair in expected]


def test_where_a_picture_is_left_out_its_twin_stands_for_it(pets, home):
    dataset = datasets.find(str(pets), home)
    hashes = [11, 12, 11, *range(20, 17 + len(dataset.items))]
    whole = looks_of(hashes, [(11, 12)])
    assert [group.positions for group in copies.groups(dataset, whole)] == [(0, 1), (0, 2)]
    kept = np.arange(1, len(dataset.items))
    first = dataset.items[0]
    rest = exclusions.without(dataset, {(first.name, first.sha256)})
    assert [group.positions for group in copies.groups(rest, whole.of(kept))] == [(0, 1)]


# Findings


def test_one_picture_under_two_labels_is_to_go_from_both(pictures, home):
    shutil.copy(pictures / "a" / "00.png", pictures / "b" / "copy.png")
    found = told(pictures, home)["two-labels"]
    dataset = datasets.find(str(pictures), home)
    assert named(dataset, found.leave_out) == {"a/00.png", "b/copy.png"}
    assert "to the byte" in found.title


def test_a_near_copy_under_two_labels_is_shown_and_nothing_is_claimed_or_chosen(pictures, home):
    VARIANTS["halved"](Image.open(pictures / "a" / "00.png")).save(pictures / "b" / "copy.jpg")
    all_told = told(pictures, home)
    found = all_told["near-labels"]
    dataset = datasets.find(str(pictures), home)
    assert [named(dataset, group) for group in found.groups] == [{"a/00.png", "b/copy.jpg"}]
    assert found.leave_out == ()
    assert "wrong" not in found.meaning
    assert "two-labels" not in all_told


def test_a_near_copy_in_another_split_is_shown_and_not_chosen(tmp_path, home):
    layout = {f"{split}/{label}": 12 for split in ("train", "test") for label in "ab"}
    folder = build(tmp_path / "set", layout)
    tile = tiles()[0]
    tile.save(folder / "train" / "a" / "tile.png")
    VARIANTS["darker by 25%"](tile).save(folder / "test" / "a" / "tile.jpg")
    found = told(folder, home)["near-splits"]
    dataset = datasets.find(str(folder), home)
    assert [named(dataset, group) for group in found.groups] == [{"train/a/tile.png", "test/a/tile.jpg"}]
    assert found.leave_out == ()


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


def test_blank_and_tiny_pictures_are_told_and_can_go(pictures, home):
    Image.new("RGB", (200, 150), (3, 4, 5)).save(pictures / "a" / "lens closed.png")
    photo(1, (20, 90)).save(pictures / "b" / "strip.png")
    found = told(pictures, home)
    dataset = datasets.find(str(pictures), home)
    expected = {"blank": "a/lens closed.png", "tiny": "b/strip.png"}
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


@pytest.mark.parametrize("twin", ["саts", "c\u200bats", "cats\u00ad", "\uff43ats", "cats\u3164"])
def test_classes_that_cannot_be_told_apart_by_looking_are_told(tmp_path, home, twin):
    found = told(build(tmp_path / "set", {"cats": 12, twin: 12}), home)["alike-names"]
    assert "read the same" in found.title
    assert "unseen" in found.meaning


def test_a_set_with_nothing_odd_has_no_findings(tmp_path, home):
    for number in range(160):
        path = tmp_path / "own" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        photo(number, (50, 50)).save(path)
    assert told(tmp_path / "own", home) == {}


# Pictures that may not belong


def placeholder() -> Image.Image:
    image = Image.new("RGB", (320, 240), "white")
    ImageDraw.Draw(image).text((90, 110), "image not found", "grey", font_size=20)
    return image


def test_one_placeholder_under_two_labels_is_odd_however_often_it_stands_there(pictures, home):
    for number in range(8):
        placeholder().save(pictures / "ab"[number % 2] / f"gone {number}.gif")
    found = told(pictures, home)["odd"]
    dataset = datasets.find(str(pictures), home)
    shown = {name for group in found.groups for name in named(dataset, group)}
    assert shown == {f"{'ab'[number % 2]}/gone {number}.gif" for number in range(8)}
    assert found.leave_out == ()


def test_a_download_cut_short_and_a_screenshot_are_odd_among_photos(pictures, home):
    pixels = np.asarray(tiles()[3]).copy()
    pixels[60:] = 128
    Image.fromarray(pixels).save(pictures / "a" / "half.jpg", quality=90)
    screenshot(1).save(pictures / "b" / "window.png")
    dataset, found, _ = seen(pictures, home)
    signs = {sign: named(dataset, positions) for sign, positions in odd(found).items()}
    assert signs == {"cut_short": {"a/half.jpg"}, "one_colour": {"b/window.png"}}


def test_a_photo_among_drawings_is_odd_and_one_colour_is_usual_there(tmp_path, home):
    folder = drawn(tmp_path / "own", plain_ground, 60)
    tiles()[0].save(folder / "a" / "photo.png")
    dataset, found, _ = seen(folder, home)
    assert {sign: named(dataset, p) for sign, p in odd(found).items()} == {"far": {"a/photo.png"}}


def test_digits_and_photos_hold_nothing_odd(digits, pictures, home):
    for dataset in (digits, datasets.find(str(pictures), home)):
        assert odd(looks.look(dataset, home)) == {}


@pytest.mark.parametrize("name", SETS)
def test_nor_do_drawings_that_look_alike(tmp_path, home, name):
    assert odd(seen(drawn(tmp_path / "own", SETS[name], 60), home)[1]) == {}


# Remembering and leaving out


def test_what_was_seen_is_remembered_by_content(pictures, home):
    dataset, found, _ = seen(pictures, home)
    again = looks.stored(dataset, home)
    for name in ("pixels", "width", "spread", "one_colour", "grey_below", "lonely", "near"):
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
