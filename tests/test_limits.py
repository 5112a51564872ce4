"""Sizes that no memory or counter holds are refused before work begins, and large ones work."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from mlsearch.data.pairs import PairSampler
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.search.solve import solve

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits are those of Linux")

TOOLS = Path(__file__).parents[1] / "tools"
LARGEST = 2**31 - 1
GIB = 2**30


@pytest.fixture(scope="module")
def mazes():
    return Mazes.generate(4, 20)


@pytest.fixture(scope="module")
def large():
    return Mazes(np.zeros((1, 2048, 2048), bool))


@pytest.fixture
def little_memory(mazes, large):
    """What asks for 4 GiB more than now is told that there is no memory."""
    import resource

    status = Path("/proc/self/status").read_text()
    [now] = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmSize:")]
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now * 1024 + 4 * GIB, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def zeros(num: int):
    """Many zeros in no memory."""
    return np.broadcast_to(np.int32(0), num)


def solved(mazes, **options):
    cells = [int(np.flatnonzero(walls == 0)[0]) for walls in mazes.walls.reshape(len(mazes), -1)]
    return solve(mazes, cells, cells, heuristic="zero", **options)


TOO_LARGE = {
    "mazes": lambda m, _: Mazes.generate(LARGEST, 4096),
    "mazes beyond int32": lambda m, _: Mazes.generate(2**31, 2),
    "mazes beyond int64": lambda m, _: Mazes.generate(2**63, 2),
    "side": lambda m, _: Mazes.generate(1, 2**40),
    "seed": lambda m, _: Mazes.generate(1, 8, seed=2**64),
    "walls": lambda m, _: Mazes(np.broadcast_to(np.uint8(0), (10**6, 4096, 4096))),
    "problems": lambda m, _: Problems.sample(m, per_world=LARGEST // 4),
    "problems beyond int32": lambda m, _: Problems.sample(m, per_world=2**30),
    "problems that wrap to none": lambda m, _: Problems.sample(m, per_world=2**62),
    "trajectories": lambda m, _: Trajectories.sample(m, per_world=LARGEST // 4),
    "trajectories beyond int32": lambda m, _: Trajectories.sample(m, per_world=2**30),
    "steps": lambda m, _: Trajectories.sample(m, policy="random_walk", max_length=LARGEST),
    "steps beyond int32": lambda m, _: Trajectories.sample(m, max_length=2**31),
    "all distances": lambda _, large: large.all_distances(),
    "distances": lambda _, large: large.distances(zeros((1, 1000))),
    "table": lambda _, large: solve(
        large, zeros(10_000), zeros(10_000), np.broadcast_to(np.float32(0), (10_000, 2048, 2048))
    ),
    "batch": lambda m, _: PairSampler(Trajectories.sample(m), LARGEST).sample(0, 1),
    "batches": lambda m, _: PairSampler(Trajectories.sample(m), 64).sample(0, LARGEST),
    "batches and batch": lambda m, _: PairSampler(Trajectories.sample(m), LARGEST).sample(
        0, LARGEST
    ),
}


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("case", TOO_LARGE)
def test_too_large_is_refused_before_work_begins(case, mazes, large):
    begin = time.process_time()
    with pytest.raises((ValueError, MemoryError)):
        TOO_LARGE[case](mazes, large)
    assert time.process_time() - begin < 1


@pytest.mark.parametrize(
    "option",
    ["max_expansions", "max_generated", "expansions_per_round", "max_active", "num_threads"],
)
def test_a_bound_that_no_counter_holds_is_none(mazes, option):
    result = solved(mazes, **{option: 2**70})
    assert result.solved.all()
    assert np.array_equal(result.expansions, solved(mazes).expansions)


def test_more_threads_than_the_system_gives_are_done_without():
    code = """
        import resource
        import numpy as np
        from mlsearch.domains.maze.mazes import Mazes
        expected = Mazes.generate(50_000, 20, num_threads=1)
        status = open("/proc/self/status").read().splitlines()
        [now] = [int(line.split()[1]) for line in status if line.startswith("VmSize:")]
        limit = now * 1024 + 2**28
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        assert Mazes.generate(50_000, 20, num_threads=10_000) == expected
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


LARGE_WORK = [("maze", "--side=4096"), ("problems", "--num=100000"), ("states", "--num=4000000")]


@pytest.mark.parametrize("work", LARGE_WORK)
def test_large_work_fits_into_the_memory_that_is_documented(work):
    command = [sys.executable, TOOLS / "check_memory.py", *work]
    two_threads = os.environ | {"OMP_NUM_THREADS": "2"}  # others reserve addresses, not memory
    done = subprocess.run(command, env=two_threads, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
