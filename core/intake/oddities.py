"""Pictures that do not seem to belong: placeholders ("not found"), screenshots, downloads cut short.

Each sign is held against the set itself: almost one colour is odd among photos, and usual among digits.
`python -m benchmarks.near_copies` plants such pictures in real and drawn sets and counts false alarms.
"""

import numpy as np

from core.data.looks import FLAT, Looks

ONE_COLOUR = 0.62  # share of a picture's pixels; of 3,000 photos of cats and dogs none has that much
CUT_SHORT = 0.1  # of its height
FAR = 3.5  # times the set's median distance to the 5th nearest picture; the farthest blood cell has 2.9
USUAL = 0.25  # of the different pictures of a set: what so many have half as much of is no sign


def odd(looks: Looks) -> dict[str, tuple[int, ...]]:
    """Sign -> positions of the pictures that have it, the oddest first; each picture under one sign.

    Signs: `cut_short` (plain grey from some height down), `one_colour` (mostly of a single colour), `far`
    (unlike every other picture in its colours). Blank and unreadable pictures are none of them.
    """
    judged = looks.readable & (looks.spread >= FLAT)
    if not judged.any():
        return {}
    _, once = np.unique(looks.pixels[judged], return_index=True)  # one placeholder is no custom of the set
    usual = np.flatnonzero(judged)[once]
    signs = {
        "cut_short": (looks.grey_below, CUT_SHORT),
        "one_colour": (looks.one_colour, ONE_COLOUR),
        "far": (looks.lonely, FAR * float(np.median(looks.lonely[usual]))),
    }
    found, seen = {}, ~judged
    for sign, (values, limit) in signs.items():
        if limit <= 0 or (sign != "far" and np.quantile(values[usual], 1 - USUAL) > limit / 2):
            continue
        here = np.flatnonzero((values >= limit) & ~seen)
        seen[here] = True
        if len(here):
            found[sign] = tuple(here[np.argsort(-values[here], kind="stable")].tolist())
    return found
