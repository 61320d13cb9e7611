"""How this Thaw is served: to one person at their own machine, or to many, who log in or trust one another.

    THAW_SHARED      1: to many, who log in; `open`: to many, who all trust one another
    THAW_TEACHERS    addresses of those who may see, stop, share and delete what others made

Where neither is said, it is served to many as soon as login is set up or others can reach it.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from core.errors import ConfigError
from core.keys import content_key
from core.person import Person

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


class Mode(Enum):
    """Who uses this Thaw."""

    OWN = "own"  # one person, at their own machine: every path is theirs
    OPEN = "open"  # many who trust one another: all see all, nobody logs in
    LOGIN = "login"  # many who log in: everything is private until it is shared

    @property
    def shared(self) -> bool:
        """Whether others than this machine's owner use it: then no path of it is taken or shown."""
        return self is not Mode.OWN


def decide(login: bool, address: str | None, environ: Mapping[str, str] = os.environ) -> Mode:
    """How it is served.

    Args:
        login: Whether login is set up.
        address: Where the server listens; None or empty for everywhere.

    Raises:
        ConfigError: others could reach it without login and nobody said that they may, or THAW_SHARED makes
            no sense.
    """
    said = environ.get("THAW_SHARED", "").strip().lower()
    if said not in ("", "1", "open"):
        raise ConfigError(
            f"THAW_SHARED is {said!r}.", "Expected 1, or open.", "Leave it out where one person uses Thaw."
        )
    if login:
        return Mode.LOGIN
    if said == "open":
        return Mode.OPEN
    if said == "1" or not is_loopback(address):
        raise ConfigError(
            "Others can reach this Thaw, and nobody has to log in.",
            "Expected login (docs/serving.md says how), or everyone to trust one another.",
            "Set up login; or start it with THAW_SHARED=open; or let it listen to 127.0.0.1 alone.",
        )
    return Mode.OWN


def is_loopback(address: str | None) -> bool:
    """Whether only this machine reaches a server at this address."""
    text = (address or "").strip("[]")
    if text == "localhost":
        return True
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def teachers(environ: Mapping[str, str] = os.environ) -> frozenset[str]:
    """The addresses in THAW_TEACHERS, parted by commas or spaces, in small letters.

    Raises:
        ConfigError: one of them is no address.
    """
    listed = [one for one in re.split(r"[,;\s]+", environ.get("THAW_TEACHERS", "").lower()) if one]
    for one in listed:
        if not _ADDRESS.fullmatch(one):
            raise ConfigError(
                f"THAW_TEACHERS names {one!r}.", "Expected addresses, such as anna@school.example.",
                "They are those with which teachers log in.",
            )  # fmt: skip
    return frozenset(listed)


def person(claims: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Person:
    """Who has logged in.

    Args:
        claims: Of their login. `email` counts unless the provider says it is not verified; else `sub`.

    Raises:
        ConfigError: neither is there, or THAW_TEACHERS makes no sense.
    """
    unsure = claims.get("email_verified") is False  # anyone could have typed that address
    name = str((not unsure and claims.get("email")) or claims.get("sub") or "").strip()
    if not name:
        raise ConfigError(
            "This login says neither an address nor a subject.", "Expected the claim email or sub.",
            "Ask whoever serves Thaw to add the scope `openid email`.",
        )  # fmt: skip
    return Person(content_key("user-v1", name), name, name.lower() in teachers(environ))
