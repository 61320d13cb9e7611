"""Random numbers that belong to an image, not to its place in a queue.

A generator gives its numbers in the order of the calls, so the tenth image's would change if the ninth
were left out. Here a number is a hash of (seed, ..., image id): it can be computed alone, in any order and
on any machine, and all images at once in NumPy. The mixing is SplitMix64 (Steele, Lea, Flood 2014).
"""

import numpy as np

SEEDS = 2**31  # a seed of a run or a split is a whole number below this
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(values: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser: a bijection of uint64 in which every input bit sways every output bit."""
    with np.errstate(over="ignore"):  # arithmetic modulo 2**64 is meant
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return values ^ (values >> np.uint64(31))


def hashed(image_ids: np.ndarray, *context: int) -> np.ndarray:
    """A uint64 (n,) for each image id in this context (seed, epoch, ...), as good as random."""
    state = np.zeros(1, np.uint64)
    with np.errstate(over="ignore"):
        for number in context:
            state = _mix((state ^ np.uint64(number)) + _GOLDEN)
        return _mix((np.asarray(image_ids, np.uint64) ^ state) + _GOLDEN)


def uniforms(image_ids: np.ndarray, count: int, *context: int) -> np.ndarray:
    """`count` numbers in [0, 1) for each image id in this context: float64 (n, count)."""
    start = hashed(image_ids, *context)[:, None]
    with np.errstate(over="ignore"):
        words = _mix(start + np.arange(1, count + 1, dtype=np.uint64) * _GOLDEN)
    return (words >> np.uint64(11)) * 2.0**-53
