"""Photos that mean harm: whatever comes in, nothing is written outside its folder and nothing breaks."""

import contextlib
import io
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import datasets, kept, listers, listing
from core.data.decoding import decode_upright
from core.data.listing import Limits
from core.errors import DatasetError, ThawError
from core.files import read_json, write_json
from core.intake.taking_in import LIMITS, Intake, take_in
from tests import hostile
from tests.hostile import picture, zip_of
from tests.photos import encoded, photo


def inside(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def take_zip(content: bytes, home: Path, limits: Limits = LIMITS) -> Intake:
    with io.BytesIO(content) as file:
        return take_in(listers.of_zip(file, limits), home)


def harmless(content: bytes, home: Path) -> Intake | None:
    """Take a zip in: that gives photos, stored in one folder under their hash, or None for a refusal in words
    that leaves nothing behind; anything else fails the test."""
    before = inside(home.parent)
    try:
        intake = take_zip(content, home)
    except ThawError:
        intake = None
    if intake is None:
        assert not inside(home.parent) - before - {"home", "home/photos"}
        return None
    new = inside(home.parent) - before - {"home", "home/photos"}
    place = intake.folder.relative_to(home.parent).as_posix()
    assert all(path == place or path.startswith(f"{place}/") for path in new)
    stored = {path.name for path in (intake.folder / "files").iterdir()}
    assert all(re.fullmatch("[0-9a-f]{64}", name) for name in stored)
    assert {photo.sha256 for photo in intake.photos} <= stored
    for one in intake.photos:
        decode_upright(intake.content(one), one.name)
        assert ".." not in one.name.split("/")
        one.name.encode("utf-8")
    intake.discard()
    return intake


@pytest.mark.parametrize("case", hostile.ZIPS)
def test_a_hostile_member_is_set_aside_with_its_reason_and_the_rest_goes_on(case, home):
    make, reason = hostile.ZIPS[case]
    intake = harmless(make(), home)
    assert intake is not None
    reasons = [f"{one.reason} {one.detail}" for one in intake.origin.passed_over]
    if reason is None:
        assert reasons == []
        assert len(intake.photos) > 6
    else:
        assert len(reasons) == 1
        assert reason in reasons[0]
        assert len(intake.photos) == 6


@pytest.mark.parametrize("case", hostile.NO_ZIPS)
def test_what_is_no_zip_is_refused_in_words(case, home):
    with pytest.raises(DatasetError, match="no zip that can be opened"):
        take_zip(hostile.NO_ZIPS[case](), home)
    assert inside(home) == set()


def test_a_table_of_contents_that_points_nowhere_is_refused(home):
    assert harmless(zip_of({})[:-6] + b"\xff\xff\xff\x7f\0\0", home) is None


def read_in_place(content: bytes, home: Path) -> None:
    """Index a zip where it lies: a data set or a refusal in words."""
    path = home.parent / "in place.zip"
    path.write_bytes(content)
    with contextlib.suppress(ThawError):
        assert datasets.find(str(path), home).items


def test_sixty_mangled_zips_break_nothing(home):
    for seed in range(60):
        harmless(hostile.mangled(seed), home)
        read_in_place(hostile.mangled(seed), home)


@pytest.mark.soak
def test_two_thousand_mangled_zips_break_nothing(home):
    for seed in range(60, 2_060):
        harmless(hostile.mangled(seed), home)
        read_in_place(hostile.mangled(seed), home)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(files=5), "more than 5 files"),
        (Limits(total_bytes=1_000), "GB unpacked"),
    ],
)
def test_too_much_at_once_is_refused_before_anything_is_written(limits, words, home):
    with pytest.raises(DatasetError, match=words):
        take_zip(zip_of({}), home, limits)
    assert not (home / "photos").exists()


def test_bytes_are_counted_as_they_come_and_not_as_they_are_stated(home):
    content = picture()
    honest = [(f"{name}/{n}.png", content) for name in "ab" for n in range(3)]
    lying = listers.of_uploads(honest, Limits(total_bytes=6 * len(content)))
    lying.files = [replace(one, stamp=(1, 0)) for one in lying.files]
    lying.limits = Limits(total_bytes=3 * len(content))
    with pytest.raises(DatasetError, match="said otherwise"):
        take_in(lying, home)
    assert list((home / "photos").iterdir()) == []


def test_a_file_that_is_too_large_is_set_aside_wherever_it_comes_from(home, tmp_path):
    limits = Limits(file_bytes=1_000)
    large, small = encoded(photo(1, (60, 60))), encoded(Image.new("RGB", (9, 9)))
    for path, content in (("cats/large.png", large), ("cats/s.png", small)):
        (tmp_path / "own" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "own" / path).write_bytes(content)
    found = (
        listers.of_folder(tmp_path / "own", limits),
        listers.of_uploads([("own/cats/large.png", large), ("own/cats/s.png", small)], limits),
    )
    for one in found:
        assert [other.name for other in one.passed_over] == ["cats/large.png"]
        assert [arrival.path for arrival in one.files] == ["cats/s.png"]


def test_pipes_are_never_opened_and_links_are_followed_but_not_in_a_circle(tmp_path, pets, home):
    (tmp_path / "elsewhere").mkdir()
    for seed in range(3):
        photo(50 + seed).save(tmp_path / "elsewhere" / f"{seed}.png")
    try:
        (pets / "cats" / "link.png").symlink_to(tmp_path / "elsewhere" / "0.png")
        (pets / "cats" / "gone.png").symlink_to(tmp_path / "nowhere.png")
        (pets / "cats" / "again").symlink_to(pets)
        (pets / "birds").symlink_to(tmp_path / "elsewhere")
        os.mkfifo(pets / "cats" / "pipe.png")  # opened, it would wait for a writer forever
    except (OSError, AttributeError):
        pytest.skip("no links or pipes on this system")
    found = listers.of_folder(pets)
    assert {one.name: one.reason for one in found.passed_over} == {
        "cats/again": listing.LINK_IN_A_CIRCLE,
        "cats/gone.png": listing.LINK_TO_NOWHERE,
        "cats/pipe.png": listing.NO_ORDINARY_FILE,
    }
    assert take_in(found, home).counts == {"birds": 3, "cats": 9, "dogs": 9}
    assert len(datasets.find(str(pets), home).items) == 21


def test_a_forged_record_of_a_kept_set_opens_no_file_elsewhere(home):
    take_zip(zip_of({}), home).keep("Pets")
    record = kept.folder_of("Pets", home) / "set.json"
    (home / "secret.png").write_bytes(picture())
    forged = read_json(record)
    forged["photos"][0]["sha256"] = "../../../secret.png"
    write_json(record, forged)  # with a checksum that fits
    with pytest.raises(DatasetError, match="record of the photos"):
        datasets.find("Pets", home)


MANGLED_IMAGES = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")


def decode_mangled(kind: str, seed: int) -> None:
    """Decode a picture with bytes changed at random: a picture or a DatasetError, nothing else."""
    chance = np.random.default_rng(seed)
    content = bytearray(encoded(photo(seed, (24, 17)), kind))
    for _ in range(int(chance.integers(1, 12))):
        content[int(chance.integers(len(content)))] = int(chance.integers(256))
    with contextlib.suppress(DatasetError):
        image = decode_upright(bytes(content[: int(chance.integers(20, len(content) + 1))]), "x")
        assert image.mode == "RGB"


@pytest.mark.parametrize("kind", MANGLED_IMAGES)
def test_a_mangled_picture_is_a_picture_or_an_error_in_words(kind):
    for seed in range(20):
        decode_mangled(kind, seed)


@pytest.mark.soak
@pytest.mark.parametrize("kind", MANGLED_IMAGES)
def test_hundreds_of_mangled_pictures_are_pictures_or_errors_in_words(kind):
    for seed in range(20, 420):
        decode_mangled(kind, seed)
