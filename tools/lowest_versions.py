"""Prints as constraints the lowest version that pyproject.toml allows of each dependency.

    python tools/lowest_versions.py [PINNED...]

The packages PINNED are left as in constraints.txt. Where two lists name a package, the higher
version counts. Needs Python 3.11 and nothing else.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import tomllib

ROOT = Path(__file__).parents[1]
GROUPS = ("build", "test")


def lowest_versions(pyproject: dict) -> dict[str, str]:
    """Name to version, for what the package needs, builds with and is tested with."""
    project = pyproject["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    lists += [pyproject["build-system"]["requires"]]
    lists += [pyproject["dependency-groups"][group] for group in GROUPS]
    lowest: dict[str, str] = {}
    for requirement in itertools.chain(*lists):
        name, bound, version = requirement.partition(";")[0].partition(">=")
        if not bound:
            raise ValueError(f"pyproject.toml: expected NAME>=VERSION, got {requirement!r}")
        lowest[name] = max(version, lowest.get(name, version), key=_numbers)
    return lowest


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def main() -> None:
    """The command line."""
    pinned = tuple(f"{name}==" for name in sys.argv[1:])
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lowest = [f"{name}=={version}" for name, version in lowest_versions(pyproject).items()]
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lowest if not line.startswith(pinned)]
    lines += [line for line in pins if line.startswith(pinned)]
    print("\n".join(sorted(lines)))


if __name__ == "__main__":
    main()
