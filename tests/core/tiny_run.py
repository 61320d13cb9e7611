"""A short training on real digits, and what it left: for tests of what is computed from a finished run."""

from pathlib import Path
from typing import Any

import numpy as np

from core.config import with_setting
from core.data import datasets
from core.explain.studies import Study
from core.presets import digits_quick
from core.running import jobs
from core.running.identity import ask
from core.store import Store
from tests.core import study


class TinyRun:
    """Trains when it is made.

    Attributes:
        run: Key of the run in `store`.
        splits: The images, as `datasets.load` gives them.
    """

    def __init__(self, home: Path, settings: dict[str, Any]):
        from core.running import experiment  # here, so that light tests in the same module need no TensorFlow

        self.store, self.config = Store(home), digits_quick()
        for name, value in settings.items():
            self.config = with_setting(self.config, name, value)
        self.dataset = datasets.find("digits", home)
        with jobs.training_lock(self.store):
            self.run = experiment.run(ask(self.config, self.store)).run_key
        self.splits = datasets.load(self.config.data, home)

    def study(self, kind: str, **options) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Record and arrays of a study with this run's settings."""
        return study.answer(Study(kind, self.config, options), self.store, self.dataset)
