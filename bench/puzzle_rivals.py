"""Moves of puzzles and random walks by NumPy, deepxube and cayleypy."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

import mlsearch as ml
from mlsearch.base.streams import Streams
from mlsearch.domains.puzzles import cubies

# Neighbours: each makes a function without arguments that finds all of them ----------------------


def cube_by_numpy(cube: ml.Cube, states: np.ndarray) -> Callable[[], np.ndarray]:
    """A gather of all moves of all states; checks of the table and memory are left out."""
    table = cube.table.astype(np.intp)
    out = np.empty((len(states), *table.shape), np.uint8)
    return lambda: np.take(states, table, axis=1, out=out, mode="clip")


def tiles_by_numpy(tiles: ml.Tiles, states: np.ndarray) -> Callable[[], np.ndarray]:
    """The same, by the place of the blank."""
    table, flat = tiles_table(), np.ascontiguousarray(states).reshape(-1)
    begins = 16 * np.arange(len(states))[:, None, None]
    out = np.empty((len(states), 4, 16), np.uint8)

    def find() -> np.ndarray:
        places = begins + table[states.argmin(axis=1)]
        return np.take(flat, places, out=out, mode="clip")

    return find


@cache
def tiles_table() -> np.ndarray:
    """Where each byte comes from, by the place of the blank and the move: ``[16, 4, 16]``."""
    table = np.tile(np.arange(16), (16, 4, 1))
    for blank, targets in enumerate(blank_targets()):
        for move, to in enumerate(targets):
            table[blank, move, [blank, to]] = to, blank
    return table


def blank_targets() -> list[list[int]]:
    """Where the moves take the blank from each place; where it is if they cannot."""
    found = []
    for row, column in np.ndindex(4, 4):
        targets = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        inside = [0 <= r < 4 and 0 <= c < 4 for r, c in targets]
        places = [r * 4 + c for r, c in targets]
        found.append([p if ok else row * 4 + column for p, ok in zip(places, inside, strict=True)])
    return found


def features_by_numpy(states: np.ndarray) -> Callable[[], np.ndarray]:
    """The colours at all places as numbers, and a table of what each number shows."""
    places, tables = cubies.windows(3)
    at = 6**3 * np.arange(len(places), dtype=np.int32)

    def find() -> np.ndarray:
        codes = at + states.take(places[:, 0], axis=1)
        codes += states.take(places[:, 1], axis=1) * np.uint8(6)
        codes[:, :8] += states.take(places[:8, 2], axis=1) * np.uint8(36)
        return tables.reshape(-1).take(codes)

    return find


def cube_by_cayleypy(cube: ml.Cube, states: np.ndarray, width: str | None) -> Callable:
    """Of states that it has packed beforehand, ``width`` bits a number; None for int64s.

    The function that is returned has an attribute ``decoded`` to uint8 ``[M, K, n]``.
    """
    graph = cayley_graph(cube, width)
    encoded = graph.encode_states(states.astype(np.int64))

    def find() -> object:
        return graph.get_neighbors(encoded)

    def decoded(found: object) -> np.ndarray:
        rows = graph.decode_states(found).numpy().astype(np.uint8)
        return rows.reshape(cube.num_moves, len(states), -1).swapaxes(0, 1)

    find.decoded = decoded
    return find


def cayley_graph(cube: ml.Cube, width: str | None = "auto") -> object:
    """The cube as cayleypy has it."""
    from cayleypy import CayleyGraph, CayleyGraphDef

    definition = CayleyGraphDef.create(cube.table.tolist(), central_state=cube.goal_state.tolist())
    return CayleyGraph(definition, device="cpu", bit_encoding_width=width)


def by_deepxube(domain: object, state: type, rows: np.ndarray) -> Callable[[], list]:
    """``next_state`` of states of a class of deepxube, each with every move."""
    moves = domain.get_state_actions([state(rows[0])])[0]
    states, chosen = [state(row) for row in rows for _ in moves], moves * len(rows)
    return lambda: domain.next_state(states, chosen)[0]


# Walks: of all states side by side, with the draws of mlsearch -----------------------------------


def cube_walks(cube: ml.Cube, num: int, length: int, seed: int) -> np.ndarray:
    """Knows beforehand which move undoes each, so that it gathers one row a step."""
    table, every, streams = (
        cube.table.astype(np.intp),
        np.arange(num),
        Streams(seed, np.arange(num)),
    )
    streams.bits(every)
    undoes = (table[:, None] == np.argsort(table, axis=1)).all(axis=2).argmax(axis=1)
    states, move = np.tile(cube.goal_state, (num, 1)), None
    for _ in range(length):
        choices = np.full(num, len(table) - (move is not None))
        rank = streams.below(every, choices)
        move = rank if move is None else rank + (rank >= undoes[move])
        states = np.take_along_axis(states, table[move], axis=1)
    return states


def tiles_walks(tiles: ml.Tiles, num: int, length: int, seed: int) -> np.ndarray:
    """Keeps the place of the blank and looks up where it may go, by where it came from."""
    every, streams = np.arange(num), Streams(seed, np.arange(num))
    streams.bits(every)
    allowed, counts = allowed_targets()
    states = np.tile(tiles.goal_state, (num, 1))
    before = blank = np.full(num, int(tiles.goal_state.argmin()))
    for _ in range(length):
        to = allowed[blank, before, streams.below(every, counts[blank, before])]
        states[every, blank], states[every, to] = states[every, to], 0
        before, blank = blank, to
    return states


def allowed_targets() -> tuple[np.ndarray, np.ndarray]:
    """Where the blank may go from a place that it came to from another, and how many: by both."""
    allowed, counts = np.zeros((16, 16, 4), int), np.zeros((16, 16), int)
    for blank, targets in enumerate(blank_targets()):
        for before in range(16):
            ways = [to for to in targets if to not in (blank, before)]
            allowed[blank, before, : len(ways)], counts[blank, before] = ways, len(ways)
    return allowed, counts
