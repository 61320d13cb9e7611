"""Names that a person types for a class or a set of photos, cleaned."""

from core.data.names import MAX_PART, is_drawn, readable
from core.errors import DatasetError

MAX_SET_NAME = 60


def class_name(text: str) -> str:
    """A class name as typed, cleaned.

    Raises:
        DatasetError: it is empty, too long, hidden or contains a slash.
    """
    return _typed(text, "class", MAX_PART)


def set_name(text: str) -> str:
    """The name for a set of photos as typed, cleaned.

    Raises:
        DatasetError: it is empty, too long, hidden or contains a slash.
    """
    return _typed(text, "set", MAX_SET_NAME)


def _typed(text: str, what: str, longest: int) -> str:
    name = readable(text) if is_drawn(text) else ""
    if not name or len(name) > longest or name.startswith((".", "~")) or "/" in name or "\\" in name:
        raise DatasetError(
            f"{text.strip()!r} cannot be the name of a {what}." if name else f"The {what} has no name.",
            f"Expected 1 to {longest} characters in any script, without slashes, and no dot at the front.",
            "Choose another name.",
        )
    return name
