"""Images in the tree of their folders: which folders hold images, and which only wrap others."""

from collections.abc import Collection, Sequence


class Tree:
    """A listing of images. Folder paths end in `/`; the outermost is the empty text."""

    def __init__(self, paths: Sequence[str]):
        self.paths = paths
        self._children: dict[str, set[str]] = {}
        self._images: dict[str, list[int]] = {}  # every image, under each folder above it
        for position, path in enumerate(paths):
            chain = _above(path.rpartition("/")[0])
            for parent, child in zip(chain, chain[1:], strict=False):
                self._children.setdefault(parent, set()).add(child[len(parent) : -1])
            for folder in chain:
                self._images.setdefault(folder, []).append(position)

    def folders(self, folder: str) -> list[str]:
        """Those in it in which images lie, at any depth."""
        return sorted(self._children.get(folder, ()))

    def images(self, folder: str) -> list[int]:
        """Those in it and in every folder below."""
        return self._images.get(folder, [])

    def loose(self, folder: str) -> list[int]:
        """Images lying directly in it."""
        return [p for p in self.images(folder) if "/" not in self.paths[p][len(folder) :]]

    def top(self) -> str:
        """The folder to start from: one that only wraps others is stepped into."""
        top = ""
        while len(inside := self.folders(top)) == 1:
            below = f"{top}{inside[0]}/"
            is_split = inside[0].lower() in ("train", "training") and len(self.classes(below)) > 1
            if is_split or not _wraps(self, below):
                break
            top = below
        return top

    def within(self, folder: str, classes: Collection[str] = ()) -> str:
        """The folder below which the classes of a split lie: wrappers, other than `classes`, are stepped
        into."""
        while len(inside := self.folders(folder)) == 1 and not self.loose(folder):
            if inside[0] in classes:
                break
            folder = f"{folder}{inside[0]}/"
        return folder

    def classes(self, folder: str) -> list[str]:
        return self.folders(self.within(folder))


def _wraps(tree: Tree, folder: str) -> bool:
    inside = len(tree.folders(folder))
    return inside > 1 or (inside == 1 and not tree.loose(folder))


def _above(folder: str) -> list[str]:
    parts = folder.split("/") if folder else []
    return ["".join(f"{part}/" for part in parts[:depth]) for depth in range(len(parts) + 1)]
