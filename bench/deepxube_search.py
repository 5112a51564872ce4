"""Our problems for deepxube's batched graph search, led by the same network."""

from __future__ import annotations

from typing import Any

import numpy as np
from deepxube.base.domain import Action, ActsEnum, Goal, State
from deepxube.base.pathfinding import FNsHeurV
from deepxube.pathfinding.graph_search import GraphSearchHeurNodeActsEnum

from mlsearch.domains.problems import Problems
from mlsearch.search.heuristics import Callback


class MazeState(State):
    def __init__(self, problem: int, cell: int) -> None:
        self.problem, self.cell = problem, cell

    def __hash__(self) -> int:
        return self.cell

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MazeState) and self.cell == other.cell


class MazeGoal(Goal):
    def __init__(self, cell: int) -> None:
        self.cell = cell


class Move(Action):
    def __init__(self, step: int) -> None:
        self.step = step

    def __hash__(self) -> int:
        return self.step

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Move) and self.step == other.step


class MazeDomain(ActsEnum):
    """The free neighbours of each cell, looked up in a table made beforehand."""

    def __init__(self, problems: Problems) -> None:
        super().__init__()
        width = problems.domain.shape.width
        self.moves = [Move(step) for step in (-width, width, -1, 1)]
        self.free = neighbours_are_free(problems.domain.walls)

    def is_solved(self, states: list[MazeState], goals: list[MazeGoal]) -> list[bool]:
        return [state.cell == goal.cell for state, goal in zip(states, goals, strict=True)]

    def get_state_actions(self, states: list[MazeState]) -> list[list[Move]]:
        return [
            [
                move
                for move, is_free in zip(self.moves, self.free[s.problem][s.cell], strict=True)
                if is_free
            ]
            for s in states
        ]

    def next_state(
        self, states: list[MazeState], actions: list[Move]
    ) -> tuple[list[MazeState], list[float]]:
        after = [
            MazeState(state.problem, state.cell + action.step)
            for state, action in zip(states, actions, strict=True)
        ]
        return after, [1.0] * len(after)

    def sample_state_action(self, states: Any) -> Any:
        raise NotImplementedError

    def sample_problem_instances(self, num_steps_l: Any, times: Any = None) -> Any:
        raise NotImplementedError

    def __repr__(self) -> str:
        return "MazeDomain()"


def neighbours_are_free(walls: np.ndarray) -> list[list[list[bool]]]:
    """Whether the cells up, down, left and right of each cell are free: lists [B][H * W][4]."""
    free = np.pad(walls == 0, ((0, 0), (1, 1), (1, 1)))
    sides = [free[:, :-2, 1:-1], free[:, 2:, 1:-1], free[:, 1:-1, :-2], free[:, 1:-1, 2:]]
    return np.stack(sides, axis=-1).reshape(len(walls), -1, 4).tolist()


def solve_with_deepxube(problems: Problems, predict: Callback) -> np.ndarray:
    """Path lengths, int [N], by greedy best-first search; all problems share network calls."""

    def heuristic(states: list[MazeState], goals: list[MazeGoal]) -> list[float]:
        problem = np.array([state.problem for state in states], np.int32)
        cell = np.array([state.cell for state in states], np.int32)
        return predict(problem, cell).tolist()

    functions = FNsHeurV(heuristic)
    search = GraphSearchHeurNodeActsEnum(MazeDomain(problems), functions, weight=0.0)
    starts = [MazeState(i, int(cell)) for i, cell in enumerate(problems.starts)]
    goals = [MazeGoal(int(cell)) for cell in problems.goals]
    instances = search.make_instances(starts, goals)
    search.add_instances(instances)
    while any(instance.goal_node is None for instance in instances):
        search.step()
        search.remove_instances(lambda instance: instance.goal_node is not None)
    return np.array([instance.goal_node.path_cost for instance in instances], int)
