"""One worker for a long day: `python -m benchmarks.endurance [--retrains 30] [--stops 40]`.

Retrains the embedded digits at changing unfreeze points in one worker process and prints its memory after
each; then stops trainings at random moments and prints how long the worker took to stop.
"""

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.processes import resident_bytes
from core import layers
from core.config import ExperimentConfig, with_setting
from core.presets import digits_quick
from core.running.identity import ask
from core.running.supervisor import Jobs
from core.store import Store


class Lab:
    """A store of its own and the worker that serves it."""

    def __init__(self):
        self.store = Store(Path(tempfile.mkdtemp(prefix="thaw-endurance-")))
        self.jobs = Jobs(self.store)

    def submit(self, config: ExperimentConfig) -> str:
        key = ask(config, self.store).key
        self.jobs.submit(key, config)
        return key

    def wait(self, key: str, *statuses: str) -> float:
        """Seconds until the run has one of these states."""
        begin = time.perf_counter()
        while self.store.status(key) not in statuses:
            time.sleep(0.01)
        return time.perf_counter() - begin

    def worker_bytes(self) -> int:
        """Resident memory of the worker."""
        return resident_bytes(self.jobs._worker.pid)

    def close(self) -> None:
        self.jobs.close()
        shutil.rmtree(self.store.home, ignore_errors=True)


def retrain(lab: Lab, times: int) -> list[int]:
    """Resident bytes of the worker after each retrain, the unfreeze point another one every time."""
    stops = [stop for stop in layers.stops() if 50 < stop < layers.BACKBONE_LAYERS]
    found = []
    for number in range(times):
        config = with_setting(digits_quick(), "fine_tuning.unfreeze_from", stops[number % len(stops)])
        config = with_setting(config, "fine_tuning.epochs", 1 + number // len(stops))
        lab.wait(lab.submit(config), "finished", "failed")
        found.append(lab.worker_bytes())
        print(f"retrain {number + 1}: {found[-1] / 1e9:.2f} GB", file=sys.stderr)
    return found


def stop_latencies(lab: Lab, times: int) -> list[tuple[str, float]]:
    """(what it was doing, seconds from the wish to stop until it had stopped), at random moments."""
    chance, found = random.Random(1), []
    for number in range(times):
        if number % 2:  # half of them are to be caught while they convert and compute features
            for kept in ("features", "engines"):
                shutil.rmtree(lab.store.home / kept, ignore_errors=True)
        config = with_setting(digits_quick(), "fine_tuning.epochs", 500)
        config = with_setting(config, "fine_tuning.unfreeze_from", chance.choice((98, 116, 134)))
        config = with_setting(config, "seed", number)  # nothing of it is stored but the features
        key = lab.submit(config)
        lab.wait(key, "running", "failed")
        time.sleep(chance.uniform(0.0, 8.0))
        stage = lab.jobs.state(key).stage
        doing = stage.name if stage else ""
        begin = time.perf_counter()
        lab.jobs.stop(key)
        lab.wait(key, "stopped", "finished", "failed")
        found.append((doing, time.perf_counter() - begin))
        print(f"stop {number + 1}: {found[-1][1]:.2f} s in {doing!r}", file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--retrains", type=int, default=30)
    parser.add_argument("--stops", type=int, default=40)
    asked = parser.parse_args()
    lab = Lab()
    try:
        memory = retrain(lab, asked.retrains)
        latencies = sorted(seconds for _, seconds in stop_latencies(lab, asked.stops))
    finally:
        lab.close()
    print(
        json.dumps(
            {
                "memory_gigabytes": [round(value / 1e9, 2) for value in memory],
                "stop_median_seconds": round(statistics.median(latencies), 3),
                "stop_p95_seconds": round(latencies[int(0.95 * (len(latencies) - 1))], 3),
                "stop_slowest_seconds": round(latencies[-1], 3),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
