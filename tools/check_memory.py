"""Does large work within the memory that docs/reliability.md promises, under a limit of that size.

    python tools/check_memory.py maze --side 4096
    python tools/check_memory.py problems --num 1000000
    python tools/check_memory.py states --num 100000000

"maze" generates one maze, computes distances and searches it; "problems" makes default problems and
solves them; "states" searches a 3 x 3 x 3 cube until so many states are seen. The process may take
as much address space as it has after its imports, and what is promised. Prints what was needed;
ends with a MemoryError if that is not enough. Linux only.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.contract import Rows
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.domains.puzzles.cube import Cube
from mlsearch.search.solve import solve

BYTES_PER_CELL = 24  # of one large maze
BYTES_PER_PROBLEM_CELL = 8  # of many problems, with a table
BYTES_PER_STATE = 192  # of a search on the cube, whose states are rows of 54 bytes
SPARE = 2**27  # for threads, and for the allocator


def one_maze(side: int) -> None:
    """Generation, distances and a search that sees most of the maze."""
    mazes = Mazes.generate(1, side, seed=3)
    free = np.flatnonzero(mazes.walls == 0)
    assert mazes.distances(free[:1]).max() > side
    result = solve(mazes, free[0], free[-1], heuristic="manhattan")
    assert result.solved.all()


def many_problems(num: int) -> None:
    """Problems of the default kind, solved with a table."""
    problems = Problems.sample(Mazes.generate(num, seed=3))
    result = solve(problems, heuristic="manhattan")
    assert result.solved.all()


def many_states(num: int) -> None:
    """One search that sees so many states, and then ends out of budget."""
    cube = Cube(3)
    problem = Problems.sample(cube, num=1, scramble=1000, seed=1)
    result = solve(
        problem, heuristic=zeros, expansions_per_round=1000, max_generated=num, max_bytes=2**36
    )
    assert result.generated[0] >= num


def zeros(problem: NDArray[np.int32], state: Rows) -> NDArray[np.float32]:
    """A heuristic that knows nothing."""
    return np.zeros(len(problem), np.float32)


def kibibytes(name: str) -> int:
    """A line of /proc/self/status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def within(limit: int, work: Callable[[], None], unit: int, unit_name: str) -> None:
    """Runs ``work`` with so many bytes more than now, and prints what it took."""
    before = kibibytes("VmSize") * 1024
    resource.setrlimit(resource.RLIMIT_AS, (before + limit, before + limit))
    begin = time.perf_counter()
    work()
    seconds = time.perf_counter() - begin
    used = kibibytes("VmPeak") * 1024 - before
    print(
        f"{seconds:.1f} s, {used / 2**20:.0f} of {limit / 2**20:.0f} MiB, "
        f"{used / unit:.1f} bytes per {unit_name}"
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("maze").add_argument("--side", type=int, default=4096)
    commands.add_parser("problems").add_argument("--num", type=int, default=1_000_000)
    commands.add_parser("states").add_argument("--num", type=int, default=10_000_000)
    options = parser.parse_args()
    if options.command == "maze":
        cells = options.side**2
        limit = SPARE + BYTES_PER_CELL * cells
        within(limit, lambda: one_maze(options.side), cells, "cell")
    elif options.command == "states":
        limit = SPARE + BYTES_PER_STATE * options.num
        within(limit, lambda: many_states(options.num), options.num, "state")
    else:
        cells = 400 * options.num
        limit = SPARE + BYTES_PER_PROBLEM_CELL * cells
        within(limit, lambda: many_problems(options.num), cells, "cell of a problem")


if __name__ == "__main__":
    main()
