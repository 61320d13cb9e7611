"""What the worker says on standard error: passed on to the terminal, and kept in a file that stays small.

<home>/worker.log         its latest lines, each with its time
<home>/worker.log.old     those before
"""

import contextlib
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import IO

MOST_BYTES = 500_000  # of each of the two
LONGEST_LINE = 10_000


class WorkerLog:
    """The log of one worker after the other.

    Attributes:
        last: The last line that holds anything; there also where no file can be written.
    """

    def __init__(self, home: Path):
        self._path = home / "worker.log"
        self.last = ""

    def follow(self, stream: IO[bytes]) -> None:
        """Keep every line of a worker, until it has ended."""
        with stream:
            for line in iter(partial(stream.readline, LONGEST_LINE), b""):
                self.say(line.decode("utf-8", "replace").rstrip())

    def say(self, line: str) -> None:
        """Keep one line. Neither a full disk nor a closed terminal is an error here."""
        self.last = line.strip() or self.last
        with contextlib.suppress(OSError, ValueError, AttributeError):
            print(line, file=sys.stderr, flush=True)  # noqa: T201  # for the app's own terminal
        with contextlib.suppress(OSError):
            if self._path.exists() and self._path.stat().st_size > MOST_BYTES:
                os.replace(self._path, self._path.with_name("worker.log.old"))
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")
