"""Work that many threads ask for at once is done once for all of them.

A class of thirty asks for the same list of runs in the same second. Each answer reads hundreds of files, and
a thread that reads one gives up its turn to all others: thirty lists side by side take far more than thirty
times one. Nothing is kept for later: an answer was begun after it was asked for, so it is never old.
"""

import math
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class _Work:
    """Who waits for something, and the latest answer.

    Attributes:
        began: When the latest answer was begun, by `time.monotonic`.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0
    began: float = -math.inf
    answer: Any = None


class Together:
    """Calls that share their answers while they wait for one another. Safe to use from several threads."""

    def __init__(self) -> None:
        self._known = threading.Lock()
        self._asked: dict[Hashable, _Work] = {}

    def __call__(self, what: Hashable, work: Callable[[], T]) -> T:
        """The answer of `work()`, or of one that another thread began after this call.

        Args:
            what: Calls for the same thing share their answers, so nobody may change one.

        Raises:
            Whatever `work` raises; the others then do it themselves.
        """
        asked = time.monotonic()
        with self._known:
            known = self._asked.setdefault(what, _Work())
            known.waiting += 1
        try:
            with known.lock:
                if known.began <= asked:
                    began = time.monotonic()
                    known.answer, known.began = work(), began
                return known.answer
        finally:
            with self._known:
                known.waiting -= 1
                if not known.waiting:
                    self._asked.pop(what, None)
