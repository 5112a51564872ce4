"""Where the stickers of a cube are, and where turns take them, from geometry.

x points to the right, y up and z to the viewer. Faces come in the order U R F D L B, and the
stickers of a face row by row as in the unfolded cube::

        U
      L F R B
        D
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

FACES = "URFDLB"

# Of each face: its normal, and how its columns and its rows go.
_FRAMES = {
    "U": ((0, 1, 0), (1, 0, 0), (0, 0, 1)),
    "R": ((1, 0, 0), (0, 0, -1), (0, -1, 0)),
    "F": ((0, 0, 1), (1, 0, 0), (0, -1, 0)),
    "D": ((0, -1, 0), (1, 0, 0), (0, 0, -1)),
    "L": ((-1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "B": ((0, 0, -1), (-1, 0, 0), (0, -1, 0)),
}


@functools.cache
def places(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cubies and normals of the stickers of a cube.

    Returns:
        The centre of each sticker's cubie, int64 ``[6 * size**2, 3]``, from 1 - size to size - 1
        in steps of 2; and the direction it looks in, the same shape.
    """
    along = np.arange(1 - size, size, 2)
    cubies, normals = [], []
    for face in FACES:
        normal, column, row = (np.array(vector) for vector in _FRAMES[face])
        grid = along[:, np.newaxis, np.newaxis] * row + along[:, np.newaxis] * column
        cubies.append((grid + (size - 1) * normal).reshape(-1, 3))
        normals.append(np.tile(normal, (size**2, 1)))
    return np.concatenate(cubies), np.concatenate(normals)


def turn(size: int, face: str, layers: int = 1) -> NDArray[np.int64]:
    """A quarter turn, clockwise as seen from outside.

    Args:
        size: of the cube.
        face: one of U R F D L B.
        layers: how many layers from the face on are turned; ``size`` turns the whole cube.

    Returns:
        int64 ``[6 * size**2]``: sticker i comes from this place.
    """
    cubies, normals = places(size)
    axis = np.array(_FRAMES[face][0])
    turned = np.arange(len(cubies))
    number = {tuple(key): i for i, key in enumerate(np.hstack([cubies, normals]).tolist())}
    for i in np.flatnonzero(_is_turned(size, face, layers)):
        key = (*_clockwise(cubies[i], axis), *_clockwise(normals[i], axis))
        turned[number[key]] = i
    return turned


def _is_turned(size: int, face: str, layers: int = 1) -> NDArray[np.bool_]:
    """Which places ``layers`` from a face on have, bool ``[6 * size**2]``."""
    return np.asarray(places(size)[0] @ np.array(_FRAMES[face][0]) > size - 1 - 2 * layers)


def layer(size: int, face: str) -> tuple[tuple[int, ...], float, list[int]]:
    """What a turn of a face turns: its axis, where the layer begins along it, and its places."""
    return _FRAMES[face][0], size - 2.0, np.flatnonzero(_is_turned(size, face)).tolist()


def frames(size: int) -> NDArray[np.int64]:
    """Where stickers lie in space: int64 ``[6 * size**2, 3, 3]``.

    Of each the middle, and half a step along its row and along its column.
    """
    cubies, normals = places(size)
    along = [_FRAMES[face][1:] for face in FACES for _ in range(size**2)]
    return np.concatenate([(cubies + normals)[:, np.newaxis], along], axis=1)


def _clockwise(vector: NDArray[np.int64], axis: NDArray[np.int64]) -> tuple[int, ...]:
    """A vector after a quarter turn about an axis, clockwise as seen against it."""
    along = int(vector @ axis) * axis
    return tuple((along + np.cross(vector - along, axis)).tolist())


@functools.cache
def corners(size: int) -> NDArray[np.int64]:
    """The stickers of the corners: int64 ``[8, 3]``, from U or D on clockwise."""
    return _pieces(size, 3)


@functools.cache
def edges(size: int) -> NDArray[np.int64]:
    """The stickers of the edges of a 3 x 3 x 3 cube: int64 ``[12, 2]``."""
    return _pieces(size, 2)


def _pieces(size: int, num_stickers: int) -> NDArray[np.int64]:
    cubies, normals = places(size)
    of_cubie: dict[tuple[int, ...], list[int]] = {}
    for i, cubie in enumerate(cubies.tolist()):
        of_cubie.setdefault(tuple(cubie), []).append(i)
    found = [np.array(p) for p in of_cubie.values() if len(p) == num_stickers]
    if num_stickers == 3:
        for piece in found:  # the first sticker is that of U or D, as these come first or last
            piece[:] = piece[np.argsort(normals[piece][:, 1] == 0, kind="stable")]
            first, second, third = normals[piece]
            if np.cross(first, second) @ third > 0:
                piece[1:] = piece[:0:-1]
    else:  # the first sticker is that of U or D, or else of F or B
        for piece in found:
            piece[:] = piece[np.argsort(-(np.abs(normals[piece]) @ [0, 2, 1]), kind="stable")]
    return np.stack(found)


@functools.cache
def rotations(size: int) -> NDArray[np.int64]:
    """The 24 turns of the whole cube, as :func:`turn` writes them: int64 ``[24, n]``."""
    known = {tuple(range(6 * size**2))}
    front = list(known)
    while front:
        found = {
            tuple(np.array(row)[turn(size, face, size)].tolist()) for row in front for face in "UR"
        }
        front = list(found - known)
        known |= found
    return np.array(sorted(known))
