"""The command `keep`: photos checked and kept as a set, or added to one that is kept."""

import sys
from dataclasses import asdict

from core import limits
from core.commands.printing import print_json
from core.commands.progress_bar import ProgressBar
from core.data import datasets, kept, summary
from core.data.places import typed_place
from core.errors import DatasetError, one_of
from core.intake import adding, apart
from core.store import Store
from core.typed_places import read_place


def keep(parsed) -> None:
    """Take the photos in. Raises ThawError for bad input; nothing is kept then."""
    store, place = Store(), typed_place(read_place(parsed.place)).resolve()
    known = kept.kept_sets(store.home)
    if parsed.to is not None and parsed.to not in known:
        raise DatasetError(
            f"There is no kept set named {parsed.to!r}.",
            one_of(known) if known else "Expected the name of a set that is kept.",
            "Keep these under a name: --as NAME.", field="to",
        )  # fmt: skip
    with ProgressBar(sys.stderr) as bar:
        intake = apart.take_in(
            place, store.home, parsed.layout, bar, most=limits.read(shared=False),
            one_class=parsed.to is not None,
        )  # fmt: skip
    try:
        if parsed.to is None:
            taken = frozenset(entry.name for entry in datasets.catalogue(store.home))
            name, added = intake.keep(parsed.title, taken), None
        else:
            name, added = parsed.to, adding.add(intake, parsed.to)
    except BaseException:
        intake.discard()
        raise
    dataset = datasets.find(name, store.home)
    if parsed.json:
        brought = None if added is None else asdict(added) | {"photos": len(added.photos)}
        print_json({"set": name, "images": len(dataset.items), "key": dataset.key, "added": brought})
        return
    if added is not None:
        print(adding.told(added))
    print(f"{name}: {summary.of_dataset(dataset)}")
