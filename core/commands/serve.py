"""`serve`: the app for others, refused before it listens where something is set that would not do; with
`--check`, what gets through to one that runs, by the address that people type."""

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core import limits
from core.commands.printing import print_json
from core.commands.reaching import reach
from core.errors import ConfigError
from core.files import unwritable
from core.homes import usable_home
from core.people import serving
from core.people.serving import Mode

ROOT = Path(__file__).resolve().parents[2]
WHO = {
    Mode.OWN: "one person, at this machine",
    Mode.OPEN: "everyone who can reach it, and all see all, for THAW_SHARED=open says that they may",
    Mode.LOGIN: "everyone who logs in; what they make is theirs until they share it",
}


def serve(parsed) -> int:
    """Become the server; or 0 where all that was tried with `--check` gets through, else 1.

    Raises:
        ThawError: it must not be served like this.
    """
    if parsed.check:
        return _check(parsed)
    command = prepare(parsed.address, parsed.port, parsed.secrets)
    os.chdir(ROOT)
    return os.execv(sys.executable, command)  # signals then reach the server itself


def prepare(address: str, port: int, secrets: Path | None) -> list[str]:
    """The command line of the server, and on standard error a line that says for whom it is.

    Args:
        secrets: A file in place of Streamlit's own `secrets.toml`.

    Raises:
        ThawError: it must not be served like this.
    """
    auth = read_auth(secrets)
    mode = serving.decide(auth is not None, address)
    if auth is not None:
        serving.providers(auth)
        if not serving.can_log_in():
            raise serving.no_authlib()
    allowed, teachers = limits.read(mode.shared), serving.teachers()
    _require_writable(usable_home())
    print(f"Thaw at {address}:{port} is for {WHO[mode]}.", file=sys.stderr)
    if mode is Mode.LOGIN:
        print(f"Teachers: {', '.join(sorted(teachers)) or 'none (THAW_TEACHERS)'}.", file=sys.stderr)
    options: dict[str, str | int] = {
        "server.address": address, "server.port": port, "server.headless": "true",
    }  # fmt: skip
    if secrets:
        options["secrets.files"] = str(secrets.resolve())
    if allowed.set_mb:
        options["server.maxUploadSize"] = int(allowed.set_mb)
    flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *flags]


def read_auth(secrets: Path | None) -> Mapping[str, Any] | None:
    """The section `[auth]` of the secrets as Streamlit will find them; None where login is not set up.

    Raises:
        ConfigError: a file of secrets cannot be read.
    """
    usual = [folder / ".streamlit" / "secrets.toml" for folder in (Path.home(), ROOT)]
    found: Mapping[str, Any] | None = None
    for file in [secrets] if secrets else [file for file in usual if file.exists()]:
        try:
            found = tomllib.loads(file.read_text(encoding="utf-8")).get("auth", found)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{file} cannot be read: {error}.",
                "Expected TOML, as docs/serving.md shows it.",
                "Mend it, or remove it where nobody should log in.",
            ) from error
    return found


def _require_writable(home: Path) -> None:
    probe = home / f".probe-{os.getpid()}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise unwritable(home, error) from error


def _check(parsed) -> int:
    found = reach(parsed.check, limits.read(True).set_mb or 0)
    if parsed.json:
        print_json({"tried": [asdict(trial) for trial in found]})
    else:
        for trial in found:
            print(f"{'ok ' if trial.fine else 'NOT'} {trial.what}: {trial.said}")
    return 0 if all(trial.fine for trial in found) else 1
