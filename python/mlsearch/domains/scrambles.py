"""Random walks in any domain, all of them side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.checks import answered
from mlsearch.base.seeding import child_seed
from mlsearch.base.streams import Streams
from mlsearch.domains.contract import Int32s, Learnable, Rows
from mlsearch.domains.extras import extra, require
from mlsearch.domains.rows import checked_neighbours, checked_rows, same


class RandomWalks:
    """M walks that begin at the origins of their worlds and advance together.

    Walk i draws from ``Stream(seed, items[i])`` alone: 64 bits for its origin, then for each step
    ``below`` the number of moves that change the state, in move order. Without backtracking, moves
    to the state before the last step do not count, as long as there is another.

    Args:
        domain: any :class:`~mlsearch.domains.contract.Learnable`.
        worlds: int32 ``[M]``.
        items: integers ``[M]``, the number of each walk among all walks.
        seed: 0 to 2**64 - 1.
        backtracks: whether a step may undo the one before it.

    Attributes:
        states: ``[M, *S]``, where the walks are.
        lengths: int32 ``[M]``, the steps they have made; fewer where no move was possible.

    Raises:
        TypeError: the domain is not learnable.
    """

    def __init__(
        self,
        domain: Learnable,
        worlds: Int32s,
        items: NDArray[np.int64],
        seed: int,
        backtracks: bool = False,
    ) -> None:
        require(domain, Learnable, "walks")
        self.domain, self.worlds, self.backtracks = domain, worlds, backtracks
        self._streams = Streams(seed, items)
        draws = self._streams.bits(np.arange(len(worlds)))
        origins = answered("origins", domain.origins(worlds, draws))
        self.states: Rows = checked_rows("origins", origins, domain.states, len(worlds)).copy()
        self.lengths = np.zeros(len(worlds), np.int32)
        self._before = self.states.copy()

    def step(self, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Advances some walks by one move.

        Args:
            chosen: integers ``[m]``, which walks, each at most once.

        Returns:
            Those of them that made a move.

        Raises:
            DomainError: the domain answered in another form than its contract says.
        """
        if len(chosen) == 0:
            return chosen
        spec, here = self.domain.states, self.states[chosen]
        found = checked_neighbours(self.domain, here, self.worlds[chosen])
        is_move = ~same(found, here[:, None], spec)
        if not self.backtracks:
            is_new = is_move & ~same(found, self._before[chosen][:, None], spec)
            is_move = np.where(is_new.any(axis=1, keepdims=True), is_new, is_move)
        can_move = is_move.any(axis=1)
        moving, found, is_move = chosen[can_move], found[can_move], is_move[can_move]
        rank = self._streams.below(moving, is_move.sum(axis=1))
        move = ((is_move.cumsum(axis=1) - 1 == rank[:, None]) & is_move).argmax(axis=1)
        self._before[moving] = self.states[moving]
        self.states[moving] = found[np.arange(len(moving)), move]
        self.lengths[moving] += 1
        return moving


def walked(
    domain: Learnable,
    worlds: Int32s,
    items: NDArray[np.int64],
    seed: int,
    length: int,
    *,
    backtracks: bool = False,
    keeps_all: bool = True,
    num_threads: int = 0,
) -> tuple[Rows, Int32s]:
    """Random walks of one length, by compiled code where the domain has it.

    Args:
        domain, worlds, items, seed, backtracks: as of :class:`RandomWalks`; M walks.
        length: steps of each walk; one that has no move stays where it is.
        keeps_all: whether to return all states, or only the last.
        num_threads: 0 for all cores. It does not change the result.

    Returns:
        States, ``[M, length + 1, *S]`` or ``[M, *S]``, and the steps of each walk, int32 ``[M]``.

    Raises:
        TypeError, DomainError: as of :class:`RandomWalks`.
    """
    require(domain, Learnable, "walks")
    if walk := getattr(extra(domain, "compiled"), "walk", None):
        draws = Streams(seed, items).bits(np.arange(len(worlds)))
        origins = np.ascontiguousarray(domain.origins(worlds, draws))
        numbers = np.ascontiguousarray(items, np.int64)
        options = (int(length), backtracks, keeps_all, num_threads)
        return walk(origins, worlds, numbers, seed, *options)
    walks = RandomWalks(domain, worlds, items, seed, backtracks)
    states = [walks.states.copy()]
    going = np.arange(len(worlds))
    for _ in range(length):
        going = walks.step(going)
        if keeps_all:
            states.append(walks.states.copy())
    return (np.stack(states, axis=1) if keeps_all else walks.states), walks.lengths


def joined(states: Rows, lengths: Int32s, is_backward: bool) -> tuple[Rows, NDArray[np.int64]]:
    """Walks one after the other, without what follows their last step.

    Args:
        states: ``[M, length + 1, *S]``, as of :func:`walked`.
        lengths: int32 ``[M]``, the steps of each walk.
        is_backward: whether to answer with the last state first.

    Returns:
        The states of all walks, ``[total, *S]``, and where each begins in them and the last ends,
        int64 ``[M + 1]``.
    """
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths + 1, dtype=np.int64)])
    order = slice(None, None, -1 if is_backward else 1)
    step = np.arange(states.shape[1])[order]
    if (lengths == states.shape[1] - 1).all():
        return states[:, order].reshape(-1, *states.shape[2:]), offsets
    return states[:, order][step <= lengths[:, np.newaxis]], offsets


def random_states(domain: Learnable, each: int, seed: int) -> Rows:
    """The ends of random walks of random lengths, in every world.

    Args:
        domain: B worlds.
        each: states of one world.
        seed: 0 to 2**64 - 1.

    Returns:
        ``[B, each, *S]``, after 0 to ``walk_length`` steps from an origin, all lengths equally
        likely.

    Raises:
        TypeError: the domain is not learnable.
    """
    num = len(domain) * each
    worlds = np.repeat(np.arange(len(domain), dtype=np.int32), each)
    walks = RandomWalks(domain, worlds, np.arange(num), child_seed(seed, "walks"))
    longest = int(extra(domain, "walk_length"))
    lengths = np.random.default_rng(child_seed(seed, "lengths")).integers(longest + 1, size=num)
    for step in range(longest):
        walks.step(np.flatnonzero(lengths > step))
    return walks.states.reshape(len(domain), each, *domain.states.shape)
