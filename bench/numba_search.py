"""Greedy best-first search on tables in numba: the alternative that the benchmark times."""

import numba
import numpy as np


@numba.njit(cache=True)
def push(heap, size, priority, number):
    """Adds (priority, number) to a binary heap of `size` rows; returns the new size."""
    hole = size
    while hole > 0:
        parent = (hole - 1) // 2
        if heap[parent]["priority"] <= priority:  # numbers only grow
            break
        heap[hole] = heap[parent]
        hole = parent
    heap[hole]["priority"] = priority
    heap[hole]["number"] = number
    return size + 1


@numba.njit(cache=True)
def is_less(a, b):
    if a["priority"] != b["priority"]:
        return a["priority"] < b["priority"]
    return a["number"] < b["number"]


@numba.njit(cache=True)
def pop(heap, size):
    """Removes the smallest row of a binary heap; returns the new size."""
    size -= 1
    hole, child = 0, 1
    while child < size:
        if child + 1 < size and is_less(heap[child + 1], heap[child]):
            child += 1
        if is_less(heap[size], heap[child]):
            break
        heap[hole] = heap[child]
        hole, child = child, 2 * child + 1
    heap[hole] = heap[size]
    return size


ENTRY = np.dtype([("priority", np.float32), ("number", np.int32)])


@numba.njit(cache=True)
def search_one(walls, start, goal, table, parents, cells, heap):
    """The expansions, generated states and cost of one problem."""
    height, width = walls.shape
    parents[:] = -1
    parents[start] = start
    cells[0] = start
    heap_size = push(heap, 0, np.float32(0), 0)
    pushed = 1
    expansions = 0
    while heap_size > 0:
        cell = cells[heap[0]["number"]]
        if cell == goal:
            return expansions, pushed - 1, path_length(parents, goal)
        heap_size = pop(heap, heap_size)
        expansions += 1
        row, column = cell // width, cell % width
        for move in range(4):
            next_row = row + (-1, 1, 0, 0)[move]
            next_column = column + (0, 0, -1, 1)[move]
            if not (0 <= next_row < height and 0 <= next_column < width):
                continue
            child = next_row * width + next_column
            if walls[next_row, next_column] or parents[child] >= 0:
                continue
            parents[child] = cell
            cells[pushed] = child
            heap_size = push(heap, heap_size, table[child], pushed)
            pushed += 1
    return expansions, pushed - 1, -1


@numba.njit(cache=True)
def path_length(parents, goal):
    length = 0
    while parents[goal] != goal:
        goal = parents[goal]
        length += 1
    return length


@numba.njit(cache=True)
def search_all(walls, starts, goals, tables, entry_buffer):
    """int32 [N, 3]: expansions, generated and cost of every problem, on one thread."""
    num, height, width = walls.shape
    parents = np.empty(height * width, np.int32)
    cells = np.empty(height * width, np.int32)
    outcomes = np.empty((num, 3), np.int32)
    for i in range(num):
        outcomes[i] = search_one(
            walls[i], starts[i], goals[i], tables[i], parents, cells, entry_buffer
        )
    return outcomes


def solve_with_numba(problems, table):
    """What :func:`mlsearch.search.solve` does with a table, in numba."""
    num, num_cells = len(problems), problems.domain.num_cells
    return search_all(
        problems.domain.walls,
        problems.starts,
        problems.goals,
        table.reshape(num, -1),
        np.empty(num_cells, ENTRY),
    )
