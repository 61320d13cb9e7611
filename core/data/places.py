"""Where data sets lie on this machine: by name, or at a path that a person typed.

Of a path it is asked first what lies there: a folder, or a regular file that is a zip by its content. Nothing
else is ever opened, for a device has no end, and a pipe waits for a writer.
"""

import contextlib
import os
import re
import stat
import zipfile
from pathlib import Path

from core.data.downloads import DOWNLOADS
from core.data.names import hidden_part
from core.errors import ConfigError, DatasetError
from core.typed_places import FIELD, as_path, hint, read_place

_SPECIAL = {
    stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}  # fmt: skip
_EXPECTED = "Expected a folder with one subfolder a class, or a zip of one."


def data_folders(home: Path) -> list[Path]:
    """Where data sets are looked for: the folders in `THAW_DATA`, then `<home>/datasets`."""
    listed = os.environ.get("THAW_DATA", "")
    found = []
    for text in re.split(rf"(?<!\bfile){re.escape(os.pathsep)}", listed):
        with contextlib.suppress(ConfigError):  # an empty place, or one on another machine
            found.append(as_path(read_place(text)))
    return [*filter(None, found), home / "datasets"]


def typed_place(text: str) -> Path:
    """Where a path that a person typed leads: to a folder or a zip, which is not opened.

    Raises:
        ConfigError: nothing was typed, or an address in a network.
        DatasetError: there is nothing, or what is no folder and no zip; the message shows what was typed.
    """
    place = read_place(text)
    path = as_path(place)
    if path is None or not os.path.lexists(path):
        raise missing(place)
    is_zip(path, place)
    return path


def missing(place: str) -> DatasetError:
    """What to tell a person who typed a path at which there is nothing."""
    return DatasetError(
        f"{shown(place)} does not exist.", _EXPECTED, hint(place) or "Check the path.", field=FIELD
    )


def shown(place: str) -> str:
    """A place as a message has it: as it was typed, on one line."""
    return place if place.isprintable() else repr(place)


def is_zip(path: Path, place: str) -> bool:
    """Whether a zip lies at `path`; else it is a folder. Of a file only its end is read, 64 KiB.

    Args:
        place: What `path` is called in a message.

    Raises:
        DatasetError: it is neither, or may not be read.
    """
    place = shown(place)

    def refused(what: str, fix: str = "") -> DatasetError:
        return DatasetError(f"{place} {what}.", _EXPECTED, fix, field=FIELD)

    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            os.scandir(path).close()
            return False
        if special := _SPECIAL.get(stat.S_IFMT(found.st_mode)):
            raise refused(f"is {special}")
        if not found.st_size:
            raise refused("is an empty file", "Was it copied or downloaded to its end?")
        with path.open("rb") as file:
            if zipfile.is_zipfile(file):
                return True
            file.seek(0)
            begins = file.read(4)
    except FileNotFoundError:
        raise refused("is a link that leads nowhere", "Mend the link, or give the place itself.") from None
    except PermissionError:
        raise refused("may not be read", "Give yourself the right to read it.") from None
    except OSError as error:
        raise refused(f"cannot be read: {error.strerror or error}") from None
    if begins == b"PK\3\4":
        raise refused("is a zip without its end", "Copy or download it again, to its end.")
    if path.suffix.lower() == ".zip":
        raise refused("is called a zip and is none")
    raise refused("is neither a folder nor a zip", "Give the folder that it lies in, or unpack it.")


def locate(name: str, home: Path) -> Path | None:
    """Where a downloadable data set lies, if it does: as the file, or unpacked under the file's stem."""
    file = Path(DOWNLOADS[name].file_name)
    folders = data_folders(home)
    if name == "mnist":
        keras = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
        names, folders = [file.name], [*folders, Path(keras) / "datasets"]
    else:
        names = [file.name, file.stem]
    return next((folder / n for folder in folders for n in names if (folder / n).exists()), None)


def found_sets(home: Path) -> dict[str, Path]:
    """Folders and zips without a fixed name, by their stem; the first of a name wins."""
    known = {"digits", *DOWNLOADS, *(Path(wanted.file_name).stem for wanted in DOWNLOADS.values())}
    found: dict[str, Path] = {}
    for folder in data_folders(home):
        try:
            paths = sorted(folder.iterdir())
        except OSError:
            continue  # not there, or not ours to read
        for path in paths:
            name = path.name if path.is_dir() else path.stem
            usable = path.is_dir() or (path.suffix.lower() == ".zip" and path.is_file())
            if usable and hidden_part(path.name) is None and name not in known:
                found.setdefault(name, path)
    return found
