"""Walks, and checks of walks, in any domain: all that is asked are neighbours, in pieces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.contract import Domain, Int32s, Learnable, Rows
from mlsearch.domains.extras import extra
from mlsearch.domains.rows import checked_neighbours, same
from mlsearch.domains.scrambles import joined, walked

PIECE_BYTES = 2**24  # of neighbours that are in memory together


def random_walks(
    domain: Learnable,
    worlds: Int32s,
    items: NDArray[np.int64],
    length: int,
    seed: int,
    *,
    backtracks: bool,
    is_backward: bool,
) -> tuple[Rows, NDArray[np.int64]]:
    """All states of :class:`~mlsearch.domains.scrambles.RandomWalks`.

    Args:
        domain, worlds, items, seed, backtracks: as there; M walks.
        length: steps of each walk; it has fewer where no move is possible.
        is_backward: whether to answer with the last state first.

    Returns:
        The states of all walks, ``[total, *S]``, and where each begins in them and the last ends,
        int64 ``[M + 1]``.

    Raises:
        TypeError, DomainError: as there.
    """
    table = np.empty((len(worlds), length + 1, *domain.states.shape), domain.states.dtype)
    lengths = np.empty(len(worlds), np.int32)
    size = _states_at_a_time(domain)
    for begin in range(0, len(worlds), size):
        part = slice(begin, begin + size)
        states, lengths[part] = walked(
            domain, worlds[part], items[part], seed, length, backtracks=backtracks
        )
        table[part] = states
    return joined(table, lengths, is_backward)


def check_walks(domain: Domain, worlds: Int32s, states: Rows, offsets: NDArray[np.int64]) -> None:
    """Raises ValueError unless every step of N trajectories is a move of its world.

    Args:
        domain: B worlds.
        worlds: int32 ``[N]``, 0 to B - 1.
        states: ``[total, *S]``.
        offsets: int64 ``[N + 1]``, increasing from 0 to total.

    Raises:
        ValueError: a state is none of its world, or a step is no move; the message names the
            first such trajectory.
        DomainError: the domain answered in another form than its contract says.
    """
    if check := extra(domain, "check_walks"):
        check(worlds, states, offsets)
        return
    size = _states_at_a_time(domain)
    for begin in range(0, len(states), size):
        positions = np.arange(begin, min(begin + size, len(states)))
        owners = np.searchsorted(offsets, positions, side="right") - 1
        _check_states(domain, owners, worlds[owners], states[positions])
        goes_on = positions + 1 < offsets[owners + 1]
        owners, here = owners[goes_on], positions[goes_on]
        _check_moves(domain, owners, worlds[owners], states[here], states[here + 1])


def _check_states(domain: Domain, owners: NDArray[np.int64], worlds: Int32s, rows: Rows) -> None:
    check = extra(domain, "check_states")
    if check is None:
        return
    try:
        check("states", rows, worlds)
    except ValueError:  # it names a row of these, so ask again for each trajectory
        for owner in np.unique(owners):
            check(f"trajectory {owner}: states", rows[owners == owner], worlds[owners == owner])
        raise


def _check_moves(
    domain: Domain, owners: NDArray[np.int64], worlds: Int32s, here: Rows, after: Rows
) -> None:
    if len(here) == 0:
        return
    spec = domain.states
    leads_there = same(checked_neighbours(domain, here, worlds), after[:, np.newaxis], spec)
    bad = np.flatnonzero(~leads_there.any(axis=1) | same(here, after, spec))
    if len(bad) > 0:
        first = bad[0]
        raise ValueError(
            f"trajectory {owners[first]}: states: {here[first].tolist()} to "
            f"{after[first].tolist()} is no move"
        )


def _states_at_a_time(domain: Domain) -> int:
    return max(1, PIECE_BYTES // (domain.num_moves * max(1, domain.states.num_bytes)))
