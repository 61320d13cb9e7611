"""How this server serves."""

from core.people.serving import Mode


def mode() -> Mode:
    """Who uses this Thaw."""
    return Mode.OWN
