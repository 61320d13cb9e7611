"""A sweep by one process and by several: `python -m benchmarks.sweeps [--size 64] [--limit 400] [--seeds 1]`.

Each time in processes of its own and in a new store, the two ways in turns, so that both meet the same noise
of the machine; and whether the runs are the same, bit for bit, where they were trained on as many threads.
With `--warm` no start counts, of Python, TensorFlow or the workers: as from the app, where How deep? starts
them while it is being read.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core.files import read_json
from core.method import device
from core.sweeps.pool import SETTING

_WARM = """
import sys
from core.__main__ import main
from core.sweeps import pool
count = pool.fitting(pool.FEW + 1, int(sys.argv.pop(1)))
if count > 1:
    pool.warm(count)
sys.exit(main(sys.argv[1:]))
"""


def sweep(arguments, home: Path, workers: int) -> dict:
    """The answer of `python -m core sweep --json`, and its seconds with Python's start and end: `wall` (with
    `--warm` without either), and `cpu` of all its processes, which says more where something else runs on the
    machine."""
    thaw = ["-c", _WARM, arguments.size] if arguments.warm else ["-m", "core"]
    command = [sys.executable, *thaw, "sweep", arguments.preset, "--json", "--seeds", arguments.seeds,
               "--set", f"data.limit={arguments.limit}", "--set", f"data.image_size={arguments.size}",
               "--vary", f"fine_tuning.unfreeze_from={arguments.stops}"]  # fmt: skip
    environ = os.environ | {"THAW_HOME": str(home), SETTING: str(workers)}
    if arguments.one_thread:
        environ |= {device.CORES: "1"}
    begin, before = time.perf_counter(), cpu_seconds()
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    wall, cpu = time.perf_counter() - begin, cpu_seconds() - before
    answer = json.loads(done.stdout)
    return answer | {"wall": answer["seconds"] if arguments.warm else wall, "cpu": cpu}


def cpu_seconds() -> float:
    """Of all processes that this one has started and that have ended, and of theirs."""
    times = os.times()
    return times.children_user + times.children_system


def learned(home: Path, key: str) -> tuple[str, int]:
    """A hash of what a run learned, and on how many threads."""
    receipt = read_json(home / "runs" / key / "receipt.json")
    threads = receipt["environment"]["intra_op_threads"] or receipt["environment"]["cores"]
    return json.dumps(receipt["learned_weights"]), threads


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweeps", description=__doc__)
    parser.add_argument("--preset", default="digits-quick")
    parser.add_argument("--size", default="64", help="image size in px")
    parser.add_argument("--limit", default="400", help="images in all")
    parser.add_argument("--stops", default="all")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--workers", type=int, default=device.cores())
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--one-thread", action="store_true", help="the one process has one thread, too")
    parser.add_argument("--warm", action="store_true", help="count no start")
    arguments = parser.parse_args()
    ratios = []
    for number in range(arguments.rounds):
        walls = {}
        with tempfile.TemporaryDirectory() as folder:
            order = (1, arguments.workers) if number % 2 == 0 else (arguments.workers, 1)
            answers = {workers: sweep(arguments, Path(folder, str(workers)), workers) for workers in order}
            for workers, answer in answers.items():
                walls[workers] = answer["wall"]
                said = (
                    f"{len(answer['points'])} points in {answer['wall']:.1f} s, {answer['cpu']:.1f} s of CPU"
                )
                print(f"{answer['workers']} at once: {said}", flush=True)
            print(same(Path(folder), [point["run_key"] for point in answers[1]["points"]], arguments.workers))
        ratios.append(walls[1] / walls[arguments.workers])
    print(f"{arguments.workers} against 1: {statistics.median(ratios):.2f} times as fast", end="")
    print(f" ({min(ratios):.2f} to {max(ratios):.2f})" if len(ratios) > 1 else "")


def same(folder: Path, keys: list[str], workers: int) -> str:
    """How many runs learned the same, in a sentence."""
    pairs = [[learned(folder / str(n), key) for n in (1, workers)] for key in keys]
    alike = [one[0] == other[0] for one, other in pairs if one[1] == other[1]]
    return f"{sum(alike)} of the {len(alike)} trained on as many threads are the same, bit for bit"


if __name__ == "__main__":
    main()
