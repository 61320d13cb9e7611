"""One drawing over another."""

from typing import Any, cast

import altair as alt


class _Layers(alt.LayerChart):
    """Layers that ask for nothing that Altair would have to move between them.

    Altair looks for that each time it makes or copies a chart of layers, which it does for every property and
    once more to write it, and copies every layer twice for it: half of the time a chart takes.
    """

    def __init__(self, data: Any = alt.Undefined, layer: Any = (), **properties: Any):
        super(alt.LayerChart, self).__init__(data=data, layer=[*layer], **properties)


def layered(*charts: alt.Chart | alt.LayerChart) -> alt.LayerChart:
    """Charts over each other on shared axes, the first at the bottom.

    Altair gives another type back only where every layer is split into the same facets; none here is.
    """
    if not all(_plain(chart) for chart in charts):
        return cast(alt.LayerChart, alt.layer(*charts))
    data = charts[0].data
    if data is alt.Undefined or any(chart.data is not data for chart in charts):
        return _Layers(layer=charts)
    return _Layers(data, [_without_data(chart) for chart in charts])


def _plain(chart: alt.Chart | alt.LayerChart) -> bool:
    """Whether there is nothing in a chart that all layers share, but its data: no size and no selection."""
    return isinstance(chart, alt.Chart) and all(
        getattr(chart, name, alt.Undefined) is alt.Undefined for name in ("height", "width", "view", "params")
    )


def _without_data(chart: alt.Chart | alt.LayerChart) -> alt.Chart | alt.LayerChart:
    bare = chart.copy(deep=False)
    bare.data = alt.Undefined
    return bare
