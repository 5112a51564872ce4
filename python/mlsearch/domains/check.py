"""The public contract test: does a domain keep what it promises?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.checks import checked_count
from mlsearch.base.errors import DomainError
from mlsearch.base.protocols import offers
from mlsearch.base.seeding import child_seed
from mlsearch.domains.contract import (
    Boarded,
    Domain,
    Enumerable,
    Int32s,
    Learnable,
    Mapped,
    Rows,
    States,
)
from mlsearch.domains.costs import cost_dtype, costs_of_moves, has_costs
from mlsearch.domains.extras import require
from mlsearch.domains.rows import checked_neighbours, given_rows, keys, same
from mlsearch.domains.scrambles import RandomWalks

WALKS, STEPS = 16, 12


def check_domain(
    domain: Any, states: ArrayLike | None = None, num: int = 64, seed: int = 0
) -> None:
    """Tests a domain against :mod:`mlsearch.domains.contract`, on random states.

    Tested are the dtypes, shapes and ranges of all that it answers; that the same question gets
    the same answer, whatever else is asked with it and whichever other worlds are there; that
    moves can be undone if it says so; and that tables and distances agree with the moves. Only
    what the domain has is tested, so one without features is tested as far as a search needs.

    Args:
        domain: the domain.
        states: ``[M, *S]``, states of world 0 to begin with; needed where the domain has no
            ``origins``.
        num: at most so many states are looked at.
        seed: 0 to 2**64 - 1, of the states that are drawn.

    Raises:
        TypeError: ``domain`` is no domain, or ``states`` is needed.
        ValueError: ``num`` or ``states`` does not fit.
        DomainError: a promise is broken; the message says which one, and for which state.
    """
    require(domain, Domain, "domain")
    _check_form(domain)
    count = checked_count("num", num, 1)
    if states is None and not offers(domain, Learnable):
        raise TypeError("states: expected some, as the domain has no origins to begin at")
    if states is not None:
        rows = given_rows("states", states, domain)
        worlds = np.zeros(len(rows), np.int32)
    else:
        _check_origins(domain, seed)
        rows, worlds = _walked(domain, seed)
    chosen = np.random.default_rng(child_seed(seed, "check")).permutation(len(rows))[:count]
    rows, worlds = rows[chosen], worlds[chosen]
    _check_neighbours(domain, rows, worlds)
    _check_costs(domain, rows, worlds)
    if offers(domain, Learnable):
        _check_reversible(domain, rows, worlds)
        _check_features(domain, rows)
    if offers(domain, Mapped):
        _check_maps(domain, rows)
    if offers(domain, Boarded):
        _check_board(domain)
    if offers(domain, Enumerable):
        _check_tables(domain, rows, worlds)


def _check_form(domain: Any) -> None:
    _expect(isinstance(domain.states, States), "states: expected States", domain.states)
    is_count = isinstance(domain.num_moves, int) and domain.num_moves >= 1
    _expect(is_count, "num_moves: expected an integer of at least 1", domain.num_moves)
    _expect(len(domain) >= 1, "len(domain): expected at least one world", len(domain))


def _check_origins(domain: Any, seed: int) -> None:
    worlds = np.arange(WALKS, dtype=np.int32) % len(domain)
    draws = np.random.default_rng(child_seed(seed, "origins")).integers(
        2**64, size=WALKS, dtype=np.uint64
    )
    origins = _answer("origins", domain.origins(worlds, draws), domain.states, (WALKS,))
    for i in range(WALKS):
        alone = domain.origins(worlds[i : i + 1], draws[i : i + 1])
        _expect(
            np.array_equal(alone, origins[i : i + 1]),
            f"origins: of world {worlds[i]}: the same draw led to {origins[i].tolist()} among "
            "others and elsewhere alone; origin i may depend on worlds[i] and draws[i] only",
            np.asarray(alone).tolist(),
        )


def _walked(domain: Any, seed: int) -> tuple[Rows, Int32s]:
    """States that random walks meet, each at most once a world."""
    worlds = np.arange(WALKS, dtype=np.int32) % len(domain)
    walks = RandomWalks(domain, worlds, np.arange(WALKS), child_seed(seed, "walks"))
    met = [walks.states.copy()]
    for _ in range(STEPS):
        walks.step(np.arange(WALKS))
        met.append(walks.states.copy())
    rows, of = np.concatenate(met), np.tile(worlds, len(met))
    first = [
        np.flatnonzero(of == world)[np.unique(keys(rows[of == world], domain.states), True)[1]]
        for world in np.unique(of)
    ]
    chosen = np.concatenate(first)
    return rows[chosen], of[chosen]


def _check_neighbours(domain: Any, rows: Rows, worlds: Int32s) -> None:
    found = checked_neighbours(domain, rows, worlds, is_strict=True).copy()
    again = checked_neighbours(domain, rows, worlds)
    is_same = same(found, again, domain.states).all(axis=1)
    for i in np.flatnonzero(~is_same)[:1]:
        _expect(False, f"neighbours: of {rows[i].tolist()}: another answer each time")
    order = np.random.default_rng(len(rows)).permutation(len(rows))
    mixed = checked_neighbours(domain, rows[order], worlds[order])
    for at, i in enumerate(order):
        alone = checked_neighbours(domain, rows[i : i + 1], worlds[i : i + 1])[0]
        is_alike = np.array_equal(alone, found[i]) and np.array_equal(mixed[at], found[i])
        _expect(is_alike, f"neighbours: of {rows[i].tolist()}: depend on the rest of the batch")
    for world in np.unique(worlds):
        mine = worlds == world
        part = domain[np.array([world], np.int32)]
        _expect(len(part) == 1, "domain[[world]]: expected one world", len(part))
        own = checked_neighbours(part, rows[mine], np.zeros(mine.sum(), np.int32))
        _expect(
            np.array_equal(own, found[mine]),
            f"domain[[{world}]]: its neighbours differ from those of world {world}",
        )


def _check_costs(domain: Any, rows: Rows, worlds: Int32s) -> None:
    found = checked_neighbours(domain, rows, worlds)
    costs = costs_of_moves(domain, found, worlds)
    for i in range(len(rows)):
        alone = costs_of_moves(domain, found[i : i + 1], worlds[i : i + 1])
        is_same = np.array_equal(alone[0], costs[i])
        _expect(is_same, f"entry_costs: around {rows[i].tolist()}: depend on the rest of the batch")


def _check_reversible(domain: Any, rows: Rows, worlds: Int32s) -> None:
    if not domain.is_reversible:
        return
    found = checked_neighbours(domain, rows, worlds)
    for move in range(domain.num_moves):
        back = checked_neighbours(domain, found[:, move], worlds)
        returns = same(back, rows[:, None], domain.states).any(axis=1)
        for i in np.flatnonzero(~returns)[:1]:
            _expect(
                False,
                f"is_reversible: is true, but no move leads from {found[i, move].tolist()} back "
                f"to {rows[i].tolist()}",
            )


def _check_features(domain: Any, rows: Rows) -> None:
    features = domain.features(rows.copy())
    _check_array("features", features, np.int32, (len(rows), None))
    bad = (features < 0) | (features >= domain.num_features)
    for i in np.flatnonzero(bad.any(axis=1))[:1]:
        _expect(
            False,
            f"features: of {rows[i].tolist()}: expected 0 to {domain.num_features - 1}",
            features[i].tolist(),
        )
    for i in range(len(rows)):
        alone = domain.features(rows[i : i + 1].copy())
        is_same = np.array_equal(alone, features[i : i + 1])
        _expect(is_same, f"features: of {rows[i].tolist()}: depend on the rest of the batch")
    shared = domain.world_features()
    _check_array("world_features", shared, np.uint8, (len(domain), domain.num_features))
    _expect(bool((shared <= 1).all()), "world_features: expected 0 and 1", int(shared.max()))


def _check_maps(domain: Any, rows: Rows) -> None:
    maps = domain.maps()
    _check_array("maps", maps, np.uint8, (len(domain), None, None))
    places = domain.places(rows.copy())
    _check_array("places", places, np.int32, (len(rows),))
    size = maps.shape[1] * maps.shape[2]
    bad = (places < 0) | (places >= size)
    for i in np.flatnonzero(bad)[:1]:
        message = f"places: of {rows[i].tolist()}: expected 0 to {size - 1}"
        _expect(False, message, int(places[i]))


def _check_board(domain: Any) -> None:
    shape = domain.board_shape
    is_shape = isinstance(shape, tuple) and len(shape) == 3 and all(size >= 1 for size in shape)
    _expect(is_shape, "board_shape: expected three integers of at least 1", shape)
    message = f"board_shape: expected at most num_features = {domain.num_features} cells"
    _expect(math.prod(shape) <= domain.num_features, message, shape)


def _check_tables(domain: Any, rows: Rows, worlds: Int32s) -> None:
    total = domain.num_states
    index = domain.index(rows.copy())
    _check_array("index", index, np.int32, (len(rows),))
    every = _answer("all_states", domain.all_states(), domain.states, (total,))
    for i in range(len(rows)):
        at = int(index[i])
        _expect(0 <= at < total, f"index: of {rows[i].tolist()}: expected 0 to {total - 1}", at)
        is_same = np.array_equal(every[at], rows[i])
        _expect(is_same, f"all_states: expected {rows[i].tolist()} at its index {at}", every[at])
    for world in np.unique(worlds)[:4]:
        mine = rows[worlds == world]
        table = domain[np.array([world], np.int32)].distances(mine[:1])
        _check_distances(domain, mine, int(world), np.asarray(table))


def _check_distances(domain: Any, rows: Rows, world: int, table: NDArray[Any]) -> None:
    dtype = np.dtype(cost_dtype(domain))
    is_table = table.dtype == dtype and table.size == domain.num_states
    expected = f"distances: expected {dtype} of {domain.num_states} numbers a world"
    _expect(is_table, expected, f"{table.dtype} {list(table.shape)}")
    flat, worlds = table.reshape(-1), np.full(len(rows), world, np.int32)
    here = flat[domain.index(rows)]
    _expect(here[0] == 0, f"distances: of the goal {rows[0].tolist()}: expected 0", here[0])
    found = checked_neighbours(domain, rows, worlds)
    costs = costs_of_moves(domain, found, worlds)
    around = flat[domain.index(found.reshape(-1, *domain.states.shape))].reshape(costs.shape)
    stays = same(found, rows[:, None], domain.states)
    reached = np.where((around < 0) | stays, np.inf, around + costs).min(axis=1)
    what = "the cost of a move more" if has_costs(domain) else "one more"
    for i in range(1, len(rows)):
        wanted = dtype.type(-1 if np.isinf(reached[i]) else reached[i])
        message = f"distances: of {rows[i].tolist()}: expected {wanted}, {what} than the least"
        is_close = abs(here[i] - wanted) <= 1e-9 * abs(wanted)
        _expect(is_close, f"{message} of its neighbours", here[i])


def _answer(name: str, answer: Any, states: States, shape: tuple[int, ...]) -> Rows:
    _check_array(name, answer, states.dtype, (*shape, *states.shape))
    return np.asarray(answer)


def _check_array(name: str, answer: Any, dtype: Any, shape: tuple[int | None, ...]) -> None:
    wanted = f"[{', '.join('any' if n is None else str(n) for n in shape)}]"
    expected = f"{name}: expected {np.dtype(dtype)} of shape {wanted}"
    _expect(isinstance(answer, np.ndarray), expected, type(answer).__name__)
    _expect(answer.dtype == dtype, expected, f"dtype {answer.dtype}")
    fits = answer.ndim == len(shape) and all(
        n is None or n == m for n, m in zip(shape, answer.shape, strict=True)
    )
    _expect(fits, expected, f"shape {list(answer.shape)}")


def _expect(is_so: bool, message: str, got: Any = None) -> None:
    if not is_so:
        raise DomainError(message if got is None else f"{message}, got {got}")
