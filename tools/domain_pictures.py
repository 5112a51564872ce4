"""Draws the pictures of docs/domains: python tools/domain_pictures.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

import mlsearch as ml

IMAGES = Path(__file__).parents[1] / "docs" / "images"

LEVEL = """\
#########
#   #   #
# $   . #
#  #$#  #
# .  @* #
#########
"""


def states() -> dict[str, list[tuple[Any, Any]]]:
    """Domains and states, by the name of the picture."""
    scrambled = [ml.Cube(3), ml.Cube(2), ml.Tiles(4), ml.LightsOut(7), ml.TopSpin(), ml.Pancake()]
    found = {d: ml.Problems.sample(d, num=1, scramble=100).starts[0] for d in scrambled}
    cube, small, tiles, lights, ring, stack = found.items()
    levels = ml.Sokoban.parse(LEVEL)
    doors = ml.OneWayMazes.generate(1, seed=0)
    return {
        "cube": [cube, small],
        "tiles": [tiles, (tiles[0], tiles[0].goal_state)],
        "lights_out": [lights],
        "sokoban": [(levels, levels.starts[0])],
        "permutation": [ring, stack],
        "one_way": [(doors, ml.Problems.sample(doors).starts[0])],
    }


def main() -> None:
    """Writes one PNG a page."""
    for name, drawn in states().items():
        rows = len(drawn) if name == "permutation" else 1
        columns = len(drawn) // rows
        size = (7, 1.2) if rows > 1 else (3.2 * columns, 2.6)
        figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
        for place, (domain, state) in zip(axes.flat, drawn, strict=True):
            domain.draw(state, place)
        figure.tight_layout(pad=0.3)
        figure.savefig(IMAGES / f"domain_{name}.png", dpi=110, metadata={"Software": None})
        plt.close(figure)


if __name__ == "__main__":
    main()
