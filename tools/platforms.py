"""Whether wheels of every pin resolve on the systems that the README names: `make platforms`.

For each system and Python version pip's own resolver looks for wheels of `requirements.txt` and of everything
they need, and installs nothing. It takes ten minutes and a package registry. What it cannot tell: whether the
wheels work there, and what a package needs on that system alone (pip judges such conditions by this machine).
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
GLIBC = range(17, 29)  # manylinux_2_17 to 2_28: what Debian 10, Ubuntu 20.04 and later can run
SYSTEMS = {  # name -> the tags of wheels it can install
    "Linux x86-64": [*(f"manylinux_2_{minor}_x86_64" for minor in GLIBC), "manylinux2014_x86_64"],
    "Linux aarch64": [*(f"manylinux_2_{minor}_aarch64" for minor in GLIBC), "manylinux2014_aarch64"],
    "Windows x86-64": ["win_amd64"],
    "Mac, Apple silicon": ["macosx_14_0_arm64"],
    "Mac, Intel": ["macosx_14_0_x86_64"],
}
WITHOUT = "Mac, Intel"  # TensorFlow stopped making wheels for it; the row is there to notice a change


def resolve(tags: list[str], python: str) -> tuple[bool, str]:
    """Whether pip finds wheels of everything, and in words: how many packages, or what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip", "install", "-r", str(ROOT / "requirements.txt"), "--dry-run"]
        command += ["--only-binary=:all:", "--quiet"]
        command += [part for tag in tags for part in ("--platform", tag)]
        command += ["--python-version", python, "--target", folder, "--report", str(report)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            return True, f"{len(json.loads(report.read_text(encoding='utf-8'))['install'])} packages"
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR: No matching")]
    reason = (errors or done.stderr.splitlines() or ["pip said nothing"])[-1]
    return False, reason.removeprefix("ERROR: No matching distribution found for ")


def main(arguments: list[str] | None = None) -> int:
    """Print one table as Markdown; 1 if a system that should resolve does not."""
    parser = argparse.ArgumentParser(prog="python -m tools.platforms", description=__doc__.splitlines()[0])
    parser.add_argument("--python", nargs="+", default=PYTHONS, metavar="VERSION", help="such as 3.12")
    asked = parser.parse_args(arguments).python
    print("| system |" + "".join(f" Python {python} |" for python in asked))
    print("|---|" + "---|" * len(asked), flush=True)
    good = True
    for system, tags in SYSTEMS.items():
        found = [resolve(tags, python) for python in asked]
        cells = [said if ok else f"no wheel: {said}" for ok, said in found]
        print(f"| {system} | {' | '.join(cells)} |", flush=True)
        good &= system == WITHOUT or all(ok for ok, _ in found)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
