"""Promises about imports, kept by trying."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {  # modules that import TensorFlow as soon as they are imported
    "core.method.backbone", "core.method.checkpoint", "core.method.engine", "core.method.features",
    "core.method.phase", "core.method.training", "core.method.workshop", "core.method.inputs",
    "core.explain.exported", "core.explain.folds", "core.explain.lenses", "core.explain.lr_finder",
    "core.explain.maps", "core.explain.probes", "core.explain.shifts", "core.explain.similarity",
    "core.explain.trained", "core.explain.tsne",
}  # fmt: skip
PAGES = sorted(ROOT.glob("pages/**/*.py"))


def imported(path: Path) -> set[str]:
    """Top-level names of every package that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


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


def run_alone(code: str) -> None:
    """Run code in a process of its own; it exits with 0 if all is well."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_light_modules_and_what_pages_import_come_without_tensorflow():
    files = [*ROOT.glob("core/**/*.py"), *ROOT.glob("pages/ui/**/*.py")]
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]
    modules = sorted(set(modules) - HEAVY - {"core.__main__"})
    heavy = "{'tensorflow', 'keras', 'ai_edge_litert'} & set(sys.modules)"
    run_alone(
        f"import sys\nfor name in {modules!r}: __import__(name)\n"
        f"heavy = {heavy}\nsys.exit(str(heavy) if heavy else 0)"
    )


def test_what_pages_import_comes_without_tensorflow():
    """Pages are scripts: only their imports are tried here, their bodies by the page tests."""
    lines = ["import sys"]
    for path in [ROOT / "app.py", *PAGES]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        lines += [ast.unparse(n) for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
    lines += ["heavy = {'tensorflow', 'keras'} & set(sys.modules)", "sys.exit(str(heavy) if heavy else 0)"]
    run_alone("\n".join(lines))
