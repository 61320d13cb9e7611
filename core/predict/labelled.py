"""A second labelled set, of another camera or another day: what its folders say, and how far it lies off."""

from collections.abc import Iterable, Sequence

from core.config import DataConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.errors import DatasetError
from core.results import Evaluation
from core.statistics.shares import difference_interval
from core.wording import words

FIELD = "labels"
NAMED = 5  # folders that an error lists


def truths(paths: Sequence[str], classes: Sequence[str]) -> list[int | None]:
    """The class of each picture, by the innermost of its folders that is called as a class; capitals do not
    count. None for a picture that lies in no folder at all.

    Args:
        paths: Clean, below the folder or zip that was named.

    Raises:
        DatasetError: pictures lie in folders that are no classes of the run, or none lies in a class.
    """
    place = {name.casefold(): label for label, name in enumerate(classes)}
    place |= {name: label for label, name in enumerate(classes)}
    found: list[int | None] = []
    strange: set[str] = set()
    for path in paths:
        folders = path.split("/")[:-1]
        named = [place.get(folder, place.get(folder.casefold())) for folder in reversed(folders)]
        found.append(next((label for label in named if label is not None), None))
        if folders and found[-1] is None:
            strange.add(folders[-1])
    if strange:
        more = f" and {len(strange) - NAMED:,} more" if len(strange) > NAMED else ""
        raise DatasetError(
            f"There are folders that are no classes of this run: {', '.join(sorted(strange)[:NAMED])}{more}.",
            f"Expected only {', '.join(classes)}.",
            "Rename or move them, or predict without taking folders for classes.", field=FIELD,
        )  # fmt: skip
    if all(label is None for label in found):
        raise DatasetError(
            "No picture lies in a folder that is called as a class.",
            f"Expected folders called {', '.join(classes)}.",
            "Name the folder that holds them.", field=FIELD,
        )  # fmt: skip
    return found


def learned_from(digests: Iterable[str], dataset: Dataset, data: DataConfig) -> int:
    """How many of these pictures a run was trained on, which say nothing of it.

    Args:
        digests: SHA-256 of the files, in hex.
        dataset: The run's own images, divided as `data` says.
    """
    train = {dataset.items[position].sha256 for position in datasets.split(dataset, data)["train"]}
    return sum(digest in train for digest in digests)


def learned_note(count: int, n: int) -> str:
    """What to say of pictures that a run was trained on; empty where there are none."""
    if not count:
        return ""
    return (
        f"This run was trained on {count:,} of these {words.plural(n, 'picture')}: leave them out, or the "
        "accuracy is too good."
    )


def beside_validation(second: Evaluation, own: Evaluation) -> str:
    """How a second labelled set does beside the run's own validation images. They are other pictures, so the
    interval of the difference is that of two independent shares."""
    low, high = difference_interval((second.correct, second.n), (own.correct, own.n))
    said = (
        f"Right on {second.correct:,} of {second.n:,} pictures, {words.percent(second.accuracy)} "
        f"({words.interval(*second.interval)}); on its own validation images {words.percent(own.accuracy)} "
        f"({words.interval(*own.interval)}, {own.n:,}): {words.points_apart(second.accuracy, own.accuracy)} "
        f"(95% interval {100 * low:+.1f} to {100 * high:+.1f})"
    )
    if high < 0:
        return f"{said}. It does worse on these pictures than on those it was checked on."
    if low > 0:
        return f"{said}. It does better on these pictures than on those it was checked on."
    return f"{said}. These pictures cannot tell whether it does worse on them."
