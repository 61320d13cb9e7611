"""Thaw from a terminal: `python -m core datasets | presets | run | warm | show | code`.

With `--json`, standard output is one JSON object and nothing else; progress goes to standard error.
Exit codes: 0 done, 1 failed, 2 bad input, 130 stopped.
"""

import argparse
import json
import sys
from typing import Any

from core import config as configs
from core import experiment, jobs, layers, price, script, words
from core.data import datasets
from core.errors import ConfigError, Stopped, StoreError, ThawError
from core.identity import identify
from core.keys import is_key
from core.presets import PRESETS, preset
from core.results import RunResult, to_plain
from core.store import Store
from core.terminal import ProgressBar

COMPACT_STOP = 54  # from block 6 on, an image's boundary features take 50 KB or less at 160 px


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        return parsed.command(parsed) or 0
    except (Stopped, KeyboardInterrupt):
        print("Stopped. Finished epochs are kept.", file=sys.stderr)
        return 130
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2 if parsed.command is _show else 1
    except ThawError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` closed the pipe
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Thaw from a terminal.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command, about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.add_argument("--json", action="store_true", help="print one JSON object")
        sub.set_defaults(command=command)
        return sub

    add("datasets", _datasets, "List the data sets that are here or can be fetched.")
    add("presets", _presets, "List the named recipes.")
    run = add("run", _run, "Train a recipe, or show its stored result.")
    warm = add("warm", _warm, "Train a recipe at every stop ahead, so that the app answers at once.")
    code = add("code", _code, "Write a recipe or a run as one script in plain Keras.")
    code.add_argument("preset", help=f"one of {', '.join(PRESETS)}, or the key of a run")
    code.add_argument("--notebook", action="store_true", help="a Jupyter notebook instead")
    for sub in (run, warm):
        sub.add_argument("preset", help=f"one of {', '.join(PRESETS)}")
    for sub in (run, warm, code):
        sub.add_argument(
            "--data", metavar="NAME", help="a data set, folder or zip instead of the recipe's own"
        )
        sub.add_argument(
            "--set", action="append", default=[], metavar="FIELD=VALUE", help="such as batch_norm=batch"
        )
    warm.add_argument("--stops", default="all", help="`all`, or unfreeze points such as 98,116,134")
    run.add_argument("--plain", action="store_true", help="train the whole model from pixels, as plain Keras")
    show = add("show", _show, "Show a stored run; without a key, list them all.")
    show.add_argument("run_key", nargs="?")
    return parser


def _datasets(parsed) -> None:
    entries = datasets.catalogue(Store().home)
    if parsed.json:
        _print_json({"datasets": [to_plain(entry) for entry in entries]})
        return
    for entry in entries:
        here = "here" if entry.available else "can be fetched" if entry.downloadable else "not here"
        print(f"{entry.name:<18} {here:<15} {entry.title}. {entry.description}")


def _presets(parsed) -> None:
    if parsed.json:
        _print_json({"presets": {name: make().to_dict() for name, make in PRESETS.items()}})
        return
    for name, make in PRESETS.items():
        print(f"{name:<14} {(make.__doc__ or '').splitlines()[0]}")


def _config(parsed) -> configs.ExperimentConfig:
    config = preset(parsed.preset)
    if parsed.data:
        config = configs.with_setting(config, "data.name", parsed.data)
    for setting in parsed.set:
        config = configs.parse_setting(config, setting)
    return config


def _run(parsed) -> None:
    result, from_store = _answer(_config(parsed), Store(), parsed.plain)
    _print_result(result, from_store, parsed.json)


def _warm(parsed) -> None:
    store, config, answers = Store(), _config(parsed), []
    for stop in warm_order(parsed.stops):
        at_stop = configs.with_setting(config, "fine_tuning.unfreeze_from", stop)
        print(f"{layers.stop_label(stop)}:", file=sys.stderr)
        answers.append(_answer(at_stop, store, plain=False))
    if parsed.json:
        _print_json({"runs": [as_answer(*answer) for answer in answers]})
        return
    for answer in answers:
        _print_result(*answer, as_json=False)


def warm_order(stops: str) -> list[int]:
    """The unfreeze points to train ahead, in the cheapest order.

    From block 6 up, lower ones first: their features carry the higher ones. Below block 6 features are
    large, so there the higher, more useful stops come first.

    Raises:
        ConfigError: `stops` is neither `all` nor a list of unfreeze points.
    """
    try:
        wanted = layers.stops() if stops == "all" else sorted({int(stop) for stop in stops.split(",")})
    except ValueError:
        raise ConfigError(
            f"--stops is {stops!r}.", "Expected `all` or numbers such as 98,116,134.", field="stops"
        ) from None
    return [s for s in wanted if s >= COMPACT_STOP] + [s for s in reversed(wanted) if s < COMPACT_STOP]


def _answer(config: configs.ExperimentConfig, store: Store, plain: bool) -> tuple[RunResult, bool]:
    """The result, and whether it came from the store."""
    dataset = datasets.find(config.data.name, store.home)
    datasets.split(dataset, config.data)  # a split that cannot be made is refused before TensorFlow loads
    key = identify(config, dataset, plain)
    if store.finished(key):
        return store.load(key), True
    predicted = price.predict(config, dataset, store, plain)
    parts = words.price_parts(predicted.parts, predicted.memory_bytes, predicted.disk_bytes)
    print(f"About {words.duration(predicted.seconds)} on this machine. {parts}", file=sys.stderr)
    return _train(config, store, plain), False


def _train(config, store: Store, plain: bool) -> RunResult:
    from core import device

    with jobs.training_lock(store, lambda: print("Waiting for the training in progress…", file=sys.stderr)):
        print(f"On {device.configure()}.", file=sys.stderr)
        with ProgressBar(sys.stderr) as progress:
            return experiment.run(config, store, plain=plain, report=progress)


def _code(parsed) -> None:
    store = Store()
    config = store.config(parsed.preset) if is_key(parsed.preset) else _config(parsed)
    dataset = datasets.find(config.data.name, store.home)
    write = script.notebook if parsed.notebook else script.standalone
    text = write(config, dataset, parsed.preset)
    if parsed.json:
        _print_json({"code": text})
    else:
        print(text, end="")


def _show(parsed) -> None:
    store = Store()
    if parsed.run_key:
        _print_result(store.load(parsed.run_key), True, parsed.json)
        return
    runs = store.list_runs()
    if parsed.json:
        _print_json({"runs": [{"run_key": run.run_key, "status": run.status} for run in runs]})
        return
    for run in runs:
        last = run.result.last if run.result else None
        accuracy = f"validation {last.validation.accuracy:.3f}" if last else ""
        print(f"{run.run_key}  {run.status:<12} {run.config.data.name:<18} {accuracy}")


def _print_result(result: RunResult, from_store: bool, as_json: bool) -> None:
    if as_json:
        _print_json(as_answer(result, from_store))
        return
    counts = ", ".join(f"{n:,} {split}" for split, n in result.dataset.counts.items())
    print(f"{result.run_key}  {result.dataset.name}: {counts}")
    for phase in result.phases:
        low, high = phase.validation.interval
        print(
            f"  {phase.name.replace('_', ' ')}: {phase.trainable_variables} variables, "
            f"{phase.trainable_parameters:,} parameters learned in {phase.seconds['total']:.1f} s "
            f"({phase.seconds_from_nothing:.1f} s from nothing)\n"
            f"    validation {phase.validation.accuracy:.3f} ({low:.3f} to {high:.3f}, "
            f"{phase.validation.correct} of {phase.validation.n}), "
            f"test {phase.test.accuracy:.3f} ({phase.test.interval[0]:.3f} to {phase.test.interval[1]:.3f}, "
            f"{phase.test.correct} of {phase.test.n})"
        )
    print(f"  weights: {result.weights.source}; BatchNorm in {result.batch_norm} mode")
    print(f"  path: {words.path(result)}")


def as_answer(result: RunResult, from_store: bool) -> dict[str, Any]:
    """The JSON answer of `run` and `show`."""
    plain = to_plain(result)
    return {
        "run_key": result.run_key,
        "from_store": from_store,
        "dataset": {name: plain["dataset"][name] for name in ("name", "classes", "counts", "split_key")},
        "weights": plain["weights"],
        "path": result.path,
        "batch_norm": result.batch_norm,
        "device": result.device,
        "phases": plain["phases"],
        "test": plain["phases"][-1]["test"],
        "seconds": result.seconds,
        "predicted_seconds": result.predicted_seconds,
    }


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value))


if __name__ == "__main__":
    sys.exit(main())
