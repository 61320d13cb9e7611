"""What the documents name is there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from core.limits import read as read_limits

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
DOCUMENTS += sorted(ROOT.glob("docs/*.md"))


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """The headings of a document, as links name them."""
    headings = re.findall(r"^#+ (.*)$", text(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_a_heading(path):
    for target in re.findall(r"\]\(([^)]+)\)", text(path)):
        if target.startswith("http"):
            continue
        file, _, heading = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        assert not heading or heading in anchors(found), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_of_the_repository_that_is_named_is_there(path):
    named = re.findall(r"`((?:core|pages|tests|docs|benchmarks|tools|assets)/[\w./]+)`", text(path))
    gone = [name for name in named if not (ROOT / name).exists()]
    assert not gone


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_module_that_is_run_is_there(path):
    modules = re.findall(r"python -m ((?:core|benchmarks|tools)(?:\.\w+)*)", text(path))
    files = [ROOT / name.replace(".", "/") for name in modules]
    assert [str(file) for file in files if not (file.is_dir() or file.with_suffix(".py").exists())] == []


def test_every_package_that_is_installed_has_its_licence_named():
    listed = re.findall(r"^\| ([\w-]+) \|", text(ROOT / "docs/licences.md"), re.MULTILINE)
    for file in ("requirements.txt", "requirements-dev.txt"):
        for package in re.findall(r"^([\w-]+)==", text(ROOT / file), re.MULTILINE):
            assert package in listed


def test_every_command_of_the_terminal_is_in_the_manual():
    from core.__main__ import _parser

    (commands,) = (action.choices for action in _parser()._actions if action.choices)
    manual = text(ROOT / "docs/use.md")
    assert [name for name in commands if f"python -m core {name}" not in manual] == []


@pytest.mark.skipif(shutil.which("caddy") is None, reason="Caddy is not installed")
def test_caddy_takes_the_caddyfile():
    file = str(ROOT / "docs/serving/Caddyfile")
    done = subprocess.run(
        ["caddy", "validate", "--adapter", "caddyfile", "--config", file], capture_output=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_unit():
    file = str(ROOT / "docs/serving/thaw.service")
    done = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if "/opt/thaw/.venv/bin/python" not in line]
    assert said == []  # but for the code, which is somewhere else here


def test_the_guide_to_serving_names_every_setting_with_its_default():
    guide = text(ROOT / "docs/serving.md")
    table = dict(re.findall(r"^\| `(THAW_\w+)` \|.*\| ([^|]*) \|$", guide, re.MULTILINE))
    limits = read_limits(shared=True, environ={})
    for name, value in vars(limits).items():
        assert table[f"THAW_{name.upper()}"] == f"{value}", name


def test_every_target_of_make_is_in_a_document():
    targets = re.search(r"^\.PHONY: (.*)$", text(ROOT / "Makefile"), re.MULTILINE)[1].split()
    written = "".join(text(path) for path in DOCUMENTS)
    assert [name for name in targets if name != "clean" and f"make {name}" not in written] == []
