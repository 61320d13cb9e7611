"""A progress bar for a terminal; plain lines where the output is no terminal."""

import sys
from typing import TextIO

from core.stages import Stage
from core.wording import words

BAR_WIDTH = 24
BLOCKS, PLAIN_BLOCKS = "█·", "#."  # the second where a code page has not the first


class ProgressBar:
    """Shows the events of `core.log`. Use it as `report`, inside `with`."""

    def __init__(self, stream: TextIO = sys.stderr):
        self._stream, self._is_terminal = stream, stream.isatty()
        self._full, self._empty = BLOCKS if _has(stream, BLOCKS) else PLAIN_BLOCKS
        self._open_line = False

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *exception) -> None:
        self._clear()

    def __call__(self, event: str, **values) -> None:
        if event == "phase":
            self._line(f"{values['name'].replace('_', ' ').capitalize()}, {values['epochs']} epochs")
        elif event == "epoch":
            self._line(
                f"  epoch {values['epoch']:>3}  loss {values['loss']:.4f}  "
                f"accuracy {values['accuracy']:.4f}  val_loss {values['val_loss']:.4f}  "
                f"val_accuracy {values['val_accuracy']:.4f}  {values['seconds']:.1f} s"
            )
        elif event == "note":
            self._line(f"  {values['text']}")
        elif event == "stage" and self._is_terminal:
            self._bar(words.stage_name(Stage.told(values)), values.get("done", 0), values.get("total", 0))

    def _bar(self, name: str, done: int, total: int) -> None:
        filled = round(BAR_WIDTH * done / total) if total else 0
        counts = f" {done:,} of {total:,}" if total else "..."
        bar = self._full * filled + self._empty * (BAR_WIDTH - filled)
        self._stream.write(f"\r\x1b[K  [{bar}] {name}{counts}")
        self._stream.flush()
        self._open_line = True

    def _line(self, text: str) -> None:
        self._clear()
        self._stream.write(text + "\n")
        self._stream.flush()

    def _clear(self) -> None:
        if self._open_line:
            self._stream.write("\r\x1b[K")
            self._open_line = False


def _has(stream: TextIO, letters: str) -> bool:
    try:
        letters.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
