"""A place as a person types it: found, or refused with what was typed and with what to do. Nothing is opened
that has no end."""

import os
import socket
import zipfile
from pathlib import Path

import pytest

from core.data import datasets
from core.data.places import data_folders, typed_place
from core.errors import ConfigError, DatasetError, ThawError
from core.typed_places import as_path, read_place
from tests.photos import build

posix = pytest.mark.skipif(os.name == "nt", reason="special files and paths of POSIX")


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder of photos in a folder with a space, where the process works; `HOME` is there, too."""
    folder = tmp_path / "my photos" / "pets"
    build(folder, {"cats": 3, "dogs": 3})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return folder


def quoted(mark: str, other: str = ""):
    return lambda path: f"{mark}{path}{other or mark}"


@pytest.mark.parametrize(
    "typed",
    [
        str,
        quoted("'"),
        quoted('"'),
        quoted("“", "”"),
        lambda path: f"  {path}\n",
        lambda path: f"{path}/",
        lambda path: path.as_uri(),  # file:///…/my%20photos/pets
        lambda path: f"file://localhost{path.as_posix()}",
        lambda path: f"'file:{path.as_posix()}'",
        lambda path: "my photos/pets",
        lambda path: "~/my photos/pets",
        lambda path: "$HOME/my photos/pets",
        lambda path: "${HOME}/my photos/pets",
        pytest.param(lambda path: str(path).replace(" ", "\\ "), marks=posix),  # dragged into a terminal
    ],
)
def test_a_place_is_found_however_it_was_typed_or_pasted(photos, typed):
    text = typed(photos)
    assert typed_place(text).resolve() == photos.resolve()
    assert len(datasets.find(read_place(text), photos.parent / "home").items) == 6


@posix
@pytest.mark.parametrize("name", ["'quoted'", "file:", "back\\slash", "$HOME", "~", " x", "http:"])
def test_a_name_that_looks_like_something_else_is_that_of_the_folder_if_there_is_one(photos, name):
    odd = photos.parent / name
    odd.mkdir()
    assert typed_place(str(odd)) == odd
    if name == name.strip():
        os.chdir(odd.parent)
        assert typed_place(name) == Path(name)


@pytest.mark.parametrize(
    ("typed", "said", "fix"),
    [
        ("", "The name is empty.", ""),
        (" \n", "The name is empty.", ""),
        ("''", "The name is empty.", ""),
        ("'/nowhere/my photos'", "/nowhere/my photos does not exist.", "Check the path."),
        ("~/photos", "~/photos does not exist.", "Check the path."),
        ("$HOME/photos", "$HOME/photos does not exist.", "Check the path."),
        ("photos/pets", "photos/pets does not exist.", "the whole path"),
        ("~nobody-here/photos", "~nobody-here/photos does not exist.", "no user 'nobody-here'"),
        ("photos\0pets", r"'photos\x00pets' does not exist.", ""),
        ("/tmp/one\ntwo", r"'/tmp/one\ntwo' does not exist.", ""),
        ("x" * 5000, "x" * 5000 + " does not exist.", ""),
        ("https://example.org/pets.zip", "https://example.org/pets.zip is an address", "Download it"),
        ("s3://bucket/pets", "s3://bucket/pets is an address", "Download it"),
        ("file:///nowhere/a%20b", "/nowhere/a b does not exist.", "Check the path."),
        pytest.param("file://server/pets", "file://server/pets is a place on", "file:///", marks=posix),
        pytest.param(r"C:\Users\me\pets", r"C:\Users\me\pets does not exist.", "of Windows", marks=posix),
        pytest.param(r"\\server\pets", r"\\server\pets does not exist.", "of Windows", marks=posix),
    ],
)
def test_where_nothing_is_the_message_has_what_was_typed_and_no_other_path(photos, typed, said, fix):
    with pytest.raises(ThawError) as caught:
        typed_place(typed)
    assert caught.value.happened.startswith(said)
    assert fix in caught.value.fix
    assert str(photos.parents[1]) not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("typed", ["", "  ", "http://example.org/x.zip"])
def test_an_empty_name_or_an_address_is_no_data_set(typed):
    with pytest.raises(ConfigError):
        read_place(typed)


def test_folders_listed_for_data_sets_are_read_like_any_place(photos, monkeypatch, tmp_path):
    there = photos.parent
    for text in (
        str(there),
        f'"{there}"',
        "~/my photos",
        there.as_uri(),
        f"~nobody-here/x{os.pathsep} {there} ",
    ):
        monkeypatch.setenv("THAW_DATA", text)
        assert there in data_folders(tmp_path)
        assert len(datasets.find("pets", tmp_path / "home").items) == 6
    monkeypatch.setenv("THAW_DATA", f" {os.pathsep}''{os.pathsep}")
    assert data_folders(tmp_path) == [tmp_path / "datasets"]


def test_no_user_and_no_null_byte_lead_anywhere():
    assert as_path("~nobody-here/x") is None
    assert as_path("a\0b") is None


# What lies there


def pipe(path):
    os.mkfifo(path)


def unix_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))  # a socket's path has 108 bytes at most


def link_to_nowhere(path):
    path.symlink_to("nowhere")


def half_a_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cats/0.png", bytes(5000))
    path.write_bytes(path.read_bytes()[:2000])


@posix
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (pipe, "is a named pipe"),
        (unix_socket, "is a socket"),
        (link_to_nowhere, "is a link that leads nowhere"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device"),
        (Path.touch, "is an empty file"),
        (lambda path: path.write_text("Not found"), "is called a zip and is none"),
        (half_a_zip, "is a zip without its end"),
        (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links"),
    ],
)
def test_what_is_no_folder_and_no_zip_is_refused_before_it_is_opened(photos, make, said):
    place = photos.parent / "pets.zip"
    make(place)
    for ask in (typed_place, lambda text: datasets.find(text, photos.parent / "home")):
        with pytest.raises(DatasetError, match=f"pets.zip {said}"):
            ask(str(place))


@posix
def test_what_no_data_set_can_be_is_not_in_the_list_of_them(photos, monkeypatch):
    for name, make in (("pipe.zip", pipe), ("link.zip", link_to_nowhere), ("socket.zip", unix_socket)):
        make(photos.parent / name)
    monkeypatch.setenv("THAW_DATA", str(photos.parent))
    listed = {entry.name for entry in datasets.catalogue(photos.parent / "home")}
    assert "pets" in listed
    assert not listed & {"pipe", "link", "socket"}


@posix
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/stdin"])
def test_a_device_is_never_read(device):
    if not os.path.exists(device):
        pytest.skip("there is no such device here")
    with pytest.raises(DatasetError, match=f"{device} (is|cannot be read)"):
        typed_place(device)


def test_contents_decide_what_is_a_zip_and_not_the_name(photos):
    archive, folder = photos.parent / "pets.photos", photos.parent / "pets.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for file in photos.rglob("*.png"):
            written.write(file, file.relative_to(photos).as_posix())
    photos.rename(folder)
    for place in (archive, folder):
        assert typed_place(str(place)) == place
        assert len(datasets.find(str(place), photos.parent / "home").items) == 6


def test_a_zip_with_nothing_in_it_says_so(photos):
    place = photos.parent / "empty.zip"
    zipfile.ZipFile(place, "w").close()
    with pytest.raises(DatasetError, match="images"):
        datasets.find(str(place), photos.parent / "home")
