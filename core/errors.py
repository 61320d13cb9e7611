"""The errors a person can mend. Everything else is a bug and may show a traceback.

ThawError
├── ConfigError    a setting has no meaning or an impossible value
├── DatasetError   images are missing, broken or too few
├── WeightsError   the pretrained weights are missing or are not the official ones
├── StoreError     a stored run is missing, unreadable or cannot be written
├── ReceiptError   a file is no receipt, or a broken one
└── NotAllowed     this person may not do it, or has done it as often as they may

`Stopped` and `GaveWay` stand apart: a person asked for the one, and others who wait for the other, so they
are no errors.
"""


class ThawError(Exception):
    """A message for a person, in three parts.

    Args:
        happened: What is wrong, naming the value received.
        expected: What would have been right, as a sentence or a list of choices.
        fix: What to do about it.
        field: The setting or control concerned, as `section.field`, so that a page can show the
            message beside it.
    """

    def __init__(self, happened: str, expected: str = "", fix: str = "", *, field: str = ""):
        self.happened, self.expected, self.fix, self.field = happened, expected, fix, field
        super().__init__(" ".join(part for part in (happened, expected, fix) if part))


class ConfigError(ThawError):
    """A setting has no meaning or an impossible value."""


class DatasetError(ThawError):
    """Images are missing, broken or too few for what was asked."""


class WeightsError(ThawError):
    """The pretrained weights are missing or are not the official ones."""


class StoreError(ThawError):
    """A stored run is missing, unreadable or cannot be written."""


class ReceiptError(ThawError):
    """A file is no receipt of a run."""


class NotAllowed(ThawError):
    """Where many share one Thaw: this person may not do it, or has done it as often as they may."""


class Stopped(Exception):
    """Someone pressed Stop. Finished epochs are kept."""


class OutOfTime(Stopped):
    """It has trained for as long as one run may here. Its message is for a person."""


class GaveWay(Exception):
    """Shorter jobs go first. What is finished is on disk; the job waits, and goes on from there."""


def one_of(names) -> str:
    """A sentence listing the known choices, for the `expected` part of an error."""
    return "Known: " + ", ".join(str(name) for name in names) + "."
