"""Ctrl-C ends every long kernel within 0.2 s.

What is bounded is the processor time of this process after the signal: other programs on the
machine do not lengthen it.
"""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from mlsearch.domains.maze.baselines import baseline_table
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.domains.puzzles.sokoban import Sokoban
from mlsearch.search.solve import solve

pytestmark = pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs signals")
BEFORE = 0.05  # seconds
AFTER = 0.2  # seconds of processor time, so that it makes no difference what else is running
if os.environ.get("SANITIZER") == "thread":
    AFTER *= 5  # ThreadSanitizer slows code down by five to fifteen, and looks for races, not time
threads = pytest.mark.parametrize("num_threads", [1, 2])


@pytest.fixture(autouse=True)
def no_garbage_collection():
    """Hypothesis listens to it, and Python drops what is raised in a listener, Ctrl-C as well."""
    gc.disable()
    yield
    gc.enable()


def assert_stops(work: Callable[[], object]) -> None:
    """Interrupts ``work`` as Ctrl-C does, and bounds how long it goes on."""
    sent = []

    def send():
        sent.append(time.process_time())
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, signal.default_int_handler)
    timer = threading.Timer(BEFORE, send)
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            work()
        assert time.process_time() - sent[0] < AFTER
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)


def assert_program_stops(code: str) -> None:
    """Runs a program that prints "ready" and then does not end; Ctrl-C ends it in time."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        begin = time.perf_counter()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert time.perf_counter() - begin < 5  # the end of the interpreter included
    assert errors.rstrip().endswith("KeyboardInterrupt")


@threads
def test_generation_of_levels_stops(num_threads):
    Sokoban.generate(1)  # compiles
    assert_stops(lambda: Sokoban.generate(10**5, num_threads=num_threads))


@threads
@pytest.mark.parametrize("generator", ["percolation", "depth_first", "wilson", "prim"])
@pytest.mark.parametrize(("num", "size"), [(10**6, 20), (20, 2048)])
def test_generation_stops(generator, num, size, num_threads):
    assert_stops(
        lambda: Mazes.generate(num, size, generator, wall_probability=0.45, num_threads=num_threads)
    )


@threads
@pytest.mark.parametrize("moves", ["four", "eight"])
@pytest.mark.parametrize(("size", "num_goals"), [(20, 200_000), (1024, 50)])
def test_distances_stop(size, num_goals, moves, num_threads):
    mazes = Mazes.generate(1, size, moves=moves)
    goals = np.full((1, num_goals), np.flatnonzero(mazes.walls == 0)[0])
    assert_stops(lambda: mazes.distances(goals, num_threads=num_threads))


@threads
@pytest.mark.parametrize("size", [20, 1024])
def test_search_with_a_table_stops(size, num_threads):
    one = Problems.sample(Mazes.generate(1, size))
    copies = 60_000 if size == 20 else 12
    starts, goals = np.repeat(one.starts, copies), np.repeat(one.goals, copies)
    table = baseline_table("random", one.domain, one.goals)
    tables = np.repeat(table, copies, axis=0)
    weight = None if size == 20 else 0.0
    assert_stops(
        lambda: solve(one.domain, starts, goals, tables, weight=weight, num_threads=num_threads)
    )


@threads
def test_search_with_a_callback_stops(num_threads):
    problems = Problems.sample(Mazes.generate(20_000, 20))
    assert_stops(
        lambda: solve(
            problems,
            heuristic=lambda problem, state: state.astype(np.float32),
            num_threads=num_threads,
        )
    )
