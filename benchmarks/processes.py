"""The app as a process of its own, and what it and those it starts take of the machine. Linux alone tells."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOOK_SECONDS = 1.0
WORKER, CHECKING = "core.commands.worker", "core.commands.photos"


def resident_bytes(pid: int) -> int:
    """Memory of a process, as Linux counts it."""
    return _pages(pid)[0]


def mapped_bytes(pid: int) -> int:
    """Of that, files that it maps: libraries and pixels, which the system takes back when it needs room."""
    return _pages(pid)[1]


def _pages(pid: int) -> tuple[int, int]:
    resident, mapped = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
    size = os.sysconf("SC_PAGE_SIZE")
    return int(resident) * size, int(mapped) * size


@contextmanager
def served(home: Path, **environ: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """The app on a free port, with a store of its own: its process and its address. What it says goes to
    `app.log` in `home`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (home / "app.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true",
             "--server.port", str(port)],
            cwd=ROOT, env={**os.environ, "THAW_HOME": str(home), **environ}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health")
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str) -> None:
    for _ in range(300):
        with suppress(OSError):
            urllib.request.urlopen(url, timeout=1).read()
            return
        time.sleep(0.2)
    raise SystemExit("The app did not start.")


@dataclass
class Watch:
    """Notes once a second what the app, its worker and its checks of photos take, until `end`.

    Attributes:
        peaks: Role -> most bytes of one such process since the last `round_over`.
        loads: The machine's load average, each time.
    """

    app: int
    peaks: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    loads: list[float] = field(default_factory=list)
    _seconds: dict[tuple[str, int], float] = field(default_factory=dict)  # (role, process) -> CPU seconds

    def __post_init__(self):
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def memory(self) -> dict[str, float]:
        """Megabytes that the app holds now, those of mapped files apart too, and the most of each role since
        this was last asked."""
        now = {"app": resident_bytes(self.app), "app_mapped_files": mapped_bytes(self.app)}
        now = {what: round(taken / 1e6) for what, taken in now.items()}
        found = now | {f"most_{role}": round(most / 1e6) for role, most in sorted(self.peaks.items())}
        self.peaks.clear()
        return found

    def cpu_seconds(self) -> dict[str, float]:
        """Role -> CPU seconds of all its processes; a check of photos may be seen up to a second short."""
        found: defaultdict[str, float] = defaultdict(float)
        for (role, _), seconds in self._seconds.items():
            found[role] += round(seconds, 1)
        return dict(found)

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self.loads.append(os.getloadavg()[0])
            for pid in (self.app, *_children(self.app)):
                with suppress(OSError, ValueError, IndexError):  # it ended in the meantime
                    role = "app" if pid == self.app else _role(pid)
                    resident, mapped = _pages(pid)
                    self.peaks[role] = max(self.peaks[role], resident)
                    own = f"{role}_without_mapped_files"
                    self.peaks[own] = max(self.peaks[own], resident - mapped)
                    self._seconds[role, pid] = _cpu_seconds(pid)


def _children(parent: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended in the meantime
            if int(_after_name(int(place.name))[1]) == parent:
                found.append(int(place.name))
    return found


def _role(pid: int) -> str:
    said = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return "worker" if WORKER in said else "checking" if CHECKING in said else "other"


def _cpu_seconds(pid: int) -> float:
    """Of the process itself, its children not counted."""
    user, system = _after_name(pid)[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _after_name(pid: int) -> list[str]:
    """What stands in a process's `stat` from its state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
