"""Heuristics that misbehave: a search tells what is wrong, or goes on, but never breaks."""

import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from test_interrupt import assert_program_stops

from mlsearch.base.errors import HeuristicError
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.search.solve import solve

PROBLEMS = Problems.sample(Mazes.generate(60, 12, seed=5), seed=2)
WIDTH = PROBLEMS.domain.shape.width


def manhattan(problem, state):
    goal = PROBLEMS.goals[problem]
    rows, columns = state // WIDTH - goal // WIDTH, state % WIDTH - goal % WIDTH
    return (abs(rows) + abs(columns)).astype(np.float32)


def outcome(result):
    return [result.status.tolist(), result.expansions.tolist(), result.cost.tolist()]


EXPECTED = outcome(solve(PROBLEMS, heuristic="manhattan"))


def solved(heuristic, **options):
    return outcome(solve(PROBLEMS, heuristic=heuristic, **options))


def after(calls: int, answer):
    """Behaves for some calls, then answers with what `answer` makes of the right one."""
    numbers = iter(range(10**6))

    def heuristic(problem, state):
        right = manhattan(problem, state)
        return answer(right) if next(numbers) >= calls else right

    return heuristic


def test_a_heuristic_that_behaves():
    assert solved(manhattan) == EXPECTED


# Answers -------------------------------------------------------------------------------------

BAD = {
    "none": lambda right: None,
    "list of rows": lambda right: [[value] for value in right.tolist()],
    "ragged list": lambda right: [right.tolist(), 1.0],
    "number": lambda right: 1.0,
    "bool": lambda right: right > 3,
    "complex": lambda right: right.astype(np.complex64),
    "objects": lambda right: right.astype(object),
    "texts": lambda right: right.astype(str),
    "records": lambda right: np.zeros(len(right), [("x", "f4")]),
    "empty": lambda right: right[:0],
    "too few": lambda right: right[1:],
    "too many": lambda right: np.append(right, right),
    "column": lambda right: right[:, None],
    "scalar": lambda right: right[0],
    "NaN": lambda right: right * np.nan,
    "one NaN": lambda right: np.where(np.arange(len(right)) == len(right) - 1, np.nan, right),
    "infinite": lambda right: right + np.inf,
    "minus infinite": lambda right: right - np.inf,
    "overflow": lambda right: right.astype(np.float64) + 1e300,
}


@pytest.mark.parametrize("calls", [0, 3])
@pytest.mark.parametrize("kind", BAD)
def test_bad_answers_are_told(kind, calls):
    with pytest.raises(HeuristicError, match="heuristic: "):
        solved(after(calls, BAD[kind]))


GOOD = {
    "list": lambda right: right.tolist(),
    "integers": lambda right: right.astype(np.int64),
    "float64": lambda right: right.astype(np.float64),
    "float16": lambda right: right.astype(np.float16),
    "long double": lambda right: right.astype(np.longdouble),
    "other byte order": lambda right: right.astype(right.dtype.newbyteorder()),
    "strided": lambda right: np.repeat(right, 3)[::3],
    "reversed": lambda right: right[::-1].copy()[::-1],
    "unaligned": lambda right: np.frombuffer(b"x" + right.tobytes(), np.float32, offset=1),
    "subclass": lambda right: right.view(np.recarray),
}


@pytest.mark.parametrize("kind", GOOD)
def test_floats_of_any_kind_and_layout_are_right(kind):
    assert solved(after(0, GOOD[kind])) == EXPECTED


# What it does to what it gets ----------------------------------------------------------------


def test_inputs_may_be_kept_changed_and_taken_apart():
    kept = []

    def heuristic(problem, state):
        answer = manhattan(problem, state)
        kept.append((problem, state, answer))
        problem[:], state[:] = -1, 2**30
        problem.resize(0, refcheck=False)
        del problem
        return answer

    with pytest.raises(HeuristicError, match="expected shape"):
        solved(lambda p, s: (s.resize(0, refcheck=False), np.ones(3, np.float32))[1])
    assert solved(heuristic) == EXPECTED
    for _, state, answer in kept:
        assert len(state) == len(answer)
        answer[:] = np.nan


def test_the_answer_may_be_used_again_for_the_next():
    memory = np.empty(10**5, np.float32)

    def heuristic(problem, state):
        memory[: len(state)] = manhattan(problem, state)
        return memory[: len(state)]

    assert solved(heuristic) == EXPECTED


def test_the_heuristic_may_be_dropped_while_it_is_asked():
    holder = {}

    def heuristic(problem, state):
        holder.clear()
        return manhattan(problem, state)

    holder["heuristic"] = heuristic
    del heuristic
    assert solve(PROBLEMS, heuristic=holder["heuristic"]).solved.all()


# What it raises ------------------------------------------------------------------------------


class Own(BaseException):
    pass


@pytest.mark.parametrize("error", [ZeroDivisionError, SystemExit, KeyboardInterrupt, Own])
@pytest.mark.parametrize("calls", [0, 5])
def test_what_it_raises_surfaces_unchanged(error, calls):
    raised = error("mine")

    def fail(right):
        raise raised

    with pytest.raises(error) as caught:
        solved(after(calls, fail), num_threads=3)
    assert caught.value is raised
    assert solved(manhattan) == EXPECTED


def test_endless_recursion_is_an_error_and_no_crash():
    def heuristic(problem, state):
        return heuristic(problem, state)

    with pytest.raises(RecursionError):
        solved(heuristic)


# Whom it calls -------------------------------------------------------------------------------


def test_it_may_search_itself():
    inner = []

    def searching(depth):
        def heuristic(problem, state):
            if len(inner) < 4:
                deeper = searching(depth + 1) if depth < 4 else "manhattan"
                inner.append(solved(deeper, num_threads=2))
            return manhattan(problem, state)

        return heuristic

    assert solved(searching(0)) == EXPECTED
    assert inner
    assert all(found == EXPECTED for found in inner)


def test_one_heuristic_serves_searches_of_several_threads():
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda n: solved(manhattan, num_threads=n), [1, 2, 3] * 4))
    assert found == [EXPECTED] * 12


def test_searches_in_threads_do_not_wait_for_each_other():
    """Both heuristics wait until the other one is asked too."""
    meet = threading.Barrier(2, timeout=20)

    def heuristic(problem, state):
        if meet.n_waiting < 2 and not meet.broken:
            meet.wait()
            meet.abort()
        return manhattan(problem, state)

    def search(_):
        try:
            return solved(heuristic)
        except threading.BrokenBarrierError:
            return EXPECTED  # the other one was quicker to go on

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(search, range(2))) == [EXPECTED] * 2


# Interruption --------------------------------------------------------------------------------

ENDLESS = {
    "a heuristic that sleeps": "import time; heuristic = lambda p, s: time.sleep(1000)",
    "a heuristic that works": """
        def heuristic(problem, state):
            while True:
                pass
    """,
    "a search that never ends": """
        maze = Mazes.generate(1, 1000, wall_probability=0.2)
        problems = Problems.sample(maze, per_world=20)
        heuristic = lambda p, s: np.zeros(len(s), np.float32)
    """,
}


@pytest.mark.skipif(os.name != "posix", reason="needs SIGINT for one process")
@pytest.mark.parametrize("kind", ENDLESS)
def test_ctrl_c_ends_it(kind):
    code = f"""
        import numpy as np
        from mlsearch.domains.maze.mazes import Mazes
        from mlsearch.domains.problems import Problems
        from mlsearch.search.solve import solve
        problems = Problems.sample(Mazes.generate(60, 12))
        {textwrap.indent(textwrap.dedent(ENDLESS[kind]).strip(), " " * 8).strip()}
        print("ready", flush=True)
        solve(problems, heuristic=heuristic)
    """
    assert_program_stops(code)


# Forks and workers ---------------------------------------------------------------------------

FORKS = """
    import multiprocessing, os
    import numpy as np
    from mlsearch.domains.maze.mazes import Mazes
    from mlsearch.domains.problems import Problems
    from mlsearch.search.solve import solve

    def found(_=None):
        problems = Problems.sample(Mazes.generate(2000, 12, num_threads=4))
        return solve(problems, heuristic="manhattan", num_threads=4).expansions.tolist()

    expected = found()
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0
    else:
        os._exit(found() != expected)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(found, range(4)) == [expected] * 4

    def forking(problem, state):
        if (child := os.fork()) == 0:
            os._exit(found() != expected)
        assert os.waitpid(child, 0)[1] == 0
        return np.zeros(len(state), np.float32)

    problems = Problems.sample(Mazes.generate(3, 4))
    assert solve(problems, heuristic=forking, num_threads=4).solved.all()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_process_can_do_all_that_its_parent_did():
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(FORKS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


WORKERS = """
    import numpy as np
    from torch.utils.data import DataLoader, Dataset
    from mlsearch.domains.maze.mazes import Mazes
    from mlsearch.data.pairs import PairSampler
    from mlsearch.data.trajectories import Trajectories

    class Pairs(Dataset):
        def __init__(self):
            self.trajectories = Trajectories.sample(Mazes.generate(50, 8), num_threads=4)
            self.sampler = PairSampler(self.trajectories, batch_size=16, num_threads=4)

        def __len__(self):
            return 6

        def __getitem__(self, number):
            pairs = self.sampler.sample(number, 1)
            return self.trajectories.states[pairs.position[0]]

    data = Pairs()
    found = list(DataLoader(data, batch_size=None, num_workers=2, multiprocessing_context="fork"))
    assert all(np.array_equal(x.numpy(), data[i]) for i, x in enumerate(found))
    assert len(found) == 6
"""


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="needs workers that are forked"
)
def test_the_workers_of_a_data_loader_make_the_pairs_of_their_parent():
    command = [sys.executable, "-c", textwrap.dedent(WORKERS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
