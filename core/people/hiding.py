"""Messages without where things lie on the server: what those who use a shared Thaw read."""

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from core.data.places import data_folders
from core.errors import StoreError
from core.homes import default_home

# Folders before the last name of an absolute path, as systems write them, not the `//` of an address
_NAME = r"[^\s/\\'\"`]+"
_FOLDERS = re.compile(rf"(?<![\w./:~-])(?:/(?:{_NAME}/)+|[A-Za-z]:\\(?:{_NAME}\\)+|~/(?:{_NAME}/)*)")


def without_places(text: str) -> str:
    """`text` with the last name alone of every path on this machine."""
    for root in _roots():
        text = text.replace(root, "")
    return _FOLDERS.sub("", text)


def _roots() -> Iterable[str]:
    """Folders that messages may name, with the separator at the end, longest first: their names may have
    spaces in them, which no pattern knows."""
    code = Path(__file__).resolve().parents[2]
    known = [code, Path(sys.prefix), Path(tempfile.gettempdir())]
    with contextlib.suppress(StoreError):  # a message may be about just that
        home = default_home()
        known += [home, *data_folders(home)]
    spelled = {f"{one}" for folder in known for one in (folder, folder.resolve())}
    return sorted((f"{folder}{os.sep}" for folder in spelled if len(folder) > 1), key=len, reverse=True)
