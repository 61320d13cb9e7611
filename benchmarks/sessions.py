"""Many people at once on one app: `python -m benchmarks.sessions [--sessions 30] [--rounds 1]`.

Starts the app on a store of its own, then opens that many sessions in the app's own protocol (web socket and
protocol buffers, as a browser does): each opens Start, reads Augmentation, slides on Fine-tuning, submits a
training, and goes on looking while it waits. Prints how long a page took to answer, and checks that nothing
failed, that one training ran at a time, and that every run that was asked for is there in the end. With
`--rounds` they all leave and as many come anew, and the app's memory is noted after each round.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect

from core.store import Store
from core.wording import words

ROOT = Path(__file__).resolve().parents[1]
STOPS = (98, 107, 116, 125, 134, 143)  # what they slide to: many ask for the same run
PAUSE_SECONDS = (0.5, 3.0)  # a person looks before the next click
ANSWER_SECONDS = 120.0  # a page that takes longer has failed


class Session:
    """One browser tab, as the server sees it."""

    def __init__(self, socket, reactions: list[float]):
        self._socket, self._reactions = socket, reactions
        self._states: dict[str, WidgetState] = {}
        self.widgets: dict[str, str] = {}  # the key that the app gave a widget -> its id
        self._polled: dict[str, float] = {}  # parts that redraw themselves -> every so many seconds

    async def open(self, page: str) -> None:
        """Go to a page, named as in the address bar, and wait until it is drawn."""
        self._states.clear()
        self.widgets.clear()
        await self._run(page_name=page)

    async def choose(self, key: str, option: str) -> None:
        """Move a slider with named stops."""
        state = WidgetState(id=self.widgets[key])
        state.string_array_value.data.append(option)
        self._states[key] = state
        await self._run()

    async def press(self, key: str) -> None:
        """Press a button."""
        self._states[key] = WidgetState(id=self.widgets[key], trigger_value=True)
        await self._run()
        del self._states[key]

    async def _run(self, page_name: str | None = None) -> None:
        message = BackMsg()
        if page_name is None:
            message.rerun_script.page_script_hash = self._page_hash
        else:
            message.rerun_script.page_name = page_name
        self._polled.clear()
        begin = time.perf_counter()
        await self._send(message)
        self._reactions.append(time.perf_counter() - begin)

    async def look(self, seconds: float) -> None:
        """Do nothing; what redraws itself goes on doing so, as in a browser."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(left, *self._polled.values(), left))
            for fragment in list(self._polled):
                if fragment not in self._polled:  # the one before it redrew the whole page
                    continue
                message = BackMsg()
                message.rerun_script.page_script_hash = self._page_hash
                message.rerun_script.fragment_id = fragment
                message.rerun_script.is_auto_rerun = True
                await self._send(message)

    async def _send(self, message: BackMsg) -> None:
        message.rerun_script.widget_states.widgets.extend(self._states.values())
        await self._socket.send(message.SerializeToString())
        await asyncio.wait_for(self._drawn(), ANSWER_SECONDS)

    async def _drawn(self) -> None:
        """Read what the server sends until the script has finished; an error on the page is raised."""
        announced: dict[str, float] = {}
        async for packet in self._socket:
            message = ForwardMsg.FromString(packet)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._page_hash = message.new_session.page_script_hash
                announced = {}
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._see(message.delta.new_element)
            elif kind == "auto_rerun":
                announced[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                if message.script_finished != ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
                    self._polled.clear()  # the whole page was drawn anew
                self._polled |= announced
                return

    def _see(self, element) -> None:
        kind = element.WhichOneof("type")
        content = getattr(element, kind)
        if kind == "exception":
            raise RuntimeError(f"The page shows {content.type}: {content.message}")
        found = getattr(content, "id", "")
        if isinstance(found, str) and found.startswith("$$ID-"):
            self.widgets[found.split("-", 2)[2]] = found


@dataclass
class Record:
    """What all sessions together met."""

    reactions: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    submitted: set[int] = field(default_factory=set)


async def person(url: str, number: int, record: Record) -> None:
    """What one person does."""
    chance = random.Random(number)

    async def look() -> None:
        await session.look(chance.uniform(*PAUSE_SECONDS))

    try:
        async with connect(url, subprotocols=["streamlit"], max_size=None) as socket:
            session = Session(socket, record.reactions)
            await session.open("")
            await look()
            await session.open("augmentation")
            await look()
            await session.open("fine_tuning")
            for stop in chance.sample(STOPS, 3):
                await look()
                await session.choose("unfreeze", words.freeze_up_to(stop))
            await look()
            record.submitted.add(stop)
            if "run" in session.widgets:  # there is no button where the result is there already
                await session.press("run")
            for page in ("layers", "compare", "fine_tuning"):
                await look()
                await session.open(page)
    except Exception as error:  # whatever went wrong, the others go on and it is counted
        record.failures.append(f"session {number}: {type(error).__name__}: {error}")


def start_app(home: Path) -> tuple[subprocess.Popen, str]:
    """A server on a free port, and the address of its web socket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true",
         "--server.port", str(port)],
        cwd=ROOT, env={**os.environ, "THAW_HOME": str(home)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).read()
            return process, f"ws://127.0.0.1:{port}/_stcore/stream"
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The app did not start.")


def trainings(store: Store) -> list[tuple[float, float]]:
    """Begin and end of every training in the store, in seconds since the epoch, in order."""
    spans = []
    for run in store.list_runs():
        events = store.events(run.run_key)
        begins = [e["time"] for e in events if e.get("status") == "running"]
        if begins and run.config.fine_tuning.epochs:
            spans.append((begins[-1], events[-1]["time"]))
    return sorted(spans)


def resident_bytes(pid: int) -> int:
    """Memory of a process, as Linux counts it."""
    return 4096 * int(Path(f"/proc/{pid}/statm").read_text().split()[1])


def measure(sessions: int, rounds: int = 1, patience: float = 900.0) -> dict:
    """Run it all on a fresh store and say what happened."""
    home = Path(tempfile.mkdtemp(prefix="thaw-sessions-"))
    process, url = start_app(home)
    record, store, memory = Record(), Store(home), []

    async def everyone(first: int) -> None:
        await asyncio.gather(*(person(url, first + number, record) for number in range(sessions)))

    try:
        for number in range(rounds):
            asyncio.run(everyone(number * sessions))
            memory.append(round(resident_bytes(process.pid) / 1e9, 2))
        end = time.monotonic() + patience
        while any(run.status in ("queued", "running") for run in store.list_runs()):
            if time.monotonic() > end:
                record.failures.append("Some runs did not finish in time.")
                break
            time.sleep(0.5)
        runs = [run for run in store.list_runs() if run.config.fine_tuning.epochs]
        spans = trainings(store)
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(home, ignore_errors=True)
    times = sorted(record.reactions)
    return {
        "sessions": sessions,
        "app_gigabytes": memory,
        "reactions": len(times),
        "median_seconds": round(statistics.median(times), 3),
        "p95_seconds": round(times[int(0.95 * (len(times) - 1))], 3),
        "slowest_seconds": round(times[-1], 3),
        "failures": record.failures,
        "asked_for": len(record.submitted),
        "finished": sum(run.status == "finished" for run in runs),
        "at_once": sum(
            later[0] < earlier[1] - 0.01 for earlier, later in zip(spans, spans[1:], strict=False)
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    print(json.dumps(measure(asked.sessions, asked.rounds), indent=1))


if __name__ == "__main__":
    main()
