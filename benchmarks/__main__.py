"""Thaw against the plain recipe: `python -m benchmarks [--quick] [--out FOLDER]`.

Two processes, one for each side, take turns row by row, so that both meet the same noise of the machine.
Every answer is kept in `<out>/answers.jsonl`; a run that was cut off goes on where it stopped. It needs
`cats_and_dogs_filtered.zip` and `mnist.npz` in a folder that `THAW_DATA` names.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.data import datasets
from core.method import weights
from core.statistics.means import Mean, mean_interval
from core.store import Store

AIMS = {  # row: (at least, aim), as ratios plain / ours
    "forward": (4.5, 6),
    "feature extraction, cold store": (4, 6),
    "feature extraction, other dropout": (50, 100),
    "fine-tuning from 100": (1.9, 2.8),
    "fine-tuning from 100, other rate": (2.2, 3.4),
    "fine-tuning from 134": (2.8, 3.6),
    "fine-tuning from 134, other rate": (4.5, 5.5),
    "first new epoch from 134": (3, 5),
    "mnist-32, frozen": (8, 20),
}


@dataclass(frozen=True)
class Scale:
    """How much is run."""

    name: str
    photos: int
    epochs: int
    seeds: tuple[int, ...]
    forward_images: int
    digits: int
    memory_images: tuple[int, ...]


QUICK = Scale("quick", 320, 3, (1,), 256, 6_000, (500, 2_000))
FULL = Scale("full", 2_000, 10, (1, 2, 3), 1_024, 60_000, (2_000, 20_000))


class Side:
    """One of the two processes."""

    def __init__(self, module: str):
        self._process = subprocess.Popen(
            [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, verb: str, **values) -> dict:
        self._process.stdin.write(json.dumps({"verb": verb, **values}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"The process asked to {verb} ended; see its message above.")
        return json.loads(line)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


class Answers:
    """What was measured so far, on disk."""

    def __init__(self, path: Path):
        self._path = path
        lines = path.read_text().splitlines() if path.exists() else []
        self.known = {(a["side"], a["row"], a["seed"]): a for a in map(json.loads, lines)}

    def get(self, side: str, row: str, seed: int, ask) -> dict:
        if (side, row, seed) not in self.known:
            answer = {"side": side, "row": row, "seed": seed, **ask()}
            with open(self._path, "a") as out:
                out.write(json.dumps(answer) + "\n")
            self.known[side, row, seed] = answer
            print(f"{side:<6} {row:<36} seed {seed}: {answer.get('seconds', 0):8.1f} s", file=sys.stderr)
        return self.known[side, row, seed]


def photos_block(scale: Scale, seed: int, out: Path, folder: Path, answers: Answers) -> None:
    """Every row on the tutorial's photos for one seed, the two sides in turn."""
    rows = [row for row in AIMS if row not in ("first new epoch from 134", "mnist-32, frozen")]
    if all((side, row, seed) in answers.known for row in rows for side in ("plain", "ours")):
        return
    for key in [key for key in answers.known if key[2] == seed and key[1] in rows]:
        del answers.known[key]  # the state behind a half-measured seed is gone: measure all of it again
    home = out / f"home-{seed}"
    shutil.rmtree(home, ignore_errors=True)
    plain, ours = Side("benchmarks.plain_keras"), Side("benchmarks.thaw")
    plain.ask("open", folder=str(folder), weights=str(weights.find().path), limit=scale.photos, seed=seed)
    ours.ask("open", home=str(home), limit=scale.photos, epochs=scale.epochs, seed=seed)
    epochs = scale.epochs

    def both(row: str, plain_ask, ours_ask) -> None:
        answers.get("plain", row, seed, plain_ask)
        answers.get("ours", row, seed, ours_ask)

    both(
        "forward",
        lambda: plain.ask("predict", images=scale.forward_images),
        lambda: ours.ask("predict", images=scale.forward_images),
    )
    both(
        "feature extraction, cold store",
        lambda: plain.ask("feature_extraction", epochs=epochs),
        lambda: ours.ask("feature_extraction"),
    )
    first = answers.known["plain", "feature extraction, cold store", seed]
    both(
        "feature extraction, other dropout",
        lambda: {name: first[name] for name in ("seconds", "val_accuracy")},
        lambda: ours.ask("feature_extraction", dropout=0.3),
    )
    for stop in (100, 134):
        row = f"fine-tuning from {stop}"
        both(
            row,
            lambda stop=stop: plain.ask("fine_tuning", epochs=epochs, unfreeze_from=stop),
            lambda stop=stop: ours.ask("fine_tuning", unfreeze_from=stop),
        )
        again = answers.known["plain", row, seed]
        both(
            f"{row}, other rate",
            lambda again=again: {name: again[name] for name in ("seconds", "first_epoch", "val_accuracy")},
            lambda stop=stop: ours.ask("fine_tuning", unfreeze_from=stop, learning_rate=2e-5),
        )
    plain.close()
    ours.close()


def other_rows(scale: Scale, out: Path, data: Path, answers: Answers) -> None:
    """MNIST against the article's way; then price tag and memory, which have no plain side."""
    for seed in (1,):
        for side, ask in (
            ("plain", {"file": str(data / "mnist.npz"), "weights": str(weights.find().path)}),
            ("ours", {"home": str(out / "home-mnist")}),
        ):
            module = "benchmarks.plain_keras" if side == "plain" else "benchmarks.thaw"
            answers.get(
                side,
                "mnist-32, frozen",
                seed,
                lambda ask=ask, module=module: one_question(
                    module, "mnist", epochs=10, limit=scale.digits, **ask
                ),
            )
    answers.get(
        "ours",
        "price tag",
        1,
        lambda: one_question(
            "benchmarks.thaw",
            "prices",
            home=str(out / "home-prices"),
            sizes=[64, 96],
            stops=[134, 143, 116, 98, 54],
        ),
    )
    for images in scale.memory_images:
        answers.get(
            "ours",
            f"memory at {images:,}",
            1,
            lambda images=images: one_question(
                "benchmarks.thaw", "memory", home=str(out / f"home-memory-{images}"), images=images
            ),
        )


def one_question(module: str, verb: str, **values) -> dict:
    """Ask a process of its own."""
    side = Side(module)
    try:
        return side.ask(verb, **values)
    finally:
        side.close()


def ratios(answers: Answers) -> dict[str, list[float]]:
    """Plain seconds over ours, a value a seed, by row."""
    found: dict[str, list[float]] = {}
    for side, row, seed in answers.known:
        other = answers.known.get(("plain", row, seed))
        if side != "ours" or other is None or row not in AIMS:
            continue
        mine = answers.known["ours", row, seed]
        found.setdefault(row, []).append(other["seconds"] / mine["seconds"])
        if row == "fine-tuning from 134, other rate":
            ratio = other["first_epoch"] / mine["first_epoch"]
            found.setdefault("first new epoch from 134", []).append(ratio)
    return found


def accuracy_differences(answers: Answers) -> dict[str, Mean]:
    """Ours minus plain by row, over the seeds."""
    found = {}
    for row in ("feature extraction, cold store", "fine-tuning from 100", "fine-tuning from 134"):
        pairs = [
            (answer["val_accuracy"], answers.known["plain", row, seed]["val_accuracy"])
            for (side, name, seed), answer in answers.known.items()
            if side == "ours" and name == row and ("plain", row, seed) in answers.known
        ]
        if pairs:
            found[row] = mean_interval(np.array([mine - other for mine, other in pairs]))
    return found


def print_table(answers: Answers, scale: Scale) -> dict:
    """The table on the terminal, and the same as plain values."""
    found = ratios(answers)
    epochs = f"{scale.epochs} + {scale.epochs} epochs"
    print(f"\n{scale.name}: {scale.photos:,} photos, {epochs}, {len(scale.seeds)} seed(s)")
    print(f"{'row':<36} {'min':>6} {'median':>7} {'max':>6}   at least / aim   val accuracy ours, plain")
    table = []
    for row, (least, aim) in AIMS.items():
        if row not in found:
            continue
        values = sorted(found[row])
        accuracy = [
            statistics.mean(
                a["val_accuracy"] for (s, r, _), a in answers.known.items() if s == side and r == row
            )
            if any(s == side and r == row and "val_accuracy" in a for (s, r, _), a in answers.known.items())
            else None
            for side in ("ours", "plain")
        ]
        shown = ", ".join("-" if a is None else f"{a:.3f}" for a in accuracy)
        middle = statistics.median(values)
        print(
            f"{row:<36} {values[0]:>6.1f} {middle:>7.1f} {values[-1]:>6.1f}   {least:>8} / {aim:<5}  {shown}"
        )
        table.append({"row": row, "ratios": values, "at_least": least, "aim": aim, "val_accuracy": accuracy})
    extra = {}
    for row, gain in accuracy_differences(answers).items():
        extra.setdefault("accuracy_difference", {})[row] = asdict(gain) if gain.n > 1 else {"mean": gain.mean}
        interval = f", 95% interval {100 * gain.low:+.2f} to {100 * gain.high:+.2f}" if gain.n > 1 else ""
        print(
            f"accuracy ours minus plain, {row}: {100 * gain.mean:+.2f} points over {gain.n} seed(s){interval}"
        )
    if ("ours", "price tag", 1) in answers.known:
        rows = answers.known["ours", "price tag", 1]["rows"]
        errors = [abs(r["predicted"] - r["seconds"]) / r["seconds"] for r in rows]
        extra["price_tag_median_error"] = statistics.median(errors)
        print(f"price tag: median error {100 * extra['price_tag_median_error']:.0f}% over {len(rows)} runs")
    for (_, row, _), answer in sorted(answers.known.items()):
        if row.startswith("memory"):
            extra[row] = answer["peak"]
            print(f"{row} images: peak {answer['peak'] / 1e9:.2f} GB")
    return {"scale": scale.name, "table": table, **extra}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer photos and epochs, one seed: ten minutes")
    parser.add_argument("--report", action="store_true", help="only print what was measured so far")
    parser.add_argument("--out", type=Path, default=Path("bench-results"))
    arguments = parser.parse_args()
    scale = QUICK if arguments.quick else FULL
    found = [Path(f) for f in os.environ.get("THAW_DATA", "").split(os.pathsep) if f]
    data = next((f for f in found if (f / "cats_and_dogs_filtered.zip").exists()), None)
    if data is None or not (data / "mnist.npz").exists():
        raise SystemExit("Set THAW_DATA to a folder with cats_and_dogs_filtered.zip and mnist.npz.")
    out = (arguments.out / scale.name).resolve()
    out.mkdir(parents=True, exist_ok=True)
    folder = out / "cats_and_dogs_filtered"
    if not folder.exists():
        with zipfile.ZipFile(data / "cats_and_dogs_filtered.zip") as archive:
            archive.extractall(out / "unpacking")
        os.replace(out / "unpacking" / "cats_and_dogs_filtered", folder)
    datasets.find("digits", Store(out / "home-prices").home)  # parsing the digits is not what is measured
    answers = Answers(out / "answers.jsonl")
    if not arguments.report:
        photos_block(scale, scale.seeds[0], out, folder, answers)
        other_rows(scale, out, data, answers)
        for seed in scale.seeds[1:]:
            photos_block(scale, seed, out, folder, answers)
    (out / "results.json").write_text(json.dumps(print_table(answers, scale), indent=1))
    print(f"Kept in {out / 'results.json'}")


if __name__ == "__main__":
    main()
