"""The worker process: `python -m core.commands.worker --home FOLDER`. The app starts it.

It ends when its standard input closes, which the system does when the app that started it is gone.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from core.errors import ThawError
from core.explain import studies
from core.running import worker
from core.running.supervisor import UNWRITABLE
from core.store import Store
from core.sweeps import warming

NICENESS = 10  # a page, which takes moments, goes before a training, which takes all cores
DOERS = {"run": worker.train, "study": studies.perform}


def main() -> int:
    """Serve until the parent goes, memory runs short or a run needs other threads; exit code 2 where the
    store cannot be written."""
    parser = argparse.ArgumentParser(prog="core.commands.worker", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    store = Store(parser.parse_args().home)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C ends the app, and so this; no one stopped the run
    if hasattr(os, "nice"):  # not on Windows
        os.nice(NICENESS)  # before there are other threads, which it would not reach
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        worker.serve(store, DOERS, warming.heed)
    except (ThawError, OSError) as problem:
        print(problem, file=sys.stderr)
        return UNWRITABLE
    return 0


def _end_with_parent() -> None:
    while os.read(0, 1):  # not `sys.stdin`, whose lock would be in the way of ending for another reason
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
