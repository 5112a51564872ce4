"""States and moves as text, in any domain: its own extras, or the defaults of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.domains.contract import Learnable, Rows
from mlsearch.domains.extras import extra, name_of, require
from mlsearch.domains.puzzles.text import follow, moves_by_name, parsed_moves
from mlsearch.domains.rows import checked_neighbours, checked_rows, same


def read_state(domain: Any, words: str, world: int = 0, name: str = "state") -> Rows:
    """A state from its text, by default integers with commas or blanks between them.

    Args:
        domain: any domain.
        words: the text.
        world: the number of the world.
        name: what messages call the text.

    Returns:
        ``[1, *S]``, not yet checked to be a state of its world.

    Raises:
        ValueError: it is none.
    """
    spec = domain.states
    if read := extra(domain, "read_state"):
        return checked_rows(name, read(words, world) if world else read(words), spec)
    try:
        numbers = [int(number) for number in words.replace(",", " ").split()]
    except ValueError:
        numbers = []
    if len(numbers) != spec.size:
        raise ValueError(
            f"{name}: expected {spec.size} integers, separated by commas or blanks, got {words!r}"
        )
    return checked_rows(name, np.array(numbers, np.int64).reshape(1, *spec.shape), spec)


def state_text(domain: Any, state: ArrayLike, world: int = 0) -> str:
    """The text of a state ``[*S]``, which may have several lines; by default its integers."""
    if write := extra(domain, "state_text"):
        return str(write(state, world))
    return " ".join(map(str, np.asarray(state).astype(int).reshape(-1).tolist()))


def read_moves(domain: Any, words: str) -> list[int]:
    """The numbers of moves from their names.

    Raises:
        TypeError: the moves of the domain have no names.
        ValueError: a name is unknown.
    """
    if read := extra(domain, "read_moves"):
        return list(read(words))
    _require_names(domain)
    return parsed_moves(domain, words)


def moves_along(domain: Any, path: Rows, world: int = 0) -> list[int]:
    """The numbers of the moves on a path, the first of those that lead to the next state.

    Args:
        domain: any domain.
        path: ``[L + 1, *S]``, each state a neighbour of the one before.
        world: the number of the world.

    Raises:
        DomainError: the domain answered in another form than its contract says.
    """
    if len(path) <= 1:
        return []
    worlds = np.full(len(path) - 1, world, np.int32)
    found = checked_neighbours(domain, path[:-1], worlds)
    leads = same(found, path[1:, np.newaxis], domain.states)
    return [int(move) for move in leads.argmax(axis=1)]


def moves_text(domain: Any, moves: Sequence[int]) -> str | None:
    """Moves as a person writes them; None where they have no names."""
    if write := extra(domain, "moves_text"):
        return str(write(moves))
    return None if extra(domain, "move_names") is None else moves_by_name(domain, moves)


def origin_of(domain: Any, world: int = 0) -> NDArray[Any]:
    """Where walks of a world begin, such as the goal of a puzzle: ``[*S]``.

    Raises:
        TypeError: the domain has no walks.
    """
    require(domain, Learnable, "a problem without a goal")
    found = domain.origins(np.array([world], np.int32), np.zeros(1, np.uint64))
    return np.asarray(found[0])


def scramble_path(domain: Any, words: str) -> Rows:
    """The states that moves lead to from the goal, ``[L + 1, *S]``: ``R U R' U'`` on a cube.

    Blocked moves are left out.

    Raises:
        TypeError: the moves have no names or cannot be undone, or the domain has no walks.
        ValueError: a name is unknown.
    """
    goal = origin_of(domain)
    if not domain.is_reversible:
        raise TypeError(f"scramble: moves of domain {name_of(domain)!r} cannot be undone")
    path = follow(domain, goal, read_moves(domain, words))
    is_move = ~same(path[1:], path[:-1], domain.states)
    return path[np.append(True, is_move)]


def read_start(domain: Any, words: str) -> Rows:
    """A state, or where moves lead from the goal: ``[1, *S]``.

    It is read as moves if one of its words is the name of a move and no number.

    Raises:
        TypeError, ValueError: as of :func:`scramble_path` and :func:`read_state`.
    """
    names = {name for name in extra(domain, "move_names") or () if not name.isdecimal()}
    names |= set(getattr(domain, "move_words", ()))
    if names.intersection(words.split()):
        return scramble_path(domain, words)[-1:]
    return read_state(domain, words)


def _require_names(domain: Any) -> None:
    if extra(domain, "move_names") is None:
        raise TypeError(
            f"moves: domain {name_of(domain)!r} has no names of its moves (it lacks move_names)"
        )
