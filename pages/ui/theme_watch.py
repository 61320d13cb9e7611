"""Has a page drawn anew as soon as its browser shows another theme: by the menu, or by the system's night."""

from pathlib import Path

from streamlit.components.v2 import component as component_of

_SCRIPT = Path(__file__).resolve().parents[2] / "assets/theme_watch.js"


def watch() -> None:
    """Call it once a look at a page. What the browser says is not looked at: that it asks is enough."""
    component = component_of("theme_watch", js=_SCRIPT.read_text(encoding="utf-8"))
    component(key="theme-watch", height=0)
