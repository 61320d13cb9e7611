"""What Streamlit would draw too pale to read, or cut off, drawn so that it can be read, in both themes."""

import streamlit as st

from core.charts.palette import palette
from pages.ui import state

_IN_CHARTS = ".role-axis-label, .role-axis-title, .role-legend-label, .role-legend-title"
_CAPTIONS = "[data-testid=stCaptionContainer]"
# Streamlit writes white on the primary colour; on the dark theme's light blue nobody could read that
_DARK_ON_LIGHT = "button[data-testid='stBaseButton-primary']:enabled, .stMultiSelect [data-tag]"
_CUT = (
    ".stMultiSelect [data-tag], [data-testid=stFileUploaderDropzoneInstructions] span, "
    ".stPageLink :is(span, p)"
)


def mend() -> None:
    """Call it once a look at a page."""
    theme = state.theme()
    quiet = f"color: {palette(theme).muted}"
    rules = [
        f".stVegaLiteChart :is({_IN_CHARTS}) text {{fill: {palette(theme).muted}}}",  # 3.7:1 on white
        f"{_CAPTIONS}{_CAPTIONS}, {_CAPTIONS}{_CAPTIONS} :is(p, li) {{{quiet}; opacity: 1}}",  # 3.9:1
        f".stButtonGroup button[aria-checked=true] p {{color: {palette(theme).text}}}",  # 4.3:1 on its shade
        f":is({_CUT}), :is({_CUT}) span {{white-space: normal; max-width: 100%; height: auto}}",
    ]
    edge = f"color-mix(in srgb, {palette(theme).text} 20%, transparent)"  # none where a row of choices wraps
    rules.append(f".stButtonGroup button:not([aria-checked=true]) {{border-right-color: {edge} !important}}")
    if theme == "dark":
        rules.append(f"{_DARK_ON_LIGHT} {{color: {palette(theme).paper}}}")
    st.html(f"<style>{' '.join(rules)}</style>")
