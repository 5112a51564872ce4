"""The cube for deepxube's batched graph search, in the form that is fastest there.

States are plain bytes and moves plain integers, which hash and compare in C, and children come from
our kernel. With its own ``Cube3``, whose states are objects around arrays, the search outside the
network takes up to twice as long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from deepxube.base.domain import Action, ActsEnum, Goal, State
from deepxube.base.pathfinding import FNsHeurV
from deepxube.pathfinding.graph_search import GraphSearchHeurNodeActsEnum

from mlsearch.domains.problems import Problems

for abstract, concrete in ((State, bytes), (Goal, bytes), (Action, int)):
    abstract.register(concrete)


class CubeDomain(ActsEnum):
    """States are the bytes of their stickers; all moves of many states are made in one call."""

    def __init__(self, problems: Problems) -> None:
        super().__init__()
        self.cube = problems.domain
        self.moves = list(range(self.cube.num_moves))
        self.costs = [1.0] * len(self.moves)

    def expand(self, states: list[bytes]) -> tuple[list[list[bytes]], Any, Any]:
        num, worlds = len(states), np.zeros(len(states), np.int32)
        found = self.cube.compiled.neighbours(rows_of(states), worlds, 1).tobytes()
        size, count = len(states[0]), len(self.moves)
        children = [found[at : at + size] for at in range(0, len(found), size)]
        split = [children[at : at + count] for at in range(0, len(children), count)]
        return split, [self.moves] * num, [self.costs] * num

    def is_solved(self, states: list[bytes], goals: list[bytes]) -> list[bool]:
        return [state == goal for state, goal in zip(states, goals, strict=True)]

    def get_state_actions(self, states: list[bytes]) -> list[list[int]]:
        return [self.moves] * len(states)

    def next_state(self, states: Any, actions: Any) -> Any:
        raise NotImplementedError

    def sample_state_action(self, states: Any) -> Any:
        raise NotImplementedError

    def sample_problem_instances(self, num_steps_l: Any, times: Any = None) -> Any:
        raise NotImplementedError


def rows_of(states: list[bytes]) -> np.ndarray:
    """uint8 ``[M, 54]``."""
    return np.frombuffer(b"".join(states), np.uint8).reshape(len(states), -1)


def graph_search(
    problem: Problems, predict: Callable[[np.ndarray], np.ndarray], batch: int, num: int
) -> Any:
    """A greedy search that ends with the round that has generated ``num`` states or more.

    Args:
        problem: one, on the cube.
        predict: from uint8 ``[M, 54]`` to float32 ``[M]``.
        batch: how many states a round expands.
        num: of states, those that were seen before among them.

    Returns:
        deepxube's instance.
    """
    functions = FNsHeurV(lambda states, _: predict(rows_of(states)).tolist())
    search = GraphSearchHeurNodeActsEnum(
        CubeDomain(problem), functions, batch_size=batch, weight=0.0
    )
    (instance,) = search.make_instances([problem.starts[0].tobytes()], [problem.goals[0].tobytes()])
    search.add_instances([instance])
    while instance.num_nodes_generated < num and not instance.finished():
        search.step()
    return instance
