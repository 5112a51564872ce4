"""What is random, or should not be: one function for every stream, and a hash of what it makes.

    python tests/golden_streams.py > tests/golden.json

writes the hashes anew after a deliberate change; docs/reliability.md says when one is allowed.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import astuple

import numpy as np

from mlsearch.base.seeding import child_seed
from mlsearch.data.pairs import PairSampler
from mlsearch.data.stitching import fragments, stitch
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.baselines import BASELINES, baseline_table
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.search.result import SearchResult
from mlsearch.search.solve import solve

NUM = 3000  # more than one range of work, so that threads share it
Stream = Callable[[int], Sequence[np.ndarray]]

POLICIES = ("shortest", "noisy", "random_walk")


def mazes(num: int = NUM, num_threads: int = 0) -> Mazes:
    return Mazes.generate(num, 8, seed=7, num_threads=num_threads)


def generated(generator: str, **options) -> Stream:
    size = (9, 12)
    return lambda threads: [
        Mazes.generate(NUM, size, generator, seed=3, num_threads=threads, **options).walls
    ]


def problems(threads: int) -> Sequence[np.ndarray]:
    found = Problems.sample(mazes(num_threads=threads), seed=5, per_world=2)
    return [found.domain.walls, found.starts, found.goals, found.optimal]


def trajectories(policy: str = "noisy", num_threads: int = 0, num: int = NUM) -> Trajectories:
    options = {"policy": policy, "seed": 11, "epsilon": 0.3, "min_length": 1, "max_length": 40}
    return Trajectories.sample(mazes(num), num_threads=num_threads, **options)


def parts(data: Trajectories) -> Sequence[np.ndarray]:
    return [data.worlds, data.states, data.offsets]


def sampled(policy: str) -> Stream:
    return lambda threads: parts(trajectories(policy, threads))


def stitched(threads: int) -> Sequence[np.ndarray]:
    found = stitch(fragments(trajectories(), max_length=4), num=500, max_length=30, seed=2)
    return [*parts(found.trajectories), found.sources]


def sampler(offsets: str = "geometric", num_threads: int = 0, **options) -> PairSampler:
    return PairSampler(
        trajectories(), 64, 4, offsets=offsets, seed=13, num_threads=num_threads, **options
    )


def pairs(offsets: str, symmetry: bool) -> Stream:
    def stream(threads: int) -> Sequence[np.ndarray]:
        source = sampler(offsets, threads, symmetry=symmetry)
        return astuple(source.sample(5, 200))

    return stream


def parts_of_result(result: SearchResult) -> Sequence[np.ndarray]:
    paths = [result.path(i) for i in np.flatnonzero(result.solved)]
    return [result.status, result.expansions, result.generated, result.cost, *paths]


def searched(**options) -> Stream:
    heuristic = options.pop("heuristic", "manhattan")
    return lambda threads: parts_of_result(
        solve(Problems.sample(mazes()), heuristic=heuristic, num_threads=threads, **options)
    )


def baseline(name: str) -> Stream:
    return lambda threads: [baseline_table(name, mazes(50), np.zeros(50, np.int32), seed=9)]


def child_seeds(threads: int) -> Sequence[np.ndarray]:
    return [np.array([child_seed(seed, "train", "mazes") for seed in (0, 1, 2**64 - 1)], np.uint64)]


STREAMS: dict[str, Stream] = {
    "child seeds": child_seeds,
    "percolation": generated("percolation", wall_probability=0.4),
    "depth_first": generated("depth_first"),
    "prim": generated("prim", loops=0.1),
    "wilson": generated("wilson", loops=0.1),
    "problems": problems,
    **{
        f"trajectories, {policy}": sampled(policy)
        for policy in ("shortest", "noisy", "random_walk")
    },
    "stitched trajectories": stitched,
    "pairs, geometric": pairs("geometric", symmetry=False),
    "pairs, uniform": pairs("uniform", symmetry=True),
    **{f"baseline, {name}": baseline(name) for name in BASELINES},
    "greedy best-first search": searched(),
    "greedy descent": searched(search=False),
    "weighted A*": searched(weight=1.5),
    "search with a budget": searched(max_expansions=9, expansions_per_round=3),
    "search by rounds": searched(heuristic=lambda p, s: (s % 7).astype(np.float32)),
    "search with a budget of states": searched(weight=1.5, max_generated=20),
    "beam search": searched(beam_width=3),
    "beam search with budgets": searched(beam_width=4, max_expansions=14, max_generated=25),
    "beam search by rounds": searched(
        beam_width=2, heuristic=lambda p, s: (s % 7).astype(np.float32)
    ),
}


def digest(arrays: Sequence[np.ndarray]) -> str:
    """A hash of dtypes, shapes and values."""
    found = hashlib.sha256()
    for array in arrays:
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        found.update(f"{little.dtype.str} {little.shape}".encode() + little.tobytes())
    return found.hexdigest()


def digests(num_threads: int = 0) -> dict[str, str]:
    """The hash of each stream."""
    return {name: digest(stream(num_threads)) for name, stream in STREAMS.items()}


if __name__ == "__main__":
    print(json.dumps(digests(), indent=2))
