"""Files to take along: tables for spreadsheets, charts as pictures, names every system can write.

Nothing is made before it is asked for.
"""

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

import altair as alt
import numpy as np
import pandas as pd

from core.compare.networks import Compared
from core.config import DataConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.errors import StoreError
from core.store import Store

CHART_WIDTH = 720  # px
PNG_SCALE = 2  # px of the file a px of the chart: sharp on paper and on dense screens
NAME_LENGTH = 80  # characters of a file name, its ending included
_STARTS_A_FORMULA = tuple("=+-@＝＋－＠")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}


# Tables


def csv_file(table: pd.DataFrame) -> bytes:
    """A table as CSV (RFC 4180) in UTF-8 with a byte order mark, which spreadsheets need to read umlauts.

    Text that a spreadsheet would take for a formula is given a leading apostrophe (OWASP, "CSV Injection").
    """
    safe = table.map(_neutral).rename(columns=_neutral)
    return safe.to_csv(index=False, lineterminator="\r\n", float_format="%.6g").encode("utf-8-sig")


def _neutral(value):
    """`value`, and where it is text that would be computed, marked as text."""
    if not isinstance(value, str):
        return value
    begins = value.lstrip()
    dangerous = begins.startswith(_STARTS_A_FORMULA) or value.startswith(("\t", "\r", "\n"))
    return f"'{value}" if dangerous else value


def predictions_table(
    store: Store, chosen: Sequence[Compared], split: str, dataset: Dataset | None
) -> pd.DataFrame:
    """What each network said about each image: a row an image, probabilities in 0..1.

    Args:
        chosen: Networks checked on the same images.
        dataset: Names the images; None where its files are no longer those that were trained on.

    Raises:
        StoreError: the predictions are missing, or belong to different images.
    """
    if len({one.split_key for one in chosen}) > 1:
        raise StoreError("These networks were checked on different images.", fix="Export them apart.")
    classes = np.array(chosen[0].run.result.dataset.classes, object)
    table = pd.DataFrame()
    for one in chosen:
        arrays = store.arrays(one.run.run_key)
        try:
            labels, said = arrays[f"labels/{split}"], arrays[f"{one.phase.name}/{split}"]
        except KeyError as error:
            raise StoreError(f"{one.label} keeps no predictions.", fix="Run it again.") from error
        if one is chosen[0]:
            data = one.run.config.data
            names = image_names(dataset, data, split) if dataset else _numbers(len(labels))
            table = pd.DataFrame({"image": names, "true class": classes[labels]})
        said = np.stack([1 - said, said], axis=1) if said.ndim == 1 else said
        predicted = said.argmax(axis=1)
        table[f"{one.label}: predicted"] = classes[predicted]
        table[f"{one.label}: right"] = predicted == labels
        shares = {f"{one.label}: P({name})": said[:, index] for index, name in enumerate(classes)}
        table = table.assign(**shares)
    return table


def image_names(dataset: Dataset, data: DataConfig, split: str) -> list[str]:
    """Names of the images of a split, in the order in which a run keeps its predictions."""
    return readable(dataset.items[position].name for position in datasets.split(dataset, data)[split])


def readable(names: Iterable[str]) -> list[str]:
    """File names, which need not be Unicode, as text that a table can hold."""
    return [name.encode("utf-8", "backslashreplace").decode() for name in names]


def _numbers(n: int) -> list[str]:
    return [f"image {number + 1}" for number in range(n)]


# Charts


def chart_file(chart: alt.TopLevelMixin, kind: str) -> bytes:
    """A chart as `png` or `svg`, on white, its letters drawn.

    Args:
        chart: Made for the light theme.
    """
    drawn = chart.properties(width=CHART_WIDTH, background="white").configure_view(strokeOpacity=0)
    if kind == "svg":
        text = io.StringIO()
        drawn.save(text, format="svg")
        return text.getvalue().encode()
    file = io.BytesIO()
    drawn.save(file, format="png", scale_factor=PNG_SCALE)
    return file.getvalue()


# Names


def file_name(*parts: str, ending: str) -> str:
    """A name that Linux, macOS and Windows can write: `thaw-digits-B-from-block-11.csv`.

    Args:
        parts: Of any text; what is left of each is joined by hyphens.
        ending: Such as `csv`.
    """
    plain = unicodedata.normalize("NFKD", "-".join(parts)).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[: NAME_LENGTH - len(ending) - 1].strip("-")
    if not name or name.lower() in _RESERVED:
        name = f"thaw-{name}".strip("-")
    return f"{name}.{ending}"
