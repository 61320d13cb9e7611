"""Where data sets lie on this machine, by name. Nothing is opened."""

import os
from pathlib import Path

from core.data.downloads import DOWNLOADS
from core.data.layouts import is_hidden


def data_folders(home: Path) -> list[Path]:
    """Where data sets are looked for: the folders in `THAW_DATA`, then `<home>/datasets`."""
    listed = os.environ.get("THAW_DATA", "").split(os.pathsep)
    return [*(Path(folder).expanduser() for folder in listed if folder), home / "datasets"]


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
            usable = path.is_dir() or path.suffix.lower() == ".zip"
            if usable and not is_hidden(path.name) and name not in known:
                found.setdefault(name, path)
    return found
