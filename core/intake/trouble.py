"""All that may be wrong with a set of images, in one list."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.data.indexes import Dataset
from core.data.looks import Looks
from core.intake import copies, report, shortcuts, suspect_labels
from core.intake.report import Finding
from core.intake.suspect_labels import Suspects

ORDER = (  # the gravest first
    "unreadable", "two-labels", "two-splits", "near-splits", "near-labels", "suspects", "shortcuts", "copies",
    "near-copies", "blank", "odd", "far", "few", "uneven", "alike-names", "tiny",
)  # fmt: skip


def trouble(dataset: Dataset, parts: Mapping[str, np.ndarray], looks: Looks) -> list[Finding]:
    """What is found by looking at the pictures, without a network.

    Args:
        parts: Split -> positions, int64.
        looks: Of the same images, in their order.
    """
    found = report.findings(dataset, parts, looks, copies.groups(dataset, looks))
    told = shortcuts.finding(shortcuts.shortcuts(dataset, looks))
    return found if told is None else [*found, told]


def listed(found: Sequence[Finding], suspects: Suspects | None) -> list[Finding]:
    """All findings, the gravest first.

    Args:
        found: By `trouble`.
        suspects: What is known of labels; nothing is said of them where that was not computed.
    """
    of_labels = suspect_labels.findings(suspects) if suspects is not None else []
    return sorted([*found, *of_labels], key=lambda finding: ORDER.index(finding.kind))
