"""Fragments of trajectories, and trajectories stitched together from several of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from mlsearch.base import compiled_streams as streams
from mlsearch.base.checks import checked_count
from mlsearch.base.seeding import child_seed
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.rows import keys

BUFFER_STEPS = 2**18  # walked between two chances for Ctrl-C


@dataclass(frozen=True, eq=False)
class Stitched:
    """Stitched trajectories and where their steps come from.

    Attributes:
        trajectories: the number of steps between two states is an upper bound of their distance.
        sources: int32 [total number of steps], for each step of each trajectory the trajectory
            of the input that it was taken from.
    """

    trajectories: Trajectories
    sources: NDArray[np.int32]


def fragments(trajectories: Trajectories, max_length: int = 16) -> Trajectories:
    """Every trajectory cut into consecutive fragments, which share the states at the cuts.

    Each step is in exactly one fragment; all but the last fragment of a trajectory have
    ``max_length`` steps. Trajectories without a step have no fragment.

    Args:
        trajectories: what to cut.
        max_length: largest number of steps of a fragment, at least 1.

    Raises:
        TypeError: ``max_length`` is not an integer.
        ValueError: it is below 1.
    """
    longest = checked_count("max_length", max_length, 1)
    lengths = trajectories.lengths.astype(np.int64)
    counts = -(-lengths // longest)
    owner = np.repeat(np.arange(len(trajectories)), counts)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    begin = number * longest
    sizes = np.minimum(longest, lengths[owner] - begin) + 1
    offsets = _offsets(sizes)
    shifts = np.repeat(trajectories.offsets[owner] + begin - offsets[:-1], sizes)
    return Trajectories.of(
        trajectories.domain,
        trajectories.worlds[owner],
        trajectories.states[np.arange(len(shifts)) + shifts],
        offsets,
        {"fragments": {"max_length": longest}, "source": trajectories.provenance},
        are_moves=True,
    )


def stitch(
    trajectories: Trajectories,
    num: int,
    max_length: int,
    seed: int,
    switch_probability: float = 0.1,
) -> Stitched:
    """Walks along trajectories that change over to others where they meet.

    A walk begins at the first state of a uniformly drawn trajectory that has a step. In each
    state through which other trajectories of its world go on, it changes over with
    ``switch_probability``, and always where its own trajectory ends, to a uniformly drawn other
    visit of the state. It ends after ``max_length`` steps, or where no trajectory goes on.

    Args:
        trajectories: usually fragments, so that the walks have to be stitched.
        num: number of walks.
        max_length: largest number of steps of a walk, at least 1.
        seed: 0 to 2**64 - 1. Walk i depends on the other arguments, ``seed`` and i.
        switch_probability: 0 to 1.

    Returns:
        ``num`` trajectories of at least one step, and the source of each step.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: an argument is out of range, or no trajectory has a step.
    """
    count = checked_count("num", num, 0)
    longest = checked_count("max_length", max_length, 1)
    if not 0 <= switch_probability <= 1:
        raise ValueError(f"switch_probability: expected 0 to 1, got {switch_probability}")
    starts = trajectories.offsets[:-1][trajectories.lengths > 0]
    if len(starts) == 0:
        raise ValueError("trajectories: expected at least one with a step, got none")
    lengths, leaves = _walks(
        _visits(trajectories),
        starts,
        count,
        longest,
        child_seed(seed, "stitching"),
        switch_probability,
    )
    parameters = {
        "num": count,
        "max_length": longest,
        "seed": seed,
        "switch_probability": switch_probability,
    }
    return _stitched(trajectories, lengths, leaves, parameters)


class Visits(NamedTuple):
    """All visits of states, by their position in the states of all trajectories.

    The visits of one state that go on are ``members[first[p]:last[p]]`` for each visit p of it.
    """

    members: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    rank: NDArray[np.int64]  # of p in members; -1 if its trajectory ends there


def _visits(trajectories: Trajectories) -> Visits:
    worlds = np.repeat(trajectories.worlds, trajectories.lengths + 1)
    state = keys(trajectories.states, trajectories.domain.states, worlds)
    order = np.argsort(state, kind="stable")
    goes_on = np.ones(len(state), bool)
    goes_on[trajectories.offsets[1:] - 1] = False
    members = order[goes_on[order]]
    rank = np.full(len(state), -1)
    rank[members] = np.arange(len(members))
    is_new = np.append(True, state[order[1:]] != state[order[:-1]])
    bounds = np.append(np.flatnonzero(is_new), len(state))  # of each state in the order
    num_before = np.append(0, np.cumsum(goes_on[order]))[bounds]
    first, last = np.empty_like(rank), np.empty_like(rank)
    first[order] = np.repeat(num_before[:-1], np.diff(bounds))
    last[order] = np.repeat(num_before[1:], np.diff(bounds))
    return Visits(members, first, last, rank)


def _walks(
    visits: Visits,
    starts: NDArray[np.int64],
    num: int,
    max_length: int,
    seed: int,
    switch_probability: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lengths of the walks, and the visits that their steps leave from, one after the other."""
    lengths = np.empty(num, np.int64)
    leaves = [np.empty(0, np.int64)]
    rows = max(1, BUFFER_STEPS // max_length)
    buffer = np.empty((min(rows, num), max_length), np.int64)
    for begin in range(0, num, rows):
        part = lengths[begin : begin + rows]
        _walk_some(
            *visits, starts, np.uint64(seed), np.uint64(begin), switch_probability, part, buffer
        )
        is_used = np.arange(max_length) < part[:, np.newaxis]
        leaves.append(buffer[: len(part)][is_used])
    return lengths, np.concatenate(leaves)


def _stitched(
    trajectories: Trajectories,
    lengths: NDArray[np.int64],
    leaves: NDArray[np.int64],
    parameters: Mapping[str, object],
) -> Stitched:
    offsets = _offsets(lengths + 1)
    positions = np.empty(offsets[-1], np.int64)
    is_last = np.zeros(len(positions), bool)
    is_last[offsets[1:] - 1] = True
    positions[~is_last] = leaves
    positions[is_last] = positions[offsets[1:] - 2] + 1
    owners = np.repeat(np.arange(len(trajectories), dtype=np.int32), trajectories.lengths + 1)
    result = Trajectories.of(
        trajectories.domain,
        trajectories.worlds[owners[positions[offsets[:-1]]]],
        trajectories.states[positions],
        offsets,
        {"stitched": parameters, "source": trajectories.provenance},
        are_moves=True,
    )
    return Stitched(result, owners[leaves])


def _offsets(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])


@numba.njit(nogil=True)
def _walk_some(members, first, last, rank, starts, seed, begin, switch_probability, lengths, out):  # type: ignore[no-untyped-def]
    stream = np.empty(1, np.uint64)
    for i in range(len(lengths)):
        streams.begin(stream, seed, begin + np.uint64(i))
        visit = starts[streams.below(stream, len(starts))]
        length = 0
        while length < out.shape[1]:
            is_end = rank[visit] < 0
            others = last[visit] - first[visit] - (0 if is_end else 1)
            if is_end and others == 0:
                break
            if is_end or (others > 0 and streams.uniform(stream) < switch_probability):
                other = first[visit] + streams.below(stream, others)
                if not is_end and other >= rank[visit]:
                    other += 1
                visit = members[other]
            out[i, length] = visit
            length += 1
            visit += 1
        lengths[i] = length
