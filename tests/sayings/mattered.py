"""What is said of blocks put back, mixes, similarity and shift."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from core import layers
from core.concepts import cka_notes, dial_notes, rewind_notes, robustness_notes
from core.explain.mixes import MIXES
from core.explain.rewind import agreement
from core.explain.robustness import CLAIMS
from core.method.corruptions import CORRUPTIONS, STRENGTHS
from tests.claims import Facts, Told
from tests.sayings.grid import saying

LOSSES = {  # name -> by block: points lost, half its interval, change in %
    "one stands out": ((0.2, 0.8, 1.0), (6.0, 2.0, 0.5), (0.4, 1.0, 2.0), (0.0, 1.0, 0.7), (-0.2, 1.0, 0.6)),
    "overlap": ((2.0, 1.5, 1.0), (2.6, 1.6, 2.0), (-1.0, 0.8, 0.3), (0.0, 0.5, 0.5), (3.0, 1.5, 0.9)),
    "none": ((0.0, 0.0, 0.4), (0.1, 0.8, 0.8), (0.0, 0.6, 0.2), (-0.2, 0.6, 0.7), (0.2, 0.5, 0.6)),
    "few": ((4.0, 1.0, 2.0), (0.0, 0.4, 1.0)),
    "agree": ((0.5, 0.4, 1.0), (1.5, 0.4, 2.0), (2.5, 0.4, 3.0), (3.5, 0.4, 4.0), (6.5, 0.4, 6.0)),
}


def rewound(name: str, order: str = "alone", frozen: bool = True, accuracy: float = 0.9) -> dict[str, Any]:
    """A record as the study keeps it, of made-up blocks."""
    blocks = []
    for number, (lost, half, change) in enumerate(LOSSES[name]):
        row = _row(lost / 100, half / 100, accuracy)
        change = {"change": change / 100, "weights": change / 100, "statistics": 0.0}
        blocks.append({"block": f"block {12 + number}", **row, **change})
    back = _row(0.05, 0.02, accuracy)
    apart = {"largest": 1e-6, "same_bits": False, "same_classes": name != "few"}
    return {
        "order": order, "what": "both", "images": 500, "accuracy": accuracy,
        "interval": [accuracy - 0.03, accuracy + 0.03], "commonest": 0.1, "same_bits": True,
        "blocks": blocks, "head": back if frozen else None,
        "everything": back | apart if frozen else None, "agreement": agreement(blocks),
    }  # fmt: skip


def _row(lost: float, half: float, accuracy: float) -> dict[str, Any]:
    p_value = 0.5 if lost - half <= 0 else 0.001
    return {"accuracy": accuracy - lost, "lost": lost, "interval": [lost - half, lost + half], "kept": 30,
            "won": 3, "p_value": p_value}  # fmt: skip


def _facts(record: dict[str, Any]) -> Facts:
    rows = record["blocks"]
    losing = [row for row in rows if row["p_value"] < 0.05 and row["lost"] > 0]
    everything = [record["everything"]] if record["everything"] else []
    tau = [value for value in record["agreement"].values() if isinstance(value, float)]
    return Facts(
        shares=[row["change"] for row in rows] + [one["accuracy"] for one in everything],
        counts=[
            record["images"], len(rows), len(losing), len(rows) - len(losing), len(losing) - 4, 1, 0,
            *range(1, len(rows)), *tau,
        ],
        points=[100 * value for row in rows for value in (row["lost"], *row["interval"])],
    )  # fmt: skip


@saying
def rewinds() -> Iterator[Told]:
    for name in LOSSES:
        for order in ("alone", "top", "bottom"):
            for frozen in (True, False):
                record = rewound(name, order, frozen)
                told = [rewind_notes.headline(record), *rewind_notes.notes(record)]
                yield Told("rewind_notes", told, _facts(record))
                text = " ".join(told)
                assert ("nothing to go back to" in text) != frozen
                if order == "alone":
                    assert ("without block" in told[0]) == (name in ("one stands out", "few", "agree"))
                    assert ("cannot be told: the intervals" in told[0]) == (name == "overlap")
                    assert ("no two blocks' intervals" in text) == (name == "none")
    chance = rewound("none", accuracy=0.11)
    yield Told("learned_nothing", [rewind_notes.learned_nothing(chance)],
               Facts(shares=[0.11, 0.1], counts=[500]))  # fmt: skip
    assert rewind_notes.learned_nothing(rewound("none")) == ""


def compared(stop: int, before: str = "imagenet", blind: bool = False) -> dict[str, Any]:
    """A record of similarity as the study keeps it, of a run that thawed from this layer on."""
    blocks = []
    for number, block in enumerate(layers.blocks()):
        frozen = block.end <= stop
        value = 1.0 if frozen else 1 - 0.02 * number
        row = {"cka": value, "low": value - 0.01, "high": min(1.0, value + 0.01)}
        if blind and number == 5:
            row = dict.fromkeys(row)
        blocks.append({"block": block.label, "frozen": frozen, **row})
    found = [[0.5 if a != b else row["cka"] for b in range(19)] for a, row in enumerate(blocks)]
    below = 2e-9 if any(row["frozen"] for row in blocks) else None
    return {"images": 500, "before": before, "blocks": blocks, "map": found, "farthest_below": below}


@saying
def similarities() -> Iterator[Told]:
    for stop, before, blind in ((116, "imagenet", False), (154, "imagenet", False), (0, "random", True)):
        for wrong in (False, True):
            record = compared(stop, before, blind)
            if wrong and record["farthest_below"] is not None:
                record["farthest_below"] = 0.3
            known = [row for row in record["blocks"] if row["cka"] is not None]
            told = [cka_notes.headline(record), *cka_notes.notes(record)]
            facts = Facts(counts=[
                500, 1, sum(row["frozen"] for row in known), 19,
                *(row[name] for row in known for name in ("cka", "low", "high")),
            ])  # fmt: skip
            yield Told("cka_notes", told, facts, thaws=stop < 154)
            text = " ".join(told)
            assert ("nothing was thawed" in text) == (stop == 154)
            assert ("random start" in text) == (before == "random")
            assert ("something is wrong" in text) == (wrong and stop > 0)
            assert ("every image looks the same" in text) == blind
    short = compared(116)
    for row in short["blocks"]:
        row["low"] = row["high"] = None
    yield Told("cka_notes", [cka_notes.headline(short)], Facts(counts=[r["cka"] for r in short["blocks"]]))


def dialled(best: float | None = 0.6, statistics: str = "mixed") -> dict[str, Any]:
    """A record of the dial; `best` is the mix that beats both ends under shift."""
    rows = []
    for share in MIXES:
        clean, shifted = 0.7 + 0.2 * min(share, 1.0), 0.5 + 0.1 * min(share, 1.0)
        if best is not None and abs(share - best) < 0.15:
            shifted = 0.8 if share == best else 0.75
        row = {name: {"accuracy": value, "interval": [value - 0.03, value + 0.03]}
               for name, value in (("clean", clean), ("shifted", shifted))}  # fmt: skip
        between, better = 0 < share < 1, best is not None and shifted > 0.7
        row |= {"mix": share, "p_value": 0.01 if between else None, "beats_both": between and better}
        rows.append(row)
    end = {"largest": 0.0, "same_bits": statistics == "mixed", "same_classes": True}
    return {"statistics": statistics, "images": 500, "mixes": rows, "at_0": end, "at_1": end}


def dialled_arrays(labels: np.ndarray) -> dict[str, np.ndarray]:
    """What the dial says of these images, all of it right, 91% sure."""
    said = np.full((len(MIXES), len(labels), 10), 0.01, np.float32)
    said[:, np.arange(len(labels)), labels] = 0.91
    return {"clean": said, "shifted": said.copy(), "labels": labels, "positions": np.arange(len(labels))}


@saying
def dials() -> Iterator[Told]:
    for best in (0.6, 0.3, None):
        for statistics in ("mixed", "estimated"):
            record = dialled(best, statistics)
            shares = [value for row in record["mixes"] for one in (row["clean"], row["shifted"])
                      for value in (one["accuracy"], *one["interval"])]  # fmt: skip
            better = sum(row["beats_both"] for row in record["mixes"])
            facts = Facts(shares=[*shares, *MIXES], counts=[500, better])
            told = dial_notes.notes(record)
            yield Told("dial_notes", [*told, *(dial_notes.place_words(record, one) for one in MIXES)], facts)
            assert ("beats both ends**" in told[0]) == (best is not None)
            assert ("bit for bit" in told[-1]) == (statistics == "mixed")
            assert dial_notes.place_words(record, 1.0).startswith("**The fine-tuned")
            assert "Beyond" in dial_notes.place_words(record, 1.2)


def shifted(loses: bool = True, at_once: bool = True, gap: float = 0.08) -> dict[str, Any]:
    """A record of the view Shift."""
    names, rows = ["frozen", "tuned", *(["at_once"] if at_once else [])], []
    for name in names:
        for kind, strength in [("", 0), *((kind, one) for kind in CORRUPTIONS for one in STRENGTHS)]:
            lost = 0.03 * strength * loses + 0.01 * (kind == "noise") * loses
            row = {"network": name, "kind": kind, "strength": strength, "n": 200, "accuracy": 0.9 - lost,
                   "interval": [0.87 - lost, 0.93 - lost], "lost": None, "lost_interval": None,
                   "confidence": 0.9 + gap, "gap": gap + lost}  # fmt: skip
            if strength:
                row |= {"lost": lost, "lost_interval": [lost - 0.02, lost + 0.02]}
            rows.append(row)
    ways = ("same", "other", "unknown", "same")
    claims = [
        {"second": claim.second, "first": claim.first, "outside": claim.outside, "published": claim.points,
         "points": 3.0, "low": 1.0, "high": 5.0, "direction": way}
        for claim, way in zip(CLAIMS, ways, strict=True)
    ]  # fmt: skip
    same = {"largest": 0.0, "same_bits": loses, "same_classes": True}
    return {"images": 200, "networks": names, "rows": rows, "as_stored": same,
            "claims": claims if at_once else []}  # fmt: skip


@saying
def shifts() -> Iterator[Told]:
    for loses in (True, False):
        for gap in (0.08, -0.2):
            record = shifted(loses, gap=gap)
            lost = [value for row in record["rows"] if row["lost"] is not None
                    for value in (row["lost"], *row["lost_interval"])]  # fmt: skip
            facts = Facts(
                points=[100 * value for value in [*lost, *(row["gap"] for row in record["rows"])]],
                counts=[*(one for kind in CORRUPTIONS.values() for one in kind.amounts), 224, 200],
                shares=[one for kind in CORRUPTIONS.values() for one in kind.amounts],
            )
            told = [robustness_notes.headline(record), *robustness_notes.notes(record)]
            yield Told("robustness_notes", told, facts)
            assert ("loses most where" in told[0]) == loses
            assert ("noisy" in told[0]) == loses
            assert ("less sure" in told[1]) == (gap < 0)
            assert ("bit for bit" in told[-1]) == loses
            assert "stored classes" in told[-1] or loses
