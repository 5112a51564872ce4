"""The search of compiled worlds, called from a C++ program: as on mazes, to the last node."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.search.solve import solve

ROOT = Path(__file__).parents[1]
COMPILER = shutil.which(os.environ.get("CXX", "c++"))

pytestmark = pytest.mark.skipif(COMPILER is None, reason="needs a C++ compiler")


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("compiled_world") / "compiled_world"
    sources = [ROOT / "tests" / "compiled_world.cpp", *ROOT.glob("cpp/core/*.cpp")]
    flags = ["-std=c++20", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", f"-I{ROOT / 'cpp'}"]
    subprocess.run([COMPILER, *flags, *sources, "-o", path], check=True)
    return path


@pytest.mark.parametrize("max_active", [7, 500])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"search": False},
        {"weight": 1.0},
        {"weight": 2.5, "expansions_per_round": 3},
        {"expansions_per_round": 4, "max_expansions": 30},
        {"beam_width": 3},
    ],
)
def test_a_compiled_world_is_searched_as_the_maze(program, options, max_active) -> None:
    problems = Problems.sample(Mazes.generate(200, (9, 12), "prim", loops=0.2, seed=1), seed=2)
    lines = ["9 12 200"]
    for walls, start, goal in zip(
        problems.domain.walls, problems.starts, problems.goals, strict=True
    ):
        lines.append(f"{''.join(map(str, walls.ravel()))} {start} {goal}")
    values = [
        int(options.get("search", True)),
        options.get("weight", -1),
        options.get("expansions_per_round", 1),
        options.get("max_expansions", 2**31 - 1),
        max_active,
        options.get("beam_width", -1),
    ]
    done = subprocess.run(
        [program, *map(str, values)], input="\n".join(lines), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    expected = solve(problems, heuristic="manhattan", **options)
    assert expected.solved.sum() > 0
    for i, line in enumerate(done.stdout.splitlines()):
        status, expansions, generated, cost, *path = map(int, line.split())
        outcome = [expected.status[i], expected.expansions[i], expected.generated[i]]
        assert [status, expansions, generated] == outcome
        assert cost == expected.cost[i]
        if expected.solved[i]:
            np.testing.assert_array_equal(path, expected.path(i))
    assert i == 199
