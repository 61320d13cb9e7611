"""How much at once one person, and all of them, may ask of the server: tabs and uploads."""

import asyncio
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.exceptions import HTTPException

ALL_TABS = 400  # of everybody; a session takes some megabytes
OPENED_A_MINUTE = 10  # web sockets, for each tab that one may have: what a session held stays for a while
UPLOADS_AT_ONCE = 4  # that one person may have; others wait, unread
UPLOADS_WAITING = 1000  # of one person: a browser may begin all photos of a folder at once
MEGABYTE = 1_000_000
FRAME_BYTES = MEGABYTE  # what an upload is longer than its file, generously


class Tabs:
    """Open web sockets: one a tab."""

    def __init__(self, a_person: int, clock: Callable[[], float] = time.monotonic):
        self._a_person, self._clock = a_person, clock
        self._open: Counter[str] = Counter()
        self._opened: defaultdict[str, deque[float]] = defaultdict(deque)

    @contextmanager
    def one_more(self, owner: str) -> Iterator[None]:
        """Count a socket while it is open.

        Raises:
            HTTPException: 429, this one would be too many; it says of what.
        """
        self._forget()
        if self._open[owner] >= self._a_person:
            raise HTTPException(429, f"You have {self._a_person} tabs of Thaw open already: close one.")
        if self._open.total() >= ALL_TABS:
            raise HTTPException(429, f"{ALL_TABS} tabs of Thaw are open already: try again later.")
        if len(self._opened[owner]) >= OPENED_A_MINUTE * self._a_person:
            raise HTTPException(429, "You open tabs of Thaw too fast: try again in a minute.")
        self._open[owner] += 1
        self._opened[owner].append(self._clock())
        try:
            yield
        finally:
            self._open[owner] -= 1

    def _forget(self) -> None:
        """Drop what is over, so that who came once is not counted for ever."""
        minute_ago = self._clock() - 60
        for owner, times in list(self._opened.items()):
            while times and times[0] < minute_ago:
                times.popleft()
            if not times:
                del self._opened[owner]
        self._open = +self._open


class Uploads:
    """Files on their way into memory, where they stay until their session ends or lets go of them."""

    def __init__(self, file_mb: float, person_mb: float, all_mb: float, held: Callable[[], dict[str, int]]):
        """The bounds of a file, of one person's files, of all. `held`: owner -> bytes in memory already."""
        self._file, self._person, self._all = (int(mb * MEGABYTE) for mb in (file_mb, person_mb, all_mb))
        self._held = held
        self._coming: Counter[str] = Counter()  # owner -> bytes that are on their way
        self._waiting: Counter[str] = Counter()
        self._places: dict[str, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def one_more(self, owner: str, length: int | None) -> AsyncIterator[None]:
        """Wait for a place, and keep it while a file of so many bytes comes in.

        Raises:
            HTTPException: 411 without a length, 413 too large, 429 too many; it says of what.
        """
        if length is None or length < 0:
            raise HTTPException(411, "An upload has to say its length.")
        if length > self._file + FRAME_BYTES:
            raise HTTPException(413, f"A file may have {self._file // MEGABYTE} MB.")
        if self._waiting[owner] >= UPLOADS_WAITING:
            raise HTTPException(429, f"{UPLOADS_WAITING} of your files wait already: send fewer at once.")
        place = self._places.setdefault(owner, asyncio.Semaphore(UPLOADS_AT_ONCE))
        self._waiting[owner] += 1
        try:
            async with place:
                self._require_room(owner, length)
                self._coming[owner] += length
                try:
                    yield
                finally:
                    self._coming[owner] -= length
        finally:
            self._waiting[owner] -= 1
            if not self._waiting[owner]:  # nobody holds it: who came once is not kept for ever
                del self._waiting[owner], self._coming[owner], self._places[owner]

    def _require_room(self, owner: str, length: int) -> None:
        held = self._held()
        if sum(held.values()) + self._coming.total() + length > self._all + FRAME_BYTES:
            raise HTTPException(503, "Others are sending many files at the moment: try again in a minute.")
        if held.get(owner, 0) + self._coming[owner] + length > self._person + FRAME_BYTES:
            raise HTTPException(
                413, f"Your tabs hold {held.get(owner, 0) // MEGABYTE} MB of files, and may hold "
                f"{self._person // MEGABYTE} MB: take some out, or close a tab.",
            )  # fmt: skip
