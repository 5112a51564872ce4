"""The threads that kernels share: how many there are, and that they stay."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")

COUNTED = """
import os
from mlsearch import _core
from mlsearch.domains.maze.mazes import Mazes

def num_threads():
    return len(os.listdir("/proc/self/task"))

alone = num_threads()
for wanted in {wanted}:
    Mazes.generate(20_000, num_threads=wanted)
    print(num_threads() - alone)
"""


def helpers(wanted: list[int], **variables: str) -> list[int]:
    """The number of helping threads after kernels were run with so many threads."""
    kept = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    command = [sys.executable, "-c", COUNTED.format(wanted=wanted)]
    run = subprocess.run(command, env=kept | variables, capture_output=True, text=True, check=True)
    return [int(line) for line in run.stdout.split()]


def test_threads_wait_for_the_next_kernel():
    assert helpers([1, 3, 2, 3, 5, 1]) == [0, 2, 2, 2, 4, 4]


def test_there_are_not_many_more_threads_than_cores():
    assert helpers([1000])[0] <= max(8, len(os.sched_getaffinity(0)))


def test_all_cores_are_used_unless_the_environment_says_otherwise():
    assert helpers([0]) == [len(os.sched_getaffinity(0)) - 1]
    assert helpers([0, 2], OMP_NUM_THREADS="1") == [0, 1]
    assert helpers([0], OMP_NUM_THREADS="4") == [3]
    assert helpers([0], OMP_NUM_THREADS="many") == [len(os.sched_getaffinity(0)) - 1]
