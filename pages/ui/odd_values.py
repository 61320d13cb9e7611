"""What no browser says of a control is as if nothing had been said: its default stands.

A tab may say anything of any control over its web socket: text for a number, NaN, JSON nested without end, a
choice that was never offered. Streamlit 1.67 hands that on to the control's own reader, which raises in the
middle of the page and again at every look at it, and to the page's callback before the choices are looked at.
So values are looked at here, where all of them come by.
"""

import json
import logging
from typing import Any

from streamlit.elements.widgets.multiselect import MultiSelectSerde
from streamlit.elements.widgets.selectbox import SelectboxSerde
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.session_state import Serialized, Value, WStates
from streamlit.runtime.uploaded_file_manager import DeletedFile

MOST_LETTERS = 100_000  # of one text; a list of files or of choices may be long
_JSON = ("json_value", "json_trigger_value")
_LOG = logging.getLogger("streamlit.thaw")
_read = WStates.__getitem__


def refuse() -> None:
    """See to it, for every session of this process. It may be called again."""
    WStates.__getitem__ = _read_what_makes_sense


def _read_what_makes_sense(self: WStates, k: str) -> Any:
    said, metadata = self.states.get(k), self.widget_metadata.get(k)
    if not isinstance(said, Serialized) or metadata is None:
        return _read(self, k)
    if _makes_sense(said.value, metadata.value_type):
        self.states[k] = Serialized(_offered(said.value, getattr(metadata.deserializer, "__self__", None)))
        try:
            value = _still_there(_read(self, k))
            self.states[k] = Value(value)
            return value
        except Exception as refused:  # each kind of control has a reader, which raises what it likes
            _LOG.debug("No browser says this of %s: %s", k, type(refused).__name__)
    default = metadata.deserializer(None)
    self.states[k] = Value(default)
    return default


def _makes_sense(said: WidgetState, kind: str | None) -> bool:
    """Whether a value is of the kind that its control says, and could be written down again.

    Args:
        kind: `string_value` and the like; None where that is not known.
    """
    field = said.WhichOneof("value")
    if field is None:  # emptied
        return True
    if kind is not None and field != kind:
        return False
    if field in ("string_value", *_JSON) and len(getattr(said, field)) > MOST_LETTERS:
        return False
    return field not in _JSON or _is_json(getattr(said, field))


def _offered(said: WidgetState, reader: Any) -> WidgetState:
    """A choice without what was not among its choices when they were drawn; one that says nothing, and so
    stands for the default, where nothing is left.

    Args:
        reader: The control's own. Those of other kinds look for themselves.
    """
    words = said.string_array_value.data
    if isinstance(reader, MultiSelectSerde):
        chosen = WidgetState(id=said.id)
        chosen.string_array_value.SetInParent()  # none may be chosen
        chosen.string_array_value.data.extend(
            word for word in words if word in reader.formatted_option_to_option_index
        )
        return chosen
    if isinstance(reader, SelectboxSerde):
        makes_sense = said.string_value in reader.formatted_option_to_option_index
    else:  # a row of buttons with a default cannot be let go of
        makes_sense = words or getattr(reader, "default_option_index", None) is None
    return said if makes_sense else WidgetState(id=said.id)


def _still_there(value: Any) -> Any:
    """Without files that were never sent, or went with the server that had them."""
    if isinstance(value, list):
        return [one for one in value if not isinstance(one, DeletedFile)]
    return None if isinstance(value, DeletedFile) else value


def _is_json(text: str) -> bool:
    """Whether text is JSON of moderate depth, in whole characters and finite numbers."""
    try:
        json.dumps(json.loads(text), ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return True
