"""Figures from plain records. Nothing is displayed here, and no figure looks anything up. No TensorFlow.

Altair charts for two themes, Plotly where a person turns or probes; `core.charts.palette` says what each
colour means. What most pages draw can be had from here, the rest from the module of its topic.
"""

from core.charts.accuracy import AccuracyRow, accuracy_dots, confusion_heatmap
from core.charts.curves import Curve, curve_table, learning_curve
from core.charts.thaw_bar import thaw_bar_svg

__all__ = [
    "AccuracyRow", "Curve", "accuracy_dots", "confusion_heatmap", "curve_table", "learning_curve",
    "thaw_bar_svg",
]  # fmt: skip
