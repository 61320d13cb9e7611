"""One drawing over another."""

from typing import cast

import altair as alt


def layered(*charts: alt.Chart | alt.LayerChart) -> alt.LayerChart:
    """Charts over each other on shared axes, the first at the bottom.

    Altair gives another type back only where every layer is split into the same facets; none here is.
    """
    return cast(alt.LayerChart, alt.layer(*charts))
