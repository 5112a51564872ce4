"""Writes the explorers that the documentation embeds: python tools/docs_explorers.py.

Each shows the metric that comes with the package on a few problems; all take under a minute.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NamedTuple

from mlsearch.domains.problems import sample_problems
from mlsearch.evaluation.evaluation import evaluate
from mlsearch.evaluation.score_table import yardstick_of
from mlsearch.metrics.shipped import run_folder
from mlsearch.report import Entry, build_explorer
from mlsearch.reproduction import learned_entries
from mlsearch.runs import checkpoint

FOLDER = Path(__file__).parents[1] / "docs" / "explorers"


class Shown(NamedTuple):
    """What an explorer shows.

    Attributes:
        metric: that comes with the package.
        title: of the page.
        num: problems, of which the explorer takes a few that differ.
        options: of the search.
    """

    metric: str
    title: str
    num: int
    options: dict[str, Any]


SHOWN = {
    "maze": Shown("maze", "Two searches in a maze", num=100, options={}),
    "cube": Shown(
        "cube3", "A cube, solved", num=3, options={"beam_width": 256, "max_generated": 100_000}
    ),
    "tiles": Shown("tiles4", "A 15-puzzle, solved", num=5, options={"beam_width": 64}),
    "sokoban": Shown(
        "sokoban", "A level of Sokoban, solved", num=9, options={"max_expansions": 2000}
    ),
}
"""By the name of the file."""


def write(shown: Shown, path: Path) -> None:
    """Solves the problems and writes the page."""
    folder = run_folder(shown.metric)
    problems = sample_problems(checkpoint.read_config(folder).domain, shown.num, 0, "test")
    (learned,) = learned_entries("learned", [folder], problems, with_axioms=False, **shown.options)
    name = yardstick_of(learned.evaluations[0])
    yardstick = Entry(name=name, evaluations=[evaluate(name, problems, **shown.options)])
    build_explorer([learned, yardstick], path, shown.title)


def main() -> None:
    """Writes the explorers that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SHOWN)}; default all")
    parser.add_argument("--out", type=Path, default=FOLDER, help="a folder")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or SHOWN:
        path = arguments.out / f"{name}.html"
        write(SHOWN[name], path)
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    main()
