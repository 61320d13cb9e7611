"""Which pictures and files each person's tabs were shown. Streamlit serves them by a hash of their content to
whoever asks; here only to those whom a page has told of them."""

import re
from collections import OrderedDict, defaultdict

MEDIA = "media/"
MOST = 1000  # of one person, the last: a page has some dozens, and a browser asks for them at once
_TOLD = re.compile(rb"/media/([0-9a-zA-Z]{1,100}\.?[0-9a-zA-Z]{0,10})")


class Shown:
    """What was shown to whom, by the names of files."""

    def __init__(self):
        self._to: defaultdict[str, OrderedDict[str, None]] = defaultdict(OrderedDict)

    def note(self, owner: str, message: bytes) -> None:
        """Take note of a message that goes to a tab of someone's."""
        if b"/media/" not in message:
            return
        mine = self._to[owner]
        for found in _TOLD.finditer(message):
            name = found[1].decode()
            mine[name] = None
            mine.move_to_end(name)
        while len(mine) > MOST:
            mine.popitem(last=False)

    def was_shown(self, owner: str, name: str) -> bool:
        """Whether a page of theirs told of a file."""
        return name in self._to.get(owner, ())
