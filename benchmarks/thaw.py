"""Thaw's side of the comparison: the same requests, answered by `core`. Importing is not in its times."""

import dataclasses
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from core.config import BaseConfig, DataConfig, ExperimentConfig, with_setting
from core.method import backbone, device, engine
from core.method.features import BATCH
from core.presets import digits_quick, mnist_32, tf_tutorial
from core.running import experiment, jobs, price
from core.running.identity import ask
from core.store import Store
from core.transforms import AugmentationConfig

SMALL = ("prices", "memory")  # requests that fine-tune on small images: each is asked of a process of its own


def timed_run(config: ExperimentConfig, store: Store) -> dict:
    """Run, and the seconds until the first new epoch and until the end, everything included."""
    begin, seen = time.perf_counter(), []
    replayed = config.feature_extraction.epochs if config.fine_tuning.epochs else 0

    def report(event: str, **values) -> None:
        if event == "epoch" and values["epoch"] > replayed:
            seen.append(time.perf_counter() - begin)

    asked = ask(config, store)
    predicted = price.predict(asked).seconds
    with jobs.training_lock(store):
        result = experiment.run(asked, report=report)
    return {
        "seconds": time.perf_counter() - begin,
        "first_epoch": seen[0] if seen else 0.0,
        "val_accuracy": result.last.validation.accuracy,
        "predicted": predicted,
        "parts": result.seconds,
    }


class CatsAndDogs:
    """The tutorial's preset, in a store of its own."""

    def __init__(self, home: Path, limit: int, epochs: int, seed: int):
        self.store = Store(home)
        config = with_setting(tf_tutorial(), "seed", seed)
        config = with_setting(config, "data.limit", limit * 3 // 2 if limit < 2000 else None)
        config = with_setting(config, "feature_extraction.epochs", epochs)
        self.config = with_setting(config, "fine_tuning.epochs", epochs)

    def feature_extraction(self, dropout: float = 0.2):
        return timed_run(with_setting(self.config.first_phase_only(), "head.dropout", dropout), self.store)

    def fine_tuning(self, unfreeze_from: int, learning_rate: float = 1e-5):
        config = with_setting(self.config, "fine_tuning.unfreeze_from", unfreeze_from)
        return timed_run(with_setting(config, "fine_tuning.learning_rate", learning_rate), self.store)

    def predict(self, images: int):
        pixels = np.random.default_rng(0).integers(0, 256, (images, 160, 160, 3), dtype=np.uint8)
        frozen = backbone.segment(backbone.build(160, BaseConfig(), 0), 0, 154)
        forward = engine.build(
            device.engine(device.name()), frozen, "-1..1", self.store.home / "engines" / "bench.tflite"
        )
        with ThreadPoolExecutor(engine.WORKERS) as pool:  # as `core.method.features` runs it
            parts = [pixels[at : at + BATCH] for at in range(0, images, BATCH)]
            list(pool.map(forward, parts[: 2 * engine.WORKERS]))
            begin = time.perf_counter()
            list(pool.map(forward, parts))
            return {"seconds": time.perf_counter() - begin}


def mnist(home: str, epochs: int, limit: int):
    """The article's frozen phase."""
    config = with_setting(mnist_32().first_phase_only(), "feature_extraction.epochs", epochs)
    if limit < 60_000:
        config = with_setting(config, "data.limit", limit * 7 // 6)  # a seventh of the digits is its test set
    return timed_run(config, Store(Path(home)))


def prices(home: str, sizes: list[int], stops: list[int]):
    """Predicted and measured seconds over sizes and stops, on digits; the first run teaches the rates."""
    store, rows = Store(Path(home)), []
    for size in sizes:
        config = with_setting(digits_quick(), "data.image_size", size)
        for stop in stops:
            answer = timed_run(with_setting(config, "fine_tuning.unfreeze_from", stop), store)
            rows.append(
                {"size": size, "stop": stop, "predicted": answer["predicted"], "seconds": answer["seconds"]}
            )
    return {"rows": rows[1:]}


def memory(home: str, images: int):
    """Peak memory (bytes) of this process after two augmented epochs on so many different digits at 96 px."""
    config = dataclasses.replace(
        digits_quick(),
        data=DataConfig("mnist", 96, limit=images * 10 // 7),
        augmentation=AugmentationConfig(rotation=0.05),
    )
    config = with_setting(config, "feature_extraction.epochs", 2)
    config = with_setting(config, "fine_tuning.epochs", 1)
    timed_run(with_setting(config, "fine_tuning.unfreeze_from", 134), Store(Path(home)))
    return {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def main() -> None:
    cats = None
    free = {"mnist": mnist, "prices": prices, "memory": memory}
    for line in sys.stdin:
        request = json.loads(line)
        verb = request.pop("verb")
        device.configure(1 if verb in SMALL else None)  # the first request decides
        if verb == "open":
            cats = CatsAndDogs(Path(request.pop("home")), **request)
            answer = {}
        elif verb in free:
            answer = free[verb](**request)
        else:
            answer = getattr(cats, verb)(**request)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
