"""Names and paths as a person types or pastes them: in quotes, as `file://`, with `~`, with a line's end.

    read_place   what was typed -> the name or path that is meant; messages show this
    as_path      that -> a path of this system, `~` and `$HOME` filled in

A place that exists as it was typed is that place, whatever it looks like.
"""

import os
import re
import urllib.parse
import urllib.request
from pathlib import Path

from core.errors import ConfigError
from core.typed_numbers import unquoted

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\[^\\]")  # `C:\` or a share, `\\server\`
_HOME = re.compile(r"(\$HOME|\$\{HOME\}|%USERPROFILE%)(?=[/\\]|$)")
FIELD = "data.name"


def read_place(text: str) -> str:
    """The name or path that `text` means, not looked for: without outer spaces, quotes and `file://`.

    Raises:
        ConfigError: nothing was typed, or an address in a network.
    """
    place = text.strip()
    if not exists(place):
        place = unquoted(place)
    if not place:
        raise ConfigError(
            "The name is empty.", "Expected a data set, or the path of a folder or zip.", field=FIELD
        )
    if place.lower().startswith("file:/"):
        return _of_file_address(place)
    if _ADDRESS.match(place) and not exists(place):
        raise ConfigError(
            f"{place} is an address in a network.",
            "Expected a data set, or the path of a folder or zip on this machine.",
            "Download it first, and give the path of the download.",
            field=FIELD,
        )
    return place


def _of_file_address(address: str) -> str:
    try:
        parts = urllib.parse.urlsplit(address)
    except ValueError:  # a bracket that is not closed
        return address
    if parts.netloc not in ("", "localhost") and os.name != "nt":
        raise ConfigError(
            f"{address} is a place on another machine, {parts.netloc}.",
            "Expected the path of a folder or zip on this one.",
            f"For one on this machine write three slashes: file:///{parts.netloc}{parts.path}.",
            field=FIELD,
        )
    # `#` and `?` are letters of a file's name, whatever they are in other addresses
    path = address[len("file:") :].removeprefix("//localhost") if parts.netloc else address[len("file:") :]
    path = re.sub(r"^//(?=/)", "", path)
    return urllib.request.url2pathname(path)


def as_path(place: str) -> Path | None:
    """Where a name or path as `read_place` gives it leads, from the working folder; None where it can lead
    nowhere: `~` of an unknown user, or a null byte."""
    if exists(place):
        return Path(place)
    text = _HOME.sub("~", place)
    if os.name != "nt" and "\\" in text and not _DRIVE.match(text):
        plain = re.sub(r"\\(.)", r"\1", text)  # as a terminal writes a space: `my\ photos`
        text = plain if exists(os.path.expanduser(plain)) else text
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        return None
    return None if "\0" in text else path


def exists(place: str | Path) -> bool:
    """Whether something lies there. What can be no path, such as one with a null byte, does not."""
    return bool(str(place)) and os.path.lexists(place)


def hint(place: str) -> str:
    """What to do about a place at which nothing was found; empty where its form says nothing."""
    if os.name != "nt" and _DRIVE.match(place):
        return (
            "It is a path of Windows, and Thaw runs on another system: give the path by which that knows it."
        )
    if place.startswith("~") and as_path(place) is None:
        return f"This machine has no user {place[1:].partition('/')[0]!r}."
    if not os.path.isabs(place) and not place.startswith(("~", "$", "%")):
        return "It was looked for in the folder where Thaw was started: give the whole path."
    return ""
