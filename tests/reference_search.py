"""Slow, plain oracle of the searches: one problem at a time, with heapq and dictionaries."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

import numpy as np

SOLVED, EXHAUSTED, OUT_OF_BUDGET = "solved", "exhausted", "out_of_budget"
LARGEST = float(np.finfo(np.float32).max)


@dataclass
class Outcome:
    status: str
    expansions: int
    generated: int
    evaluations: int
    path: list[int] | None

    @property
    def steps(self) -> int:
        return -1 if self.path is None else len(self.path) - 1

    @property
    def cost(self) -> int:
        return self.steps


@dataclass
class Budget:
    max_expansions: int | None = None
    max_generated: int | None = None

    def is_spent(self, expansions: int, generated: int) -> bool:
        """Whether no expansion may follow; None is no limit."""
        return expansions == self.max_expansions or (
            self.max_generated is not None and generated >= self.max_generated
        )


Graph = np.ndarray | Callable[[int], list[int]]
"""Walls, or a function of a state to its neighbours."""


Costs = Callable[[int], list[float]] | None
"""A function of a state to the costs of its moves, in the order of its neighbours; None for 1."""


Goal = int | Container[int]
"""The goal, or all states that count as it."""


def neighbours(walls: Graph, cell: int) -> list[int]:
    """The free neighbours of ``cell``: up, down, left, right; or what the function says."""
    if callable(walls):
        return walls(cell)
    height, width = walls.shape
    row, column = divmod(cell, width)
    moves = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return [
        r * width + c for r, c in moves if 0 <= r < height and 0 <= c < width and not walls[r, c]
    ]


def trace(parents: dict[int, int | None], last: int) -> list[int]:
    path: list[int] = []
    cell: int | None = last
    while cell is not None:
        path.append(cell)
        cell = parents[cell]
    return path[::-1]


def search(
    walls: Graph,
    start: int,
    goal: Goal,
    predict: Callable[[int], float],
    *,
    search: bool = True,
    weight: float | None = None,
    expansions_per_round: int = 1,
    max_expansions: int | None = None,
    max_generated: int | None = None,
    beam_width: int | None = None,
    costs: Costs = None,
) -> Outcome:
    """Solves one problem. ``predict`` gives the predicted distance of a state."""
    budget = Budget(max_expansions, max_generated)
    if beam_width is not None:
        return beam(walls, start, goal, predict, beam_width, budget)
    if weight is not None:
        return weighted(walls, start, goal, predict, weight, expansions_per_round, budget, costs)
    queue = [(0.0, 0, start)]
    parents: dict[int, int | None] = {start: None}
    expansions = evaluations = 0
    number = 0
    while True:
        found: list[tuple[int, int]] = []  # (child, parent) of this round
        for pop in range(expansions_per_round):
            status = state_of(queue, goal, budget.is_spent(expansions, number))
            if status == SOLVED or (status and pop == 0):
                path = trace(parents, queue[0][2]) if status == SOLVED else None
                return Outcome(status, expansions, number, evaluations, path)
            if status:
                break
            _, _, cell = heapq.heappop(queue)
            expansions += 1
            pending = {child for child, _ in found}
            for child in neighbours(walls, cell):
                if child not in parents and child not in pending:
                    pending.add(child)  # a graph may have a move twice
                    found.append((child, cell))
        values = [float(predict(child)) for child, _ in found]
        evaluations += len(found)
        pushes = list(zip(values, found, strict=True))
        if not search:
            pushes = [min(pushes, key=lambda push: push[0])] if pushes else []
        for value, (child, parent) in pushes:
            number += 1
            parents[child] = parent
            heapq.heappush(queue, (value, number, child))


def state_of(queue: list[tuple[Any, ...]], goal: Goal, is_spent: bool) -> str | None:
    """How a search ends that is about to pop, or None when it goes on."""
    if not queue:
        return EXHAUSTED
    if queue[0][-1] in goals_of(goal):
        return SOLVED
    return OUT_OF_BUDGET if is_spent else None


def goals_of(goal: Goal) -> Container[int]:
    return {goal} if isinstance(goal, int) else goal


def beam(
    walls: Graph,
    start: int,
    goal: Goal,
    predict: Callable[[int], float],
    width: int,
    budget: Budget,
) -> Outcome:
    """Beam search; ``parents`` are those of the layers, ``found`` those of the next one."""
    goals = goals_of(goal)
    parents: dict[int, int | None] = {start: None}
    layer = [start]
    expansions = generated = evaluations = 0
    if start in goals:
        return Outcome(SOLVED, 0, 0, 0, [start])
    while layer:
        found: dict[int, int | None] = {}
        for cell in layer:
            if budget.is_spent(expansions, generated):
                return Outcome(OUT_OF_BUDGET, expansions, generated, evaluations, None)
            expansions += 1
            for child in neighbours(walls, cell):
                if child in parents or child in found:
                    continue
                generated += 1
                found[child] = cell
                if child in goals:
                    path = trace(parents | found, child)
                    return Outcome(SOLVED, expansions, generated, evaluations, path)
        evaluations += len(found)
        layer = sorted(found, key=lambda child: float(predict(child)))[:width]
        parents |= {child: found[child] for child in layer}
    return Outcome(EXHAUSTED, expansions, generated, evaluations, None)


def weighted(
    walls: Graph,
    start: int,
    goal: Goal,
    predict: Callable[[int], float],
    weight: float,
    expansions_per_round: int,
    budget: Budget,
    costs: Costs = None,
) -> Outcome:
    """Weighted A* with reopening; among equal f the smaller h comes first."""
    factor = float(np.float32(weight))
    queue = [(0.0, 0.0, 0, start)]
    known = {start: 0.0}
    cost_of_entry = [0.0]  # by insertion number
    parents: dict[int, int | None] = {start: None}
    predictions: dict[int, float] = {}
    expansions = generated = 0
    while True:
        found: list[tuple[int, int]] = []  # (child, insertion number) of this round
        for pop in range(expansions_per_round):
            while queue and cost_of_entry[queue[0][2]] > known[queue[0][3]]:
                heapq.heappop(queue)
            status = state_of(queue, goal, budget.is_spent(expansions, generated))
            if status == SOLVED or (status and pop == 0):
                path = trace(parents, queue[0][-1]) if status == SOLVED else None
                return Outcome(status, expansions, generated, len(predictions), path)
            if status:
                break
            cell = heapq.heappop(queue)[-1]
            expansions += 1
            children = neighbours(walls, cell)
            for child, cost in zip(
                children, costs(cell) if costs else [1] * len(children), strict=True
            ):
                if known[cell] + cost < known.get(child, np.inf):
                    known[child] = known[cell] + cost
                    parents[child] = cell
                    found.append((child, len(cost_of_entry)))
                    cost_of_entry.append(known[child])
        for child, number in found:
            generated += 1
            if child not in predictions:
                predictions[child] = float(predict(child))
            priority = cost_of_entry[number] + factor * predictions[child]
            rounded = float(np.float32(min(max(priority, -LARGEST), LARGEST)))
            heapq.heappush(queue, (rounded, float(np.float32(predictions[child])), number, child))
