"""Thaw from a terminal: `python -m core COMMAND`; `--help` lists them.

With `--json`, standard output is one JSON object and nothing else; progress goes to standard error.
Exit codes: 0 done, 1 failed (of `verify`: the receipt does not hold; of `check`: something is damaged),
2 bad input or a store that cannot be read or written, 130 stopped.
"""

import argparse
import io
import sys
from pathlib import Path

from core import __version__
from core.commands.alarm import alarm
from core.commands.best import best
from core.commands.check import check
from core.commands.export import export
from core.commands.images import images
from core.commands.keep import keep
from core.commands.listing import code, list_datasets, list_presets, show
from core.commands.people import forget, people
from core.commands.predict import predict
from core.commands.serve import serve
from core.commands.study import KINDS, study
from core.commands.sweep import sweep
from core.commands.training import run, warm
from core.commands.verify import verify
from core.config import SETTINGS
from core.data.layouts import LAYOUTS
from core.errors import Stopped, ThawError
from core.explain import dial, rewind
from core.export import folder
from core.homes import usable_home
from core.presets import PRESETS


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        _take_any_letter(stream)
    parsed = _parser().parse_args(arguments)
    try:
        usable_home()
        return parsed.command(parsed) or 0
    except (Stopped, KeyboardInterrupt):
        kept = "" if parsed.command in (verify, predict, export) else " Finished epochs are kept."
        print(f"Stopped.{kept}", file=sys.stderr)
        return 130
    except ThawError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` closed the pipe
        sys.stderr.close()
        return 0


def _take_any_letter(stream) -> None:
    """Let what the code page of a terminal or a file has not be written as `\\u...`: a name of a class in
    another script is no reason to lose a run's numbers."""
    if isinstance(stream, io.TextIOWrapper):  # not so in a test, or where a window has no terminal
        stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Thaw from a terminal.")
    parser.add_argument("--version", action="version", version=f"Thaw {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command, about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.add_argument("--json", action="store_true", help="print one JSON object")
        sub.set_defaults(command=command)
        return sub

    add("datasets", list_datasets, "List the data sets that are here or can be fetched.")
    add("presets", list_presets, "List the named recipes.")
    run_parser = add("run", run, "Train a recipe, or show its stored result.")
    warm_parser = add("warm", warm, "Train a recipe at every stop ahead, so that the app answers at once.")
    sweep_parser = add("sweep", sweep, "Train a recipe at many values of its settings, as one question.")
    images_parser = add(
        "images", images, "Tell accuracy by the number of training images, and what more would bring."
    )
    best_parser = add("best", best, "Find the best recipe that some minutes allow, from a recipe on.")
    code_parser = add("code", code, "Write a recipe or a run as one script in plain Keras.")
    code_parser.add_argument("preset", help=f"one of {', '.join(PRESETS)}, or the key of a run")
    code_parser.add_argument("--notebook", action="store_true", help="a Jupyter notebook instead")
    for sub in (run_parser, warm_parser, sweep_parser, images_parser, best_parser):
        sub.add_argument("preset", help=f"one of {', '.join(PRESETS)}")
    for sub in (run_parser, warm_parser, sweep_parser, images_parser, best_parser, code_parser):
        sub.add_argument(
            "--data",
            metavar="NAME",
            help="a data set, folder or zip instead of the recipe's own; all its images",
        )
        sub.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help=f"such as batch_norm=batch; FIELD is one of {', '.join(SETTINGS)}",
        )
        sub.add_argument(
            "--table",
            type=Path,
            metavar="CSV",
            help="names the images and says what they share, for data.groups=column:NAME; noted with them",
        )
    for sub in (run_parser, warm_parser):
        sub.add_argument(
            "--strict",
            action="store_true",
            help="refuse where a picture cannot be read, instead of passing it over",
        )
    warm_parser.set_defaults(plain=False)
    warm_parser.add_argument("--stops", default="all", help="`all`, or unfreeze points such as 98,116,134")
    run_parser.add_argument(
        "--plain", action="store_true", help="train the whole model from pixels, as plain Keras"
    )
    run_parser.add_argument(
        "--seeds", metavar="K", help="repeat over K seeds and give the mean accuracy with its interval"
    )
    sweep_parser.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="FIELD=A,B,C",
        help="such as fine_tuning.unfreeze_from=all (every block's start, and head only); may be repeated",
    )
    sweep_parser.add_argument("--seeds", default="1", metavar="K", help="train each point from K seeds")
    sweep_parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="train on a cluster, such as tcp://host:8786: docs/cluster.md"
    )
    sweep_parser.add_argument(
        "--resampled",
        action="store_true",
        help="with data.train_limit varied: fewer images are shown more often, each seed draws its own",
    )
    sweep_parser.add_argument("--csv", metavar="FILE", help="write a table, `-` for standard output")
    images_parser.add_argument("--fine-tuned", action="store_true", help="also fine-tune at each number")
    images_parser.add_argument("--from-scratch", action="store_true", help="also from scratch: the dearest")
    images_parser.add_argument("--seeds", default="3", metavar="K", help="runs at each number, 3 to 20")
    images_parser.add_argument("--more", default="200", metavar="N", help="how many more images are asked of")
    best_parser.add_argument("--minutes", default="5", metavar="N", help="how long it may take")
    show_parser = add("show", show, "Show a stored run; without a key, list them all.")
    show_parser.add_argument("run_key", nargs="?", help="its key, or the start of it")
    study_parser = add("study", study, "Ask what in a stored run mattered.")
    study_parser.add_argument("kind", choices=KINDS)
    study_parser.add_argument("run_key", help="of a finished run, as `show` lists it")
    for name, choices in (
        ("order", rewind.ORDERS), ("what", rewind.WHAT), ("statistics", dial.STATISTICS),
    ):  # fmt: skip
        kind = "dial" if name == "statistics" else "rewind"
        study_parser.add_argument(
            f"--{name}", choices=choices, default=choices[0], help=f"for {kind}; {choices[0]} unasked"
        )
    study_parser.add_argument(
        "--images", type=int, default=0, metavar="N", help="for shift: the first N; all unasked"
    )
    study_parser.add_argument("--folder", metavar="NAME", help="for shift: a second data set, same classes")
    keep_parser = add("keep", keep, "Check photos of yours, and keep a copy of them as a set, or in one.")
    keep_parser.add_argument("place", metavar="PHOTOS", help="a folder or zip, with one folder a class")
    where = keep_parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--as", dest="title", metavar="NAME", help="what the new set is called")
    where.add_argument("--to", metavar="SET", help="a set that is kept: what is new is added to it")
    predict_parser = add("predict", predict, "Say what a stored run sees on pictures of yours.")
    predict_parser.add_argument("run_key", metavar="RUN", help="a finished run's key, or the start of it")
    predict_parser.add_argument("pictures", nargs="+", metavar="PICTURES", help="folders, zips or files")
    predict_parser.add_argument("--csv", metavar="FILE", help="write a table, `-` for standard output")
    predict_parser.add_argument(
        "--labels", choices=["folders"], help="they lie in folders called as the classes: say how good it is"
    )
    export_parser = add("export", export, "Write a stored run as files that need no Thaw.")
    export_parser.add_argument("run_key", metavar="RUN", help="a finished run's key, or the start of it")
    export_parser.add_argument("--to", required=True, metavar="FOLDER", help="empty, or not there yet")
    export_parser.add_argument(
        "--format", default=folder.ALL, metavar="FORMAT",
        help=f"{', '.join(folder.FORMATS)} or all (unasked), several with commas",
    )  # fmt: skip
    export_parser.add_argument(
        "--no-pictures", action="store_true", help="leave pictures that it got wrong out of the model card"
    )
    alarm_parser = add("alarm", alarm, "Note a class of a run that must not be missed, and its threshold.")
    alarm_parser.add_argument("run_key", help="of a finished run, as `show` lists it")
    alarm_parser.add_argument("--class", dest="class_name", metavar="NAME", help="the class")
    alarm_parser.add_argument("--find", default="98%", metavar="SHARE", help="how much of it to find (98%%)")
    alarm_parser.add_argument("--off", action="store_true", help="no class is one any longer")
    check_parser = add("check", check, "Say what is stored, damaged or unused; or what is wrong with images.")
    check_parser.add_argument(
        "--repair", action="store_true", help="set damaged files aside, and remove what nothing refers to"
    )
    check_parser.add_argument(
        "--data",
        metavar="NAME",
        help="look at the images of a data set, folder or zip instead",
    )
    check_parser.add_argument(
        "--labels", action="store_true", help="with --data: also judge every label (trains heads: seconds)"
    )
    add("people", people, "List who has logged in, and what they keep here.")
    forget_parser = add("forget", forget, "Delete all data of someone who has logged in.")
    forget_parser.add_argument("person", help="their address, as `people` lists it")
    verify_parser = add("verify", verify, "Train what a receipt says again, from nothing, and compare.")
    verify_parser.add_argument("receipt", help="a receipt.json")
    verify_parser.add_argument("--data", metavar="NAME", help="where the images lie, if not where they lay")
    for sub in (
        run_parser, warm_parser, sweep_parser, images_parser, best_parser, code_parser, verify_parser,
        keep_parser,
    ):  # fmt: skip
        about = "how the folders are read where that can be seen in several ways"
        sub.add_argument("--layout", choices=LAYOUTS, help=about)
    serve_parser = add("serve", serve, "Serve the app to others: see docs/serving.md.")
    serve_parser.add_argument("--address", default="127.0.0.1", help="where to listen (127.0.0.1)")
    serve_parser.add_argument("--port", type=int, default=8501)
    serve_parser.add_argument(
        "--secrets", type=Path, metavar="FILE", help="in place of .streamlit/secrets.toml"
    )
    serve_parser.add_argument(
        "--check", metavar="URL", help="start nothing: try what gets through to one that runs"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
