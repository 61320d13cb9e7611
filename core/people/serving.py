"""How this Thaw is served: to one person at their own machine, or to many, who log in or trust one another.

    THAW_SHARED      1: to many, who log in; `open`: to many, who all trust one another
    THAW_TEACHERS    addresses of those who may see, stop, share and delete what others made

Where neither is said, it is served to many as soon as login is set up or others can reach it.
"""

import importlib.util
import ipaddress
import os
import re
from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from core.errors import ConfigError
from core.keys import content_key
from core.person import Person

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_HOST = re.compile(r"(\[[0-9a-fA-F:]+\]|[\w.-]+)(?::\d+)?")
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")  # what proxies add
_EVERYWHERE = ("redirect_uri", "cookie_secret")  # keys of `[auth]`
_OF_A_PROVIDER = ("client_id", "client_secret", "server_metadata_url")  # there too, or in `[auth.NAME]`
COOKIE_SECRET_LETTERS = 32  # whoever guesses it can be anyone


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
        raise unguarded()
    return Mode.OWN


def unguarded() -> ConfigError:
    """Others can reach this Thaw without login, and nobody said that they may."""
    return ConfigError(
        "Others can reach this Thaw, and nobody has to log in.",
        "Expected login (docs/serving.md says how), or everyone to trust one another.",
        "Set up login; or say THAW_SHARED=open; or let it listen to 127.0.0.1 alone, with no proxy before.",
    )


def is_loopback(address: str | None) -> bool:
    """Whether only this machine reaches a server at this address."""
    text = (address or "").strip("[]")
    if text == "localhost":
        return True
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def is_from_here(headers: Mapping[str, str]) -> bool:
    """Whether a request names this machine and no proxy has passed it on: what a browser beside the server
    sends. A name that was made to point at 127.0.0.1 comes with that name.

    Args:
        headers: Of the request, names in small letters.
    """
    if any(name in headers for name in _FORWARDED):
        return False
    host = _HOST.fullmatch(headers.get("host", ""))
    return host is not None and is_loopback(host[1])


def providers(auth: Mapping[str, Any]) -> tuple[str, ...]:
    """The names with which one can log in; `default` is the one whose keys stand in `[auth]` itself.

    Args:
        auth: The section `[auth]` of `secrets.toml`.

    Raises:
        ConfigError: login is half set up: what is missing, or would be unsafe, is named.
    """
    sections = {name: value for name, value in auth.items() if isinstance(value, Mapping)}
    if not sections or any(key in auth for key in _OF_A_PROVIDER):
        sections["default"] = auth
    missing = [f"auth.{key}" for key in _empty(auth, _EVERYWHERE)]
    for name, section in sections.items():
        place = "auth" if name == "default" else f"auth.{name}"
        missing += [f"{place}.{key}" for key in _empty(section, _OF_A_PROVIDER)]
    if missing:
        raise ConfigError(
            f"Login is half set up: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.",
            "Expected them in .streamlit/secrets.toml.", "docs/serving.md says what each of them is.",
        )  # fmt: skip
    if len(str(auth["cookie_secret"])) < COOKIE_SECRET_LETTERS:
        raise ConfigError(
            "auth.cookie_secret is short: who guesses it can be anyone.",
            f"Expected {COOKIE_SECRET_LETTERS} letters or more.",
            'Make one with python -c "import secrets; print(secrets.token_hex(32))".',
        )
    back = urlsplit(str(auth["redirect_uri"]))
    safe = back.scheme == "https" or (back.scheme == "http" and is_loopback(back.hostname))
    if not safe or not back.path.endswith("/oauth2callback"):
        raise ConfigError(
            f"auth.redirect_uri is {auth['redirect_uri']!r}.",
            "Expected the address of this Thaw with https, and /oauth2callback at its end.",
            "Logging in without https would show everyone on the network how to be someone else.",
        )
    return tuple(sections)


def can_log_in() -> bool:
    """Whether the packages that Streamlit's login needs are installed."""
    return all(importlib.util.find_spec(name) for name in ("authlib", "httpx2"))


def no_authlib() -> ConfigError:
    """Login is set up, and cannot work."""
    return ConfigError(
        "Login is set up, but Authlib is not installed.",
        "Expected the packages of requirements.txt.",
        "Run python -m pip install -r requirements.txt.",
    )


def _empty(section: Mapping[str, Any], keys: Collection[str]) -> list[str]:
    return [key for key in keys if not str(section.get(key, "")).strip()]


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


def person(
    address: str | None,
    subject: str | None,
    environ: Mapping[str, str] = os.environ,
    *,
    verified: bool = True,
) -> Person:
    """Who has logged in.

    Args:
        address, subject: The claims `email` and `sub` of their login; the address counts where there is one.
        verified: False where their provider says that it never checked the address (`email_verified`): it may
            be another's, so the subject counts.

    Raises:
        ConfigError: neither is there, or THAW_TEACHERS makes no sense.
    """
    name = (address if address and verified else subject or "").strip()
    if not name:
        raise ConfigError(
            "This login says neither an address nor a subject.", "Expected the claim email or sub.",
            "Ask whoever serves Thaw to add the scope `openid email`.",
        )  # fmt: skip
    return Person(content_key("user-v1", name), name, name.lower() in teachers(environ))
