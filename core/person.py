"""Who asks. Where nobody logs in there is no `Person`: whoever is at this machine may do everything."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Someone who has logged in.

    Attributes:
        id: A content key (`core.keys`) that says nothing of them: the name of their folder, and what stands
            in logs and queues.
        name: As others are told of them, such as their address.
        teacher: Whether they may see, stop, share and delete what others made.
    """

    id: str
    name: str = ""
    teacher: bool = False
