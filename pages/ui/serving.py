"""How this server serves (`core.people.serving`), for every page and for the door in front of them."""

import os

import streamlit as st
from streamlit import config
from streamlit.errors import StreamlitSecretNotFoundError

from core import limits
from core.errors import ConfigError, ThawError
from core.people import serving
from core.people.serving import Mode

# What must stand where others than this machine's owner use it
_SAFE_OPTIONS = {
    "server.enableXsrfProtection": True,  # otherwise a page elsewhere could press buttons here
    "server.enableCORS": True,  # otherwise it could read the answers
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.scriptHealthCheckEnabled": False,  # runs the app for whoever asks
}

_settled: Mode | ThawError | None = None


def mode() -> Mode:
    """Who uses this Thaw.

    Raises:
        ConfigError: it must not be served as it was started; nothing of it may be drawn.
    """
    if isinstance(_settled, ThawError):
        raise _settled
    return _settled or _decide()


def settle() -> Mode | ThawError:
    """Decide once for the life of a server, before it answers: a file of secrets that is spoiled while it
    runs must not turn a shared Thaw into one that asks nobody who they are."""
    global _settled
    try:
        _settled = _decide()
    except ThawError as problem:
        _settled = problem
    if isinstance(_settled, Mode) and _settled.shared:
        st.set_option("client.showErrorDetails", "none")  # a traceback names paths of this machine
    return _settled


def providers() -> tuple[str, ...]:
    """The names with which one can log in; none where login is not set up. Raises ConfigError."""
    try:
        return serving.providers(st.secrets["auth"]) if "auth" in st.secrets else ()
    except StreamlitSecretNotFoundError as problem:
        if problem.error_id == "no-secrets-found":
            return ()
        raise ConfigError(
            ".streamlit/secrets.toml cannot be read.",
            "Expected TOML, as docs/serving.md shows it.",
            "Mend it, or remove it where nobody should log in.",
        ) from problem


def _decide() -> Mode:
    found = serving.decide(bool(providers()), config.get_option("server.address"), os.environ)
    limits.read(found.shared)
    serving.teachers()
    if found is Mode.LOGIN:
        _require_what_login_needs()
    if found.shared:
        for option, safe in _SAFE_OPTIONS.items():
            if config.get_option(option) != safe:
                raise ConfigError(
                    f"{option} is {str(not safe).lower()}.",
                    f"Expected {str(safe).lower()} where others use Thaw.",
                    "Take it out of Streamlit's settings.",
                )
    return found


def _require_what_login_needs() -> None:
    if config.get_option("server.trustedUserHeaders"):
        raise ConfigError(
            "server.trustedUserHeaders is set: whoever sends such a header would be who it says.",
            "Expected it empty where people log in.",
            "Take it out of Streamlit's settings.",
        )
    if not serving.can_log_in():
        raise serving.no_authlib()
