"""Who may stop what trains or waits: decided here, whichever button or terminal asks.

- With login, who asked for it alone stops it at once, and so does a teacher. Where several asked, one of them
  is asked first and then takes only themselves off it: it goes on for the others. Nobody else stops it.
- Without login all trust one another: who asked for it alone stops it at once; whoever else wants it stopped,
  or where several asked, is asked first, and then it stops for everyone.
"""

from collections.abc import Sequence
from enum import Enum

from core.errors import ThawError
from core.running import jobs
from core.running.attempts import askers
from core.running.supervisor import Jobs


class Right(Enum):
    """What someone may do about a run or study."""

    AT_ONCE = "at once"
    ASK_FIRST = "ask first"  # others wait for it: they are told so, and say it again
    NOT = "not"


def may_stop(asked_by: Sequence[str], who: str, *, login: bool, teacher: bool = False) -> Right:
    """The right of one person.

    Args:
        asked_by: Ids of those who asked for it and wait for it still; none where a terminal did.
        who: The id of whoever wants it stopped: `Person.id`, or a session's without login.
        login: Whether people log in here.
        teacher: `Person.teacher`.
    """
    alone = tuple(asked_by) == (who,)
    if alone or teacher or (not login and not asked_by):
        return Right.AT_ONCE
    return Right.ASK_FIRST if who in asked_by or not login else Right.NOT


def stop(
    queue: Jobs, run_key: str, who: str, *, login: bool, teacher: bool = False, asked: bool = False
) -> None:
    """Stop a run or study, or take oneself off it: the only way in which a person's wish is written down.

    Args:
        who, login, teacher: As in `may_stop`.
        asked: Whether they were asked first, and said it again.

    Raises:
        ThawError: they may not, or have to be asked first.
        StoreError: the wish cannot be written down.
    """
    asked_by = askers(queue.store.events(run_key))
    right = may_stop(asked_by, who, login=login, teacher=teacher)
    if right is Right.NOT:
        raise ThawError(
            "This was asked for by someone else.",
            "Expected who asked for it, or a teacher, to stop it.",
            "Ask them, or a teacher.",
        )
    if right is Right.ASK_FIRST and not asked:
        raise ThawError("Others wait for this.", fix="Look at the page again, and say that it is to stop.")
    if login and not teacher and jobs.withdraw(queue.store, run_key, who):
        return
    queue.stop(run_key)
