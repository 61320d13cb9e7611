"""Promises about imports, kept by trying."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {  # modules that import TensorFlow as soon as they are imported
    "core.method.backbone", "core.method.checkpoint", "core.method.engine", "core.method.inputs",
    "core.method.phase", "core.method.training", "core.method.workshop",
}  # fmt: skip
PAGES = sorted(ROOT.glob("pages/**/*.py"))


SOURCES = [*sorted(ROOT.glob("core/**/*.py")), ROOT / "app.py", *PAGES]


def imports(path: Path) -> list[tuple[int, str]]:
    """(line, dotted name) of everything that a file imports, anywhere in it. Of `from core import words` the
    name is `core.words`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def imported(path: Path) -> set[str]:
    """Top-level names of every package that a file imports, anywhere in it."""
    return {name.split(".")[0] for _, name in imports(path)}


# Packages


def allowed() -> dict[str, set[str]]:
    """Package -> what it may import, from the table in docs/architecture.md, in the table's order."""
    table = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for package, cell in re.findall(r"^\| `((?:core|pages)[\w/]*)` \|[^|]*\|([^|]*)\|$", table, re.MULTILINE):
        named = set(re.findall(r"`([\w/]+)`", cell))
        found[package] = set(found) - named if "all above" in cell else named
    return found


def package_of(dotted: str) -> str | None:
    """`core/method` of `core.method.phase`; `core` for the ground floor; None outside."""
    parts = dotted.split(".")
    if parts[0] == "app":
        return "pages"
    if parts[0] not in ("core", "pages"):
        return None
    below = parts[0] == "core" and len(parts) > 1 and (ROOT / "core" / parts[1]).is_dir()
    return f"core/{parts[1]}" if below else parts[0]


def test_every_package_has_its_row_in_the_table():
    packages = {f"core/{path.parent.name}" for path in ROOT.glob("core/*/__init__.py")}
    assert set(allowed()) == packages | {"core", "pages"}


def test_rows_name_only_rows_above_them_so_there_is_no_circle():
    above: set[str] = set()
    for package, may in allowed().items():
        assert may <= above, f"{package} may import {sorted(may - above)}, which stand below it in the table"
        above.add(package)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_only_where_the_table_allows(path):
    relative = path.relative_to(ROOT)
    if relative.as_posix() == "core/__main__.py":
        return  # the terminal's door: it hands over to core/commands
    here = package_of(".".join(relative.with_suffix("").parts))
    may = allowed()[here] | {here, None}
    broken = [
        f"{relative}:{line} imports {name}; {here} may import only {sorted(allowed()[here])}"
        for line, name in imports(path)
        if package_of(name) not in may
    ]
    assert not broken, "\n".join(broken)


# Libraries


@pytest.mark.parametrize("path", sorted(ROOT.glob("core/**/*.py")), ids=lambda path: path.stem)
def test_the_core_never_imports_streamlit_or_pages(path):
    assert not imported(path) & {"streamlit", "pages"}


@pytest.mark.parametrize("path", [ROOT / "app.py", *PAGES], ids=lambda path: path.stem)
def test_a_page_never_imports_tensorflow_or_keras(path):
    assert not imported(path) & {"tensorflow", "keras"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_draws_its_charts_without_changing_altairs_settings_for_other_sessions(path):
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert "altair_chart" not in used  # `pages.ui.show.altair` says why


@pytest.mark.parametrize("path", [ROOT / "app.py", *PAGES], ids=lambda path: path.stem)
def test_one_module_reads_and_writes_the_address_bar(path):
    """`query_params`, `bind="query-params"`, and `st.stop`, after which it could no longer be written."""
    before_anything_is_bound = (  # where no page can be shown, or none has begun
        "pages/ui/login.py", "pages/ui/trouble.py", "pages/server/gate.py",
    )  # fmt: skip
    if path.relative_to(ROOT).as_posix() in ("pages/ui/address.py", *before_anything_is_bound):
        return
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"query.params|\bbind=|\bst\.stop\b", text)


def test_light_modules_and_what_pages_import_come_without_tensorflow():
    """In a process of its own. Pages are scripts: only their imports are tried here, their bodies by the page
    tests."""
    files = [*ROOT.glob("core/**/*.py"), *ROOT.glob("pages/ui/**/*.py")]
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]
    lines = ["import sys", *(f"import {name}" for name in sorted(set(modules) - HEAVY - {"core.__main__"}))]
    for path in [ROOT / "app.py", *PAGES]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        lines += [ast.unparse(n) for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
    lines += ["heavy = {'tensorflow', 'keras', 'ai_edge_litert'} & set(sys.modules)"]
    lines += ["sys.exit(str(heavy) if heavy else 0)"]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
