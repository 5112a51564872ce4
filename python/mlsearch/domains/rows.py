"""States as rows: checks, and the comparison of all their bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.checks import answered, checked_array
from mlsearch.base.errors import DomainError
from mlsearch.domains.contract import Domain, Int32s, Rows, States
from mlsearch.domains.extras import extra, worlds_of


def checked_rows(name: str, values: ArrayLike, states: States, num: int | None = None) -> Rows:
    """States given by a user, as a C-contiguous array of the dtype of a domain.

    Args:
        name: what messages call the argument.
        values: integers (or bool) ``[N, *S]``, or a single state ``[*S]``.
        states: what the states of the domain are.
        num: N, for which a single state is repeated; None for any number.

    Returns:
        ``[N, *S]``, a copy or ``values`` itself.

    Raises:
        TypeError: they are not integers.
        ValueError: the shape does not fit, or a number does not fit the dtype.
    """
    array = checked_array(name, values)
    kinds = "biu" if states.dtype.kind == "b" else "iu"
    if array.dtype.kind not in kinds and array.size > 0:
        raise TypeError(f"{name}: expected states of {states.dtype}, got dtype {array.dtype}")
    if array.shape == (0,):
        array = array.reshape(0, *states.shape)
    if array.shape == states.shape:
        array = np.broadcast_to(array, (1 if num is None else num, *states.shape))
    wanted = ["N" if num is None else num, *states.shape]
    is_shaped = array.ndim == len(wanted) and array.shape[1:] == states.shape
    if not is_shaped or num not in (None, len(array)):
        raise ValueError(
            f"{name}: expected shape [{', '.join(map(str, wanted))}], got {list(array.shape)}"
        )
    rows = np.ascontiguousarray(array, states.dtype)
    if array.dtype != states.dtype and not np.array_equal(rows, array):
        first = int(np.argwhere((rows != array).reshape(len(array), -1).any(axis=1))[0, 0])
        raise ValueError(
            f"{name}: row {first}: expected numbers that fit {states.dtype}, "
            f"got {array[first].tolist()}"
        )
    return rows


def given_rows(name: str, values: ArrayLike, domain: Domain, num: int | None = None) -> Rows:
    """As :func:`checked_rows`, also for what users of the domain may give instead of states.

    In mazes these are pairs (row, column), ``[N, 2]``; see the extra ``given_states``.

    Raises:
        TypeError, ValueError: as there, or what was given is ambiguous.
    """
    if translate := extra(domain, "given_states"):
        values = translate(name, values)
    return checked_rows(name, values, domain.states, num)


def checked_states(name: str, values: ArrayLike, domain: Domain) -> Rows:
    """States given by a user, one for each world or any number in the one world that there is.

    Args:
        name: what messages call the argument.
        values: integers (or bool) ``[N, *S]``, or a single state ``[*S]``; or as of
            :func:`given_rows`.
        domain: one world, or N worlds.

    Returns:
        ``[N, *S]``, a copy or ``values`` itself.

    Raises:
        TypeError: they are not integers.
        ValueError: the shape or the number does not fit, or one is no state of its world.
    """
    rows = given_rows(name, values, domain)
    try:
        worlds = worlds_of(domain, len(rows))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if check := extra(domain, "check_states"):
        check(name, rows, worlds)
    return rows


def same(first: Rows, second: Rows, states: States) -> NDArray[np.bool_]:
    """Whether states are the same: ``[..., *S]`` twice, broadcast, to bool ``[...]``."""
    equal = np.asarray(first == second)
    axes = tuple(range(equal.ndim - len(states.shape), equal.ndim))
    return np.asarray(equal.all(axis=axes))


def is_goal(rows: Rows, goals: Rows, states: States) -> NDArray[np.bool_]:
    """Whether states count as goals: as ``same``, where the goal mask is True."""
    if states.goal_mask is None:
        return same(rows, goals, states)
    equal = np.asarray((rows == goals) | ~states.goal_mask)
    axes = tuple(range(equal.ndim - len(states.shape), equal.ndim))
    return np.asarray(equal.all(axis=axes))


def keys(rows: Rows, states: States, worlds: Int32s | None = None) -> NDArray[Any]:
    """One sortable value a state, the same for the same bytes: ``[M, *S]`` to ``[M]``.

    With ``worlds``, int32 ``[M]``, it is the same only for states of the same world.
    """
    flat = np.ascontiguousarray(rows).reshape(len(rows), states.size).view(np.uint8)
    if worlds is not None:
        flat = np.hstack([np.ascontiguousarray(worlds)[:, np.newaxis].view(np.uint8), flat])
    num_bytes = flat.shape[1]
    kind = f"u{num_bytes}" if num_bytes in (1, 2, 4, 8) else f"S{num_bytes}"
    return np.asarray(flat.view(kind)[:, 0])


def checked_neighbours(
    domain: Domain, states: Rows, worlds: Int32s, is_strict: bool = False
) -> Rows:
    """The neighbours of states, ``[M, K, *S]``, after a look at the form of the answer.

    A list, a tensor and integers of another dtype become an array of the domain's dtype, unless
    ``is_strict``: the contract asks for such an array.

    Raises:
        DomainError: it has another shape, or numbers that are no integers or do not fit the dtype.
    """
    spec = domain.states
    answer: object = domain.neighbours(states.copy(), worlds)
    wanted = (len(states), domain.num_moves, *spec.shape)
    expected = f"neighbours: expected a {spec.dtype} array of shape {list(wanted)}"
    try:
        array = answered("neighbours", answer)
    except ValueError:
        raise DomainError(f"{expected}, got rows of different lengths") from None
    is_form = array.dtype == spec.dtype and answer is array
    is_close = array.dtype.kind in ("b" if spec.dtype.kind == "b" else "iu") and not is_strict
    if not (is_form or is_close):
        got = f"dtype {array.dtype}" if answer is array else type(answer).__name__
        raise DomainError(f"{expected}, got {got}")
    if array.shape != wanted:
        raise DomainError(f"{expected}, got shape {list(array.shape)}")
    rows = np.ascontiguousarray(array, spec.dtype)
    if array.dtype != spec.dtype and not np.array_equal(rows, array):
        raise DomainError(f"{expected}, got {array[rows != array][0]}")
    return rows
