"""What is said of maps of unfreeze points by numbers of training images."""

from collections.abc import Iterator

from core.charts.depth_map import map_table
from core.compare.depth_map import Cell, DepthMap, Judged, Place
from core.compare.map_notes import cell_line, head_line, headline
from core.presets import first_visit
from core.statistics.verdict import Verdict
from core.sweeps.grid import grid
from core.sweeps.plan import IMAGES, STOP
from tests import fakes
from tests.claims import Facts, Told
from tests.sayings.grid import saying

STOPS, COUNTS, MOST, CLASSES = (72, 116, 151), (20, 63, 200), 200, 10
HEAD = 120  # wrong answers of the head alone, of 500
# Name -> a row a stop, a letter a number of images: better, worse, cannot tell, not judged yet, no run
SHAPES = {
    "from the middle on": ("?bb", "??b", "???"), "everywhere": ("bbb", "b?b", "?b?"),
    "everywhere, never the same block": ("b??", "?b?", "??b"), "with all alone": ("???", "??b", "w??"),
    "never the same block": ("?b?", "?b?", "wwb"), "with few alone": ("b??", "?b?", "www"),
    "with a gap": ("b??", "??b", "???"), "nowhere": ("???", "???", "???"), "it hurts": ("www", "?w?", "???"),
    "nothing is judged": ("...", " . ", "   "), "so far": ("bb.", "?. ", "   "),
}  # fmt: skip
TWO = "with 20 images (2 of each class) and "
SAID = {
    "from the middle on": "From 63 images", "everywhere": "every number asked, from 20 images",
    "with all alone": "Only with 200 images", "never the same block": "From 63 images",
    "with few alone": f"{TWO}63 images (about 6 of each class), and not with the other numbers",
    "with a gap": f"{TWO}200 images (20 of each class), and not with the other numbers",
    "nowhere": "Nowhere on this map", "it hurts": "Nowhere on this map",
    "so far": "every number asked, from 20 images",
}  # fmt: skip
WRONG = {"b": 60, "w": 200, "?": 118, ".": 100}  # of the network in a cell
P_VALUES = {"b": 0.0004, "w": 0.031, "?": 1.0}
VERDICTS = {"b": Verdict.BETTER, "w": Verdict.WORSE, "?": Verdict.CANNOT_TELL}


def depth_map(shape: str, seeds: int) -> tuple[DepthMap, dict[Place, Judged]]:
    """A map of this shape, its seeds a little apart, and its verdicts; a cell not judged lacks a head."""
    cells: dict[Place, Cell] = {}
    judged: dict[Place, Judged] = {}
    letters = {
        (stop, images): letter
        for stop, row in zip(STOPS, SHAPES[shape], strict=True)
        for images, letter in zip(COUNTS, row, strict=True)
    }
    for number, point in enumerate(grid(first_visit(), STOPS, COUNTS, MOST, seeds).points()):
        place = point.settings[STOP], point.settings[IMAGES] or MOST
        letter, step = letters[place], point.seed - first_visit().seed
        cell = cells.setdefault(place, Cell({}, {}))
        as_long = point.config.control()
        if letter != " " and as_long is not None:
            wrong = fakes.wrong_answers(0, WRONG[letter] + step)
            by_phase = fakes.wrong_by_phase(point.config, None, wrong)
            cell.runs[point.seed] = fakes.record(f"run-{number}", point.config, by_phase)
            if letter != ".":
                by_phase = fakes.wrong_by_phase(as_long, fakes.wrong_answers(0, HEAD + 2 * step))
                cell.heads[point.seed] = fakes.record(f"head-{number}", as_long, by_phase)
                judged[place] = Judged(P_VALUES[letter], VERDICTS[letter])
    return DepthMap(STOPS, COUNTS, seeds, CLASSES, cells), judged


def facts(found: DepthMap, judged: dict[Place, Judged]) -> Facts:
    """Counted anew from records."""
    shares, gains = [], []
    for cell in found.cells.values():
        runs = [run.last.validation.accuracy for run in cell.runs.values()]
        heads = [run.last.validation.accuracy for run in cell.heads.values()]
        means = [sum(some) / len(some) for some in (runs, heads) if some]
        shares += means
        if len(means) == 2:
            gains.append(100 * (means[0] - means[1]))
    worse = sum(one.verdict == Verdict.WORSE for one in judged.values())
    counts = [*COUNTS, *(n / CLASSES for n in COUNTS), len(found.cells), len(judged), worse, found.seeds]
    counts += [1, 1000, *(1000 * one.p_value for one in judged.values())]
    return Facts(shares=shares, points=gains, counts=counts)


@saying
def maps() -> Iterator[Told]:
    for shape in SHAPES:
        for seeds in (1, 3):
            found, judged = depth_map(shape, seeds)
            known, said = facts(found, judged), headline(found, judged)
            told = [said, *(head_line(found, images) for images in COUNTS)]
            told += [cell_line(found, *place, judged) for place in found.cells]
            yield Told("map_notes", [text for text in told if text], known)
            assert SAID.get(shape, "") in said
            assert bool(said) == bool(judged)
            assert ("does worse" in said) == any(one.verdict == Verdict.WORSE for one in judged.values())
            for (stop, images), one in judged.items():
                line = cell_line(found, stop, images, judged)
                assert ("Chance alone" in line) == (one.verdict != Verdict.CANNOT_TELL)
            table = map_table(found, judged)
            assert set(table["of each class"]) <= {"2", "about 6", "20"}
    assert "at least one block" in headline(*depth_map("everywhere, never the same block", 1))
    assert "from block 8 beats" in headline(*depth_map("from the middle on", 3))
