"""Moves and states as people write them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.settings import did_you_mean
from mlsearch.domains.contract import Rows


def parsed_moves(domain: Any, words: str) -> list[int]:
    """Moves from their names, such as ``R U R' U'`` or ``R2``.

    Args:
        domain: a puzzle with ``move_names``, and perhaps ``move_words`` for several moves.
        words: names and words, parted by blanks.

    Raises:
        ValueError: one is unknown; the message says which.
    """
    numbers: dict[str, tuple[int, ...]] = {name: (k,) for k, name in enumerate(domain.move_names)}
    for word, names in getattr(domain, "move_words", {}).items():
        numbers.setdefault(word, tuple(numbers[name][0] for name in names))
    found: list[int] = []
    for at, word in enumerate(words.split()):
        if word not in numbers:
            raise ValueError(
                f"moves: unknown move {word!r} at place {at}; {did_you_mean(word, numbers)}"
            )
        found += numbers[word]
    return found


def moves_by_name(domain: Any, moves: Any) -> str:
    """Moves by name; two that have a word in common, such as ``R R``, become that, ``R2``.

    Args:
        domain: as of :func:`parsed_moves`.
        moves: integers, numbers of moves.
    """
    given = getattr(domain, "move_words", {}).items()
    words = {names: word for word, names in given if len(names) == 2}
    names = [domain.move_names[k] for k in moves]
    found, at = [], 0
    while at < len(names):
        pair = words.get(tuple(names[at : at + 2]))
        found.append(pair or names[at])
        at += 2 if pair else 1
    return " ".join(found)


def follow(domain: Any, state: Any, moves: Any, world: int = 0) -> Rows:
    """The states on the way of some moves.

    Args:
        domain: any domain.
        state: ``[*S]``, where to begin.
        moves: integers ``[L]``, numbers of moves.
        world: the number of the world.

    Returns:
        ``[L + 1, *S]``. A blocked move leads back to its own state.
    """
    spec = domain.states
    here = np.asarray(state, spec.dtype).reshape(1, *spec.shape)
    path, of = [here], np.array([world], np.int32)
    for move in moves:
        here = domain.neighbours(here.copy(), of)[:, move]
        path.append(here)
    return np.concatenate(path)


def read_numbers(words: str, num: int) -> NDArray[np.uint8]:
    """Numbers 0 to 255, parted by blanks or commas, uint8 ``[num]``.

    Raises:
        ValueError: one is none, or there are more or fewer.
    """
    found = [word for word in re.split(r"[\s,]+", words) if word]
    bad = [word for word in found if not word.isdecimal() or int(word) > 255]
    if bad:
        raise ValueError(f"state: expected numbers from 0 to 255, got {bad[0]!r}")
    if len(found) != num:
        raise ValueError(f"state: expected {num} numbers, got {len(found)}")
    return np.array([int(word) for word in found], np.uint8)


def read_letters(words: str, letters: str, num: int) -> NDArray[np.uint8]:
    """Letters without regard to blanks, each by its place in ``letters``: uint8 ``[num]``.

    Raises:
        ValueError: one is unknown, or there are more or fewer.
    """
    found = "".join(words.split())
    bad = [letter for letter in found if letter not in letters]
    if bad:
        raise ValueError(f"state: expected letters of {letters!r}, got {bad[0]!r}")
    if len(found) != num:
        raise ValueError(f"state: expected {num} letters, got {len(found)}")
    return np.array([letters.index(letter) for letter in found], np.uint8)
