import signal
import time

import numpy as np
import pytest

from mlsearch.mazes import Mazes

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer signal")


@pytest.fixture
def interrupted_soon():
    """After some processor time, so that it makes no difference what else the machine does."""

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, 0.05)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


@pytest.mark.parametrize("generator", ["percolation", "depth_first", "wilson", "prim"])
@pytest.mark.parametrize(("num", "size"), [(10**6, 20), (20, 2048)])
@pytest.mark.usefixtures("interrupted_soon")
def test_generation_stops(generator, num, size):
    begin = time.process_time()
    with pytest.raises(KeyboardInterrupt):
        Mazes.generate(num, size, generator, wall_probability=0.45, num_threads=1)
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(("num", "size", "goals"), [(1, 20, 200_000), (1, 1024, 50)])
def test_distances_stop(num, size, goals, request):
    mazes = Mazes.generate(num, size)
    request.getfixturevalue("interrupted_soon")
    begin = time.process_time()
    with pytest.raises(KeyboardInterrupt):
        mazes.distances(np.full((num, goals), np.flatnonzero(mazes.walls == 0)[0]), num_threads=1)
    assert time.process_time() - begin < 2
