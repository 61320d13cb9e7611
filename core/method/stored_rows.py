"""Rows of stored features, whichever arrays they lie in. No TensorFlow."""

import numpy as np


class StoredRows:
    """Rows of several stored arrays, found by the image they belong to."""

    def __init__(self, shape: tuple[int, ...]):
        self._arrays: list[np.ndarray] = []
        self._seconds: list[float] = []
        self._where: dict[int, tuple[int, int]] = {}
        self.shape = shape

    def add(self, array: np.ndarray, ids: np.ndarray, seconds: float = 0.0) -> None:
        """Offer the rows of one more array, which took so many seconds to make."""
        number = len(self._arrays)
        self._arrays.append(array)
        self._seconds.append(seconds / max(len(ids), 1))
        for row, image in enumerate(ids.tolist()):
            self._where.setdefault(image, (number, row))

    def has(self, ids: np.ndarray) -> np.ndarray:
        """bool (n,): which of these images have a row."""
        return np.array([image in self._where for image in ids.tolist()], bool)

    def of(self, ids: np.ndarray) -> "Picked":
        """The rows of these images, in this order. Raises KeyError for an image without one."""
        where = np.array([self._where[image] for image in ids.tolist()], np.int64).reshape(-1, 2)
        return Picked(self._arrays, where[:, 0], where[:, 1], self.shape)

    def seconds(self, ids: np.ndarray) -> float:
        """What the rows of these images had cost: of each array's seconds their share."""
        return sum(self._seconds[self._where[image][0]] for image in ids.tolist())


class Picked:
    """Rows of several stored arrays as if they were one, float32 (n, ...). Read when they are indexed: what
    lies on disk is neither copied nor held in memory.

    Args:
        arrays: Each (m, ...).
        number, row: int64 (n,): which array, and which row of it.
        shape: Of one row.
    """

    def __init__(self, arrays: list[np.ndarray], number: np.ndarray, row: np.ndarray, shape: tuple[int, ...]):
        self._arrays, self._number, self._row = arrays, number, row
        self.shape = (len(row), *shape)

    def __len__(self) -> int:
        return len(self._row)

    def __getitem__(self, positions: np.ndarray | slice) -> np.ndarray:
        number, row = self._number[positions], self._row[positions]
        found = np.empty((len(row), *self.shape[1:]), np.float32)
        for one in np.unique(number):
            here = number == one
            found[here] = self._arrays[one][row[here]]
        return found

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.asarray(self[:], dtype)
