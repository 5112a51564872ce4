"""A maze of your own, drawn as text: the way through it."""

import numpy as np

import mlsearch as ml

DRAWING = """
S.#.......
#.#.####.#
..#.#....#
.##.#.####
......#..G
.####.#.##
.#....#...
.#.######.
..........
"""

cells = np.array([list(line) for line in DRAWING.split()])
start, goal = (int(np.flatnonzero(cells == letter)[0]) for letter in "SG")
walls = cells == "#"

result = ml.solve(walls, start, goal, ml.load())
cells.flat[result.path(0)[1:-1]] = "*"
print("\n".join(map("".join, cells)))
print(f"{result.cost[0]} steps, {result.expansions[0]} expansions")
