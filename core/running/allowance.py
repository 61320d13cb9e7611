"""What one person may ask of the one place for training that many share: `core.limits`, said in words."""

from collections.abc import Sequence

from core.errors import ConfigError
from core.limits import PersonLimits
from core.running.order import Waiting

FAR_ABOVE = 2.0  # times the limit: a price may be wrong by that, and what is stopped goes on when asked again


def refuse_long(seconds: float, limits: PersonLimits) -> None:
    """Refuse what cannot be done within the minutes of a run.

    Args:
        seconds: Its price.

    Raises:
        ConfigError: the price is far above the limit.
    """
    if limits.run_minutes is None or seconds <= FAR_ABOVE * 60 * limits.run_minutes:
        return
    raise ConfigError(
        f"This would take about {seconds / 60:,.0f} min.",
        f"Here one run may train for {limits.run_minutes:g} min (THAW_RUN_MINUTES).",
        "Choose fewer epochs, fewer images or a smaller size; or ask whoever serves Thaw for more.",
    )


def refuse_many(lines: Sequence[Waiting], owner: str, more: int, limits: PersonLimits) -> None:
    """Refuse what would make more of one person's wait than may.

    Args:
        lines: All that waits. What is begun and let others go first does not count.
        owner: Who asks; empty for one who has no limit, such as a terminal.
        more: How many they ask for now.

    Raises:
        ConfigError: that is too many; nothing of it is queued.
    """
    wait = sum(line.owner == owner and not line.since for line in lines)
    if not owner or limits.waiting is None or wait + more <= limits.waiting:
        return
    asked = f"This asks for {more} at once." if more > limits.waiting else f"{wait} of yours wait already."
    raise ConfigError(
        asked,
        f"Here {limits.waiting} runs and studies of one person may wait (THAW_WAITING).",
        "Nothing is lost: ask again once one of them has begun, or stop one."
        if more <= limits.waiting
        else "Nothing is lost: ask for fewer of them, or whoever serves Thaw for more.",
    )


def out_of_time(spent: float, limits: PersonLimits, kept: str) -> str:
    """Why a run or study must end now; empty where it may go on.

    Args:
        spent: Seconds it has trained since it was asked for.
        kept: What is kept of it, in a sentence.
    """
    if limits.run_minutes is None or spent < 60 * limits.run_minutes:
        return ""
    return (
        f"Stopped after {limits.run_minutes:g} min of training, as long as one run may take here "
        f"(THAW_RUN_MINUTES). {kept}"
    )
