"""Photos are checked in a process of their own: within its memory, and alone where it dies."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import limits
from core.data import checking, datasets, kept, listers
from core.data.checking import OUT_OF_MEMORY
from core.data.decoding import decode_upright
from core.data.images import squash
from core.data.kept import Photo
from core.data.layouts import AmbiguousLayout
from core.errors import DatasetError, Stopped
from core.intake import apart, previews
from core.intake.apart import Sent
from core.intake.taking_in import Intake, take_in
from tests import hostile
from tests.folder_cases import LAID_OUT
from tests.hostile import picture, zip_of
from tests.photos import encoded, photo, zipped

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded, and read, as on Linux")
DEAF = (sys.executable, "-c", "import time; time.sleep(600)")
ROOT = Path(__file__).resolve().parents[2]


def sent(archive: bytes) -> Sent:
    return Sent([("pets.zip", archive)], is_zip=True)


def left(home: Path) -> list[Path]:
    return list((home / "photos").iterdir())


@pytest.fixture
def children(monkeypatch) -> list:
    """The processes that were started, each with `peak`: the most bytes of memory that it filled."""
    started = []

    class Watched(subprocess.Popen):
        def __init__(self, *args, **how):
            super().__init__(*args, **how)
            self.peak = 0
            started.append(self)
            threading.Thread(target=self._watch, daemon=True).start()

        def _watch(self) -> None:
            with contextlib.suppress(OSError, IndexError):
                while True:
                    status = Path(f"/proc/{self.pid}/status").read_text()
                    self.peak = max(self.peak, 1024 * int(status.split("VmHWM:")[1].split()[0]))
                    time.sleep(0.002)

    monkeypatch.setattr(apart.subprocess, "Popen", Watched)
    return started


# The same as in this process


def test_it_gives_what_checking_here_gives_whatever_is_sent(tmp_path, home, pets):
    (pets / "cats" / "broken.png").write_bytes(b"x")
    files = [
        (path.relative_to(tmp_path).as_posix(), path.read_bytes()) for path in sorted(pets.rglob("*.png"))
    ]
    archive = zipped(pets, tmp_path / "pets.zip")
    told = []
    found = {
        "zip": apart.take_in(sent(archive.read_bytes()), home, report=lambda *_, **stage: told.append(stage)),
        "files": apart.take_in(Sent(files), home),
        "folder": apart.take_in(pets, home),
        "zip in place": apart.take_in(archive, home),
    }
    here = take_in(listers.of_folder(pets), home)
    for name, intake in found.items():
        assert (intake.photos, intake.origin, intake.counts) == (here.photos, here.origin, here.counts), name
        assert [intake.content(one) for one in intake.photos] == [here.content(one) for one in here.photos]
        assert not (intake.folder / apart.CAME).exists(), "what was sent is kept no longer than it is needed"
        intake.keep(name)
    assert told[-1] == {"name": "checking_photos", "done": 16, "total": 18}
    assert [path for path in left(home) if path.name.startswith(".incoming")] == [here.folder]


def test_a_question_about_the_folders_comes_through(home):
    with pytest.raises(AmbiguousLayout) as asked:
        apart.take_in(sent(LAID_OUT["parts of one set"].zipped()), home)
    with pytest.raises(AmbiguousLayout) as here:
        take_in(listers.of_zip(io.BytesIO(LAID_OUT["parts of one set"].zipped())), home)
    assert asked.value.readings == here.value.readings
    assert str(asked.value) == str(here.value)
    assert left(home) == []
    intake = apart.take_in(sent(LAID_OUT["parts of one set"].zipped()), home, "splits")
    assert intake.counts == LAID_OUT["parts of one set"].right.readings["splits"]


def test_a_look_at_a_folder_leaves_nothing_for_the_app_to_decode(home, pets, monkeypatch):
    for path in pets.rglob("*.png"):
        os.utime(path, (time.time() - 60,) * 2)
    apart.look(str(pets), home)
    monkeypatch.setattr(checking, "check_content", lambda *_: pytest.fail("decoded once more"))
    assert len(datasets.find(str(pets), home).items) == 17


def test_small_pictures_are_made_there_and_go_when_the_photos_are_kept(home, pets, monkeypatch):
    intake = apart.take_in(pets, home)
    monkeypatch.setattr(previews, "decode_upright", lambda *_: pytest.fail("decoded in the app"))
    found = previews.of_class(intake, "cats")
    cats = [one for one in intake.photos if one.class_name == "cats"][: previews.MOST_A_CLASS]
    for small, one in zip(found, cats, strict=True):
        content = intake.content(one)
        np.testing.assert_array_equal(small, squash(decode_upright(content, one.name), previews.SIDE))
    intake.keep("Pets")
    assert {path.name for path in kept.kept_sets(home)["Pets"].folder.iterdir()} == {"files", "set.json"}


# Within its memory


def bomb(kind: str) -> bytes:
    """A small zip of pictures that are large, or say things that are."""
    if kind == "one colour, 49 megapixels":
        content = encoded(Image.new("1", (7_000, 7_000)))
    elif kind == "60,000 x 60,000":
        content = bytearray(encoded(Image.new("1", (8, 8))))
        content[16:24] = (60_000).to_bytes(4) * 2
        content[29:33] = zlib.crc32(content[12:29]).to_bytes(4)
    elif kind == "5,000 frames":
        stream = io.BytesIO()
        frames = [photo(n, (40, 40)).convert("P") for n in range(50)] * 100
        frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:], optimize=False)
        content = stream.getvalue()
    elif kind == "a profile of a gigabyte":
        packer = zlib.compressobj()
        packed = b"".join(packer.compress(bytes(2**20)) for _ in range(1024)) + packer.flush()
        chunk = b"iCCP" + b"name\0\0" + packed
        at = 33  # behind the header
        one = picture()
        content = one[:at] + (len(chunk) - 4).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4) + one[at:]
    else:  # EXIF whose lists lead to each other
        entry = b"\x69\x87\4\0\1\0\0\0\x08\0\0\0"
        block = b"Exif\0\0II*\0\x08\0\0\0" + (5_000).to_bytes(2, "little") + entry * 5_000
        one = encoded(photo(1), "JPEG")
        content = one[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2) + block + one[2:]
    ending = "jpg" if kind == "EXIF in a circle" else "gif" if kind == "5,000 frames" else "png"
    return zip_of(
        {f"{name}/bomb {n}.{ending}": bytes(content) for name in ("cats", "dogs") for n in range(2)}
    )


BOMBS = (
    "one colour, 49 megapixels", "60,000 x 60,000", "5,000 frames", "a profile of a gigabyte",
    "EXIF in a circle",
)  # fmt: skip


@LINUX
@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_costs_half_a_gigabyte_at_most_and_the_other_photos_come_in(kind, home, children):
    intake = apart.take_in(sent(bomb(kind)), home)
    assert {"cats", "dogs"} == set(intake.counts)
    assert len(intake.photos) >= 6
    assert children[0].peak < 500 * 10**6
    intake.discard()
    assert left(home) == []


@LINUX
def test_a_picture_that_needs_more_memory_is_passed_over_and_the_rest_comes_in(home, monkeypatch, children):
    monkeypatch.setattr(apart, "MEMORY_BYTES", 160 * 10**6)
    large = encoded(Image.new("RGB", (6_000, 6_000)), "JPEG")
    intake = apart.take_in(sent(zip_of({"cats/large.jpg": large})), home)
    assert [(one.name, one.detail) for one in intake.origin.passed_over] == [
        ("cats/large.jpg", OUT_OF_MEMORY)
    ]
    assert len(intake.photos) == 6
    assert children[0].peak < 160 * 10**6


def test_a_huge_table_of_contents_is_refused_in_words(home, children):
    with pytest.raises(DatasetError, match="no zip that can be opened"):
        apart.take_in(sent(hostile.NO_ZIPS["a huge table of contents"]()), home)
    assert children[0].peak < 200 * 10**6
    assert left(home) == []


# Its end


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_process_that_is_killed_leaves_a_sentence_and_nothing_else(home, monkeypatch):
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"))
    with pytest.raises(DatasetError, match=r"the process that did it died \(signal 9\).*Take in a part"):
        apart.take_in(sent(zip_of({})), home)
    assert left(home) == []


def test_words_that_are_no_outcome_are_not_believed(home, monkeypatch):
    stray = asdict(Photo("x", "cats", None, "../../../secret", 1, 1))
    forged = json.dumps({"photos": [stray], "origin": {}, "guessed": []})
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", f"input(); print({forged!r})"))
    with pytest.raises(DatasetError, match="gave no photos"):
        apart.take_in(sent(zip_of({})), home)
    assert left(home) == []


def test_a_wish_to_stop_ends_even_a_process_that_does_not_hear(home, monkeypatch, children):
    monkeypatch.setattr(apart, "COMMAND", DEAF)
    monkeypatch.setattr(apart, "STOP_SECONDS", 0.2)
    with pytest.raises(Stopped):
        apart.take_in(sent(zip_of({})), home, should_stop=lambda: True)
    assert children[0].poll() is not None
    assert left(home) == []


def test_of_many_checks_only_so_many_go_on_at_once_and_one_that_waits_can_be_stopped(
    home, monkeypatch, children
):
    monkeypatch.setattr(apart, "COMMAND", DEAF)
    monkeypatch.setattr(apart, "STOP_SECONDS", 0.1)
    over = threading.Event()

    def check() -> None:
        with contextlib.suppress(Stopped):
            apart.take_in(sent(zip_of({})), home, should_stop=over.is_set)

    threads = [threading.Thread(target=check) for _ in range(apart.AT_ONCE + 2)]
    for thread in threads:
        thread.start()
    while len(children) < apart.AT_ONCE:
        time.sleep(0.01)
    with pytest.raises(Stopped):
        apart.take_in(sent(zip_of({})), home, should_stop=lambda: True)
    assert len(children) == apart.AT_ONCE
    over.set()
    for thread in threads:
        thread.join()
    assert left(home) == []


APP = """
import sys
from pathlib import Path
from core.intake import apart, previews
started = apart.subprocess.Popen
def said(*args, **how):
    process = started(*args, **how)
    print(process.pid, flush=True)
    return process
apart.subprocess.Popen = said
apart.COMMAND = (sys.executable, "-c", "import core.commands.photos as p, time; "
                 "p._done = lambda *_: time.sleep(600); p.main()")
apart.take_in(apart.Sent([("a/b.png", b"x")]), Path(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_what_an_app_that_was_killed_left_goes_with_the_next_photos(home):
    with subprocess.Popen([sys.executable, "-c", APP, home], cwd=ROOT, stdout=subprocess.PIPE) as app:
        child = int(app.stdout.readline())
        (waiting,) = left(home)
        while not (waiting / apart.CAME).exists():
            time.sleep(0.01)
        os.utime(waiting, (time.time() - 60,) * 2)
        kept.sweep(home)
        assert left(home) == [waiting], "it is waited for"
        os.kill(app.pid, signal.SIGKILL)
    until = time.monotonic() + 20
    while Path(f"/proc/{child}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(f"/proc/{child}").exists(), "it ends with the app"
    os.utime(waiting, (time.time() - 60,) * 2)
    intake = apart.take_in(sent(zip_of({})), home)
    assert left(home) == [intake.folder]


# Limits


def limited(**most) -> limits.PersonLimits:
    return replace(limits.read(shared=True, environ={}), **most)


@pytest.mark.parametrize(
    ("most", "words"),
    [
        ({"set_photos": 5}, r"These are 6 photos\. Expected at most 5 in a set\. .*THAW_SET_PHOTOS"),
        ({"set_mb": 0.0001}, r"These photos are 0 MB or more\. Expected at most 0\.0001 MB .*THAW_SET_MB"),
    ],
)
def test_too_large_a_set_is_refused_with_the_limit_and_who_can_change_it(most, words, home):
    with pytest.raises(DatasetError, match=words):
        apart.take_in(sent(zip_of({})), home, most=limited(**most))
    assert left(home) == []


def test_a_photo_of_too_many_megapixels_is_passed_over_with_the_limit_and_who_can_change_it(home):
    archive = zip_of({"cats/large.png": encoded(Image.new("1", (1_100, 1_000)))})
    intake: Intake = apart.take_in(sent(archive), home, most=limited(megapixels=1))
    (one,) = intake.origin.passed_over
    assert one.detail == "1100 x 1000 pixels are more than 1 megapixels; THAW_MEGAPIXELS sets that limit"
    assert len(apart.take_in(sent(archive), home, most=limited(megapixels=1.1)).photos) == 7
