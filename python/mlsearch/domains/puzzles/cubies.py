"""The pieces of a cube: which stickers a cube can have, and uniformly random ones."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from mlsearch import _core
from mlsearch.base.streams import Streams
from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.puzzles import stickers
from mlsearch.domains.puzzles.one_world import check_values, refuse
from mlsearch.domains.puzzles.shuffles import are_odd, shuffled

HELD = {"D", "L", "B"}  # the corner that stays in place on the 2 x 2 x 2 cube


def pieces_of(size: int, num: int) -> NDArray[np.int64]:
    """The stickers of the corners (``num`` is 3) or edges (2): int64 ``[pieces, num]``."""
    return stickers.corners(size) if num == 3 else stickers.edges(size)


def check_cubes(name: str, states: Rows, size: int) -> None:
    """Raises ValueError unless turns lead from the solved cube to states, uint8 ``[M, n]``."""
    solved = np.repeat(np.arange(6, dtype=np.uint8), size**2)
    check_values(name, states, solved, "colour")
    corners, twists = _found(name, states, size, 3)
    is_twisted = twists.sum(axis=1) % 3 != 0
    refuse(name, is_twisted, "a corner is twisted: no turns undo that")
    if size == 2:
        held = _held_corner()
        is_away = (corners[:, held] != held) | (twists[:, held] != 0)
        refuse(name, is_away, "expected the corner of D, L and B in place; turn the whole cube")
        return
    centres = np.arange(4, 54, 9)
    refuse(name, (states[:, centres] != np.arange(6)).any(axis=1), "expected the centres in place")
    edges, flips = _found(name, states, size, 2)
    is_flipped = flips.sum(axis=1) % 2 != 0
    refuse(name, is_flipped, "an edge is flipped: no turns undo that")
    is_swapped = are_odd(corners) != are_odd(edges)
    refuse(name, is_swapped, "two pieces are swapped (odd parity): no turns undo that")


def num_features(size: int) -> int:
    """How many :func:`features` there are: 24 for each of 8 corners and of 12 edges."""
    return 24 * (8 + (12 if size == 3 else 0))


def features(states: Rows, size: int, num_threads: int = 0) -> Int32s:
    """Which piece is at each place, and how it is turned there.

    Args:
        states: uint8 ``[M, n]``, cubes that :func:`check_cubes` takes.
        size: of the cubes.
        num_threads: 0 for all cores. It does not change the result.

    Returns:
        int32 ``[M, 8]`` or ``[M, 20]``: place * 24 + piece * ways + turned, corners first, each of
        which has three ways to be turned, then edges, which have two.

    Raises:
        ValueError: a sticker has another colour than 0 to 5.
    """
    places, tables = windows(size)
    return _core.window_numbers(np.ascontiguousarray(states), places, tables, 6, num_threads)


@functools.cache
def windows(size: int) -> tuple[Int32s, Int32s]:
    """Three stickers at each place, corners first, and which feature their colours show.

    Returns:
        int32 ``[P, 3]``, and ``[P, 216]`` by a + 6 b + 36 c of colours a, b and c. The third
        sticker of an edge is its first once more, which makes no difference.
    """
    places: list[NDArray[np.int64]] = []
    tables: list[NDArray[np.int64]] = []
    for num in (3, 2)[: size - 1]:
        for place in pieces_of(size, num):
            places.append(np.resize(place, 3))
            tables.append(np.resize(_known(size, num), 6**3) + 24 * len(tables))
    return np.array(places, np.int32), np.array(tables, np.int32)


def uniform_cubes(size: int, draws: NDArray[np.uint64]) -> Rows:
    """Uniformly random cubes, one from each draw: uint64 ``[M]`` to uint8 ``[M, n]``."""
    num, streams = len(draws), Streams(0, draws)
    states = np.tile(np.repeat(np.arange(6, dtype=np.uint8), size**2), (num, 1))
    free = np.array([i for i in range(8) if size == 3 or i != _held_corner()])
    corners = np.tile(np.arange(8), (num, 1))
    corners[:, free] = free[shuffled(streams, num, len(free))]
    _place(states, size, 3, corners, _turned(streams, num, free, 8, 3))
    if size == 3:
        edges = shuffled(streams, num, 12)
        wrong = are_odd(corners) != are_odd(edges)
        edges[wrong, :2] = edges[wrong, 1::-1]
        _place(states, size, 2, edges, _turned(streams, num, np.arange(12), 12, 2))
    return states


def held(state: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A 2 x 2 x 2 cube turned as a whole so that its corner of D, L and B is in place.

    As it is where it has no such corner.
    """
    place = stickers.corners(2)[_held_corner()]
    for rotation in stickers.rotations(2):
        if np.array_equal(state[rotation][place], place // 4):
            return state[rotation]
    return state


def rotation_back(row: NDArray[np.int64]) -> NDArray[np.int64]:
    """The turn of the whole cube that follows a turn: int64 ``[24]`` both."""
    place = stickers.corners(2)[_held_corner()]
    return next(
        rotation
        for rotation in stickers.rotations(2)
        if np.array_equal(row[rotation][place], place)
    )


def _turned(
    streams: Streams, num: int, free: NDArray[np.int64], pieces: int, ways: int
) -> NDArray[np.int64]:
    """How far pieces are twisted or flipped, int64 ``[num, pieces]``; rows add up to 0."""
    turned, every = np.zeros((num, pieces), np.int64), np.arange(num)
    for piece in free[:-1]:
        turned[:, piece] = streams.below(every, np.full(num, ways))
    turned[:, free[-1]] = -turned.sum(axis=1) % ways
    return turned


def _place(
    states: Rows, size: int, num: int, pieces: NDArray[np.int64], turned: NDArray[np.int64]
) -> None:
    """Writes the colours of pieces at their places: int64 ``[M, pieces]`` both."""
    places = pieces_of(size, num)
    for k in range(num):
        at = (k + turned) % num
        stickers_at = places[np.arange(len(places)), at]
        np.put_along_axis(states, stickers_at, (places[pieces, k] // size**2).astype(np.uint8), 1)


def _found(
    name: str, states: Rows, size: int, num: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which piece is at each place and how far it is turned; int64 ``[M, pieces]`` both."""
    places = pieces_of(size, num)
    codes = states[:, places].astype(np.int64) @ 6 ** np.arange(num)
    piece, turned = np.divmod(_known(size, num)[codes], num)
    kind = {2: "edge", 3: "corner"}[num]
    refuse(name, (piece < 0).any(axis=1), f"the colours of {_article(kind)} are those of none")
    is_twice = (np.sort(piece, axis=1) != np.arange(len(places))).any(axis=1)
    refuse(name, is_twice, f"{_article(kind)} is there twice")
    return piece, turned


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


@functools.cache
def _known(size: int, num: int) -> NDArray[np.int64]:
    """From the colours of a place to piece * num + how far it is turned, or below 0."""
    places = pieces_of(size, num)
    known = np.full(6**num, -num)
    for piece, place in enumerate(places):
        for turned in range(num):
            colours = np.roll(place // size**2, turned)
            known[int(colours @ 6 ** np.arange(num))] = piece * num + turned
    return known


@functools.cache
def _held_corner() -> int:
    faces = [{stickers.FACES[i // 4] for i in place} for place in stickers.corners(2)]
    return faces.index(HELD)
