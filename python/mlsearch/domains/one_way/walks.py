"""Problems and walks with a goal that can be reached, in mazes with one-way doors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.streams import Streams
from mlsearch.domains.contract import Int32s
from mlsearch.domains.extras import CompiledWalks, WalkPart
from mlsearch.domains.one_way.tables import AT_ONCE, distance_tables

MAX_DRAWS = 1000


class Ends(NamedTuple):
    """M starts and goals, cells, int32 [M], and the tables of the goals, int32 [M, H * H]."""

    starts: Int32s
    goals: Int32s
    tables: Int32s


def draw_ends(
    allowed: NDArray[np.bool_],
    is_free: NDArray[np.bool_],
    worlds: Int32s,
    streams: Streams,
    shortest: int,
    longest: int,
) -> Ends:
    """Random starts and goals with a way between them.

    A goal is uniform over the free cells, and its start over those whose distance to it is in
    bounds; where there is none, the goal is drawn again.

    Args:
        allowed: bool [4, B, H, H], as of ``open_moves``.
        is_free: bool [B, H * H].
        worlds: int32 [M], the maze of each pair.
        streams: M of them; pair i draws from stream i.
        shortest, longest: bounds of the distance, both included.

    Raises:
        ValueError: 1000 draws of a goal did not suffice; the message names the maze.
    """
    starts, goals = np.empty((2, len(worlds)), np.int32)
    tables = np.empty((len(worlds), is_free.shape[1]), np.int32)
    left = np.arange(len(worlds))
    for _ in range(MAX_DRAWS):
        goals[left] = _picked(is_free[worlds[left]], streams, left)
        tables[left] = distance_tables(allowed, worlds[left], goals[left])
        fits = (tables[left] >= shortest) & (tables[left] <= longest)
        found = fits.any(axis=1)
        starts[left[found]] = _picked(fits[found], streams, left[found])
        left = left[~found]
        if len(left) == 0:
            return Ends(starts, goals, tables)
    raise ValueError(
        f"maze {worlds[left[0]]}: found no start and goal that are {shortest} to {longest} steps "
        f"apart in {MAX_DRAWS} draws"
    )


def walks_to_goals(
    allowed: NDArray[np.bool_], is_free: NDArray[np.bool_], part: WalkPart, epsilon: float
) -> tuple[Int32s, NDArray[np.int64]]:
    """Walks as of :data:`~mlsearch.domains.extras.CompiledWalks`, some at a time.

    Each move is uniform over those that come nearer to the goal; with probability ``epsilon``,
    and where no move does, it is uniform over all open ones. A walk ends at its goal, after
    ``part.max_length`` steps, or where no move is open.
    """
    states, lengths = [], []
    for begin in range(part.first, part.first + part.num, AT_ONCE):
        items = np.arange(begin, min(begin + AT_ONCE, part.first + part.num))
        worlds = (items // part.per_world - part.first_world).astype(np.int32)
        streams = Streams(part.seed, items)
        bounds = (part.min_length, part.max_length)
        ends = draw_ends(allowed, is_free, worlds, streams, *bounds)
        found, length = _walked(allowed, worlds, ends, streams, epsilon, part.max_length)
        states.append(found)
        lengths.append(length)
    offsets = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    return np.concatenate(states), offsets.astype(np.int64)


def _walked(
    allowed: NDArray[np.bool_],
    worlds: Int32s,
    ends: Ends,
    streams: Streams,
    epsilon: float,
    longest: int,
) -> tuple[Int32s, NDArray[np.int64]]:
    """The states of M walks, one walk after the other, and how many each has, int64 [M]."""
    side = allowed.shape[-1]
    moves_of = allowed.reshape(4, len(allowed[0]), -1)
    offsets = np.array([-side, side, -1, 1], np.int32)
    here, going = ends.starts.copy(), np.flatnonzero(ends.starts != ends.goals)
    owners, visited = [np.arange(len(worlds))], [here.copy()]
    for _ in range(longest):
        at = here[going]
        is_open = moves_of[:, worlds[going], at].T
        after = at[:, np.newaxis] + offsets * is_open
        nearer = ends.tables[going, at] - 1
        is_right = is_open & (ends.tables[going[:, np.newaxis], after] == nearer[:, np.newaxis])
        strays = _chance(streams, going, epsilon) | ~is_right.any(axis=1)
        choices = np.where(strays[:, np.newaxis], is_open, is_right)
        can_move = choices.any(axis=1)
        going, after, choices = going[can_move], after[can_move], choices[can_move]
        here[going] = after[np.arange(len(going)), _picked(choices, streams, going)]
        owners.append(going)
        visited.append(here[going])
        going = going[here[going] != ends.goals[going]]
        if len(going) == 0:
            break
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    return np.concatenate(visited)[order], np.bincount(owner, minlength=len(worlds))


def _chance(streams: Streams, chosen: NDArray[np.int64], probability: float) -> NDArray[np.bool_]:
    """Whether something of a probability happens, drawn from some of the streams; bool [m]."""
    if probability == 0:
        return np.zeros(len(chosen), bool)
    return uniform(streams.bits(chosen)) < probability


def uniform(bits: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Uniform over [0, 1), from uint64 of any shape."""
    return (bits >> np.uint64(11)).astype(np.float64) / 2**53


def _picked(
    is_choice: NDArray[np.bool_], streams: Streams, chosen: NDArray[np.int64]
) -> NDArray[np.int64]:
    """A random one of the choices in each row, bool [m, n] with some True, to int64 [m]."""
    rank = streams.below(chosen, is_choice.sum(axis=1))
    is_it = is_choice.cumsum(axis=1, dtype=np.int32) > rank[:, np.newaxis]
    return np.asarray(is_it.argmax(axis=1))


def policies(allowed: NDArray[np.bool_], is_free: NDArray[np.bool_]) -> dict[str, CompiledWalks]:
    """The policies by name: "shortest", and "noisy", which strays with ``epsilon``."""
    return {
        "shortest": lambda part: walks_to_goals(allowed, is_free, part, 0.0),
        "noisy": lambda part: walks_to_goals(allowed, is_free, part, part.epsilon),
    }
