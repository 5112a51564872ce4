"""Steps of 1000 mazes at once against Gymnasium's loop over single environments; same answers."""

import numpy as np
import pytest

gymnasium = pytest.importorskip("gymnasium")

import mlsearch.gym  # noqa: E402, F401  registers the environment

NAME = "mlsearch/Maze-v0"
NUM_STEPS = 20


def make(benchmark, mode: str):
    """1000 environments when timed, a few when run as a test; none with a checker around it."""
    settings = {"disable_env_checker": True} if mode == "sync" else {}
    return gymnasium.make_vec(NAME, 1000 if benchmark.enabled else 4, mode, **settings)


def walk(envs) -> dict[str, np.ndarray]:
    """The observation after random actions, with resets where episodes end."""
    random = np.random.default_rng(0)
    envs.reset(seed=0)
    for _ in range(NUM_STEPS):
        seen, *_ = envs.step(random.integers(4, size=envs.num_envs))
    return seen


@pytest.mark.benchmark(group="gym-20-steps-of-1000")
@pytest.mark.parametrize("mode", ["vector_entry_point", "sync"])
def test_steps(benchmark, mode: str) -> None:
    envs = make(benchmark, mode)
    random = np.random.default_rng(0)
    envs.reset(seed=0)

    def steps() -> None:
        for _ in range(NUM_STEPS):
            envs.step(random.integers(4, size=envs.num_envs))

    benchmark.pedantic(steps, rounds=20 if mode == "vector_entry_point" else 2, warmup_rounds=1)
    benchmark.extra_info["steps_per_second"] = (
        NUM_STEPS * envs.num_envs / benchmark.stats["min"] if benchmark.enabled else None
    )
    ours, loop = (walk(make(benchmark, kind)) for kind in ("vector_entry_point", "sync"))
    for name, values in ours.items():
        np.testing.assert_array_equal(values, loop[name])
