"""What is said of searches for the best recipe."""

from collections.abc import Iterator

from core.charts.best_chart import best_table, not_tried_table
from core.compare.best import Standing, gather
from core.compare.best_notes import default_line, headline, name, optimism_line, why
from core.results import spent_on
from tests import fakes, searches
from tests.claims import Facts, Told
from tests.sayings.grid import saying

ENDS = {  # what the search came to -> how it is made up
    "some cannot be told apart": {},
    "the default is the cheapest of them": {"winners": ("default", "deep"), "named": "default"},
    "the default does worse": {"winners": ("deep", "near")},
    "one is left": {"winners": ("deep",), "named": "deep"},
    "over three seeds": {"seeds": 3},
    "no time for others": {"winners": ("default",), "named": "default", "alone": True},
    "under way": {"ended": False},
}


@saying
def searched() -> Iterator[Told]:
    for end, how in ENDS.items():
        made = searches.search(lambda config: f"{hash(config)}", **how)
        results = {
            f"{hash(config)}": fakes.record("run", config, fakes.wrong_by_phase(config, wrong, wrong))
            for config, wrong in made.runs
        }
        found = gather(made.record, results)
        told = [headline(found), default_line(found), optimism_line(found)]
        told += [why(one) for one in found.not_tried]
        sizes = [one.candidate.size for one in (*found.tried, *found.not_tried)]
        facts = Facts(
            counts=[
                *sizes,
                len(found.tried),
                len(made.record.get("winners", ())),
                found.seeds,
                found.judged,
                1,
                1000,
                3,
            ],
            seconds=[70, 38, *(spent_on(one.first.phases).from_nothing for one in found.tried)],
        )
        yield Told("best_notes", [text for text in told if text], facts)
        assert bool(told[0]) == found.ended == (end != "under way")
        assert ("more were left by one seed" in told[0]) == (end == "over three seeds")
        assert ("nothing here was shown" in told[1]) == (
            end in ("some cannot be told apart", "over three seeds")
        )
        assert ("does worse" in told[1]) == (end in ("the default does worse", "one is left"))
        assert ("the default recipe**" in told[0]) == (how.get("named") == "default")
        assert ("flatters" in told[2]) == (end not in ("under way", "no time for others"))
        assert len(best_table(found)) == len(found.tried)
        assert list(not_tried_table(found)["recipe"]) == [name(one.candidate) for one in found.not_tried]
        assert bool(found.standing(Standing.WINNER)) == found.ended
