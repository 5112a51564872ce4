"""IDA* for sliding tiles in numba, over the pattern databases of mlsearch."""

import numba
import numpy as np

from mlsearch.domains.puzzles.exact.tiles import by_home, patterns

SIDE = 4
BLANK = SIDE * SIDE - 1


def solve_with_numba(starts: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """The fewest moves of 15-puzzles, whose blanks belong into a corner: int32 ``[N]``."""
    boards, blanks = by_home(starts, goals, (SIDE, SIDE))
    assert (blanks == BLANK).all()
    groups, shifts, tables = patterns(SIDE, SIDE, BLANK).tables()
    starts_of_tables = np.cumsum([0, *map(len, tables)])[:-1]
    entries = np.stack([groups, shifts], axis=1).astype(np.int64)
    return _solve_all(
        boards.astype(np.int64), entries, np.concatenate(tables), starts_of_tables, _adjacent()
    )


def _adjacent() -> np.ndarray:
    """The cells above, below, left and right: int64 ``[16, 4]``, -1 at the end of a list."""
    found = np.full((SIDE * SIDE, 4), -1, np.int64)
    for cell in range(SIDE * SIDE):
        row, column = divmod(cell, SIDE)
        moves = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        cells = [r * SIDE + c for r, c in moves if 0 <= r < SIDE and 0 <= c < SIDE]
        found[cell, : len(cells)] = cells
    return found


@numba.njit
def _solve_all(boards, entries, table, begins, adjacent):
    found = np.empty(len(boards), np.int32)
    for i in range(len(boards)):
        found[i] = _solve(boards[i].copy(), entries, table, begins, adjacent)
    return found


@numba.njit
def _mirrored(cell):
    return cell % SIDE * SIDE + cell // SIDE


@numba.njit
def _solve(tiles, entries, table, begins, adjacent):
    straight, mirrored = begins.copy(), begins.copy()
    blank = 0
    for cell in range(SIDE * SIDE):
        tile = tiles[cell]
        if tile == BLANK:
            blank = cell
            continue
        straight[entries[tile, 0]] += cell << entries[tile, 1]
        other = _mirrored(tile)
        mirrored[entries[other, 0]] += _mirrored(cell) << entries[other, 1]
    sum_of, mirrored_sum = 0, 0
    for group in range(len(begins)):
        sum_of += np.int64(table[straight[group]])
        mirrored_sum += np.int64(table[mirrored[group]])
    limit = max(sum_of, mirrored_sum)
    while limit > 0:
        total = _search(
            blank, limit, sum_of, mirrored_sum, tiles, straight, mirrored, entries, table, adjacent
        )
        if total < 0:
            return limit
        limit = total
    return 0


@numba.njit
def _search(
    blank, limit, sum_of, mirrored_sum, tiles, straight, mirrored, entries, table, adjacent
):
    """-1 if the board was solved, or the smallest total above the limit.

    It keeps a stack itself: in numba, a call hands over every array piece by piece.
    """
    blanks, tried = np.empty(128, np.int64), np.zeros(128, np.int64)
    sums, mirrored_sums = np.empty(128, np.int64), np.empty(128, np.int64)
    blanks[0], sums[0], mirrored_sums[0] = blank, sum_of, mirrored_sum
    least, depth = 2**31, 0
    while True:
        blank = blanks[depth]
        if tried[depth] == 4 or adjacent[blank, tried[depth]] < 0:
            if depth == 0:
                return least
            depth -= 1
            cell, blank = blank, blanks[depth]  # the tile goes back
            tile = tiles[blank]
            tiles[cell] = tile
            _move(straight, entries[tile], blank, cell)
            _move(mirrored, entries[_mirrored(tile)], _mirrored(blank), _mirrored(cell))
            continue
        cell = adjacent[blank, tried[depth]]
        tried[depth] += 1
        if depth > 0 and cell == blanks[depth - 1]:
            continue
        tile = tiles[cell]
        other = _mirrored(tile)
        before = np.int64(table[straight[entries[tile, 0]]])
        mirrored_before = np.int64(table[mirrored[entries[other, 0]]])
        _move(straight, entries[tile], cell, blank)
        _move(mirrored, entries[other], _mirrored(cell), _mirrored(blank))
        next_sum = sums[depth] - before + np.int64(table[straight[entries[tile, 0]]])
        next_mirrored = (
            mirrored_sums[depth] - mirrored_before + np.int64(table[mirrored[entries[other, 0]]])
        )
        bound = max(next_sum, next_mirrored)
        if depth + 1 + bound > limit:
            least = min(least, depth + 1 + bound)
            _move(straight, entries[tile], blank, cell)
            _move(mirrored, entries[other], _mirrored(blank), _mirrored(cell))
            continue
        if bound == 0:
            return -1
        tiles[blank] = tile
        depth += 1
        blanks[depth], tried[depth] = cell, 0
        sums[depth], mirrored_sums[depth] = next_sum, next_mirrored


@numba.njit
def _move(index, entry, before, after):
    index[entry[0]] += (after - before) << entry[1]
