"""What a domain may have beyond the contract, and what holds where it has not.

Each is an attribute or a method of the domain:

==================  ============================================================================
``name``            what messages call it; by default the name of its class in small letters
``kind``            its worlds in the plural, such as "20 x 20 mazes"; by default "NAME problems"
``policy``          how trajectories are made unless a run says so; by default "scramble"
``walk_length``     steps of a walk unless a run says so; by default 64
``yardstick``       the baseline that a learned distance has to beat; by default "zero"
``budget``          expansions of each search in an evaluation, unless a command says so; by
                    default 10,000, None for no bound
``move_costs``      what each move costs, floats ``[K]``, finite and above 0; by default 1
``entry_costs``     a method (states, worlds) to what it costs to enter states, floats ``[M]``;
                    by default 1. A move costs the product of the two, see
                    :mod:`mlsearch.domains.costs`
``baselines``       heuristics by name; by default those that need nothing of the domain
``symmetries``      :class:`Symmetries`; by default none, so each world has one form
``check_states``    a method (name, states, worlds) that raises ``ValueError`` for what is no
                    state of its world; by default every row is one
``given_states``    a method (name, values) to rows of states, from what a user may give for
                    them, such as pairs (row, column); by default they are rows already
``optimal``         a method (starts, goals, worlds) to the fewest moves, int32 ``[N]``, or the
                    least costs, float64 ``[N]``, -1 where that is not known; by default from
                    ``distances`` where there are few goals
``draw_problems``   a method (per_world, seed) to starts and goals, ``[B * per_world, *S]``; by
                    default the ends of scrambles
``random_states``   a method (each, seed) to states of all worlds, ``[B, each, *S]``; by default
                    the ends of random walks
``read_state``      a method (text, world), world 0 if it is left out, to a state, ``[*S]``; by
                    default from integers, separated by commas or blanks
``walks``           compiled policies by name, functions of a :class:`WalkPart`; by default none
``check_walks``     a method (worlds, states, offsets) of trajectories, see
                    :class:`mlsearch.data.trajectories.Trajectories`, that raises ``ValueError``
                    naming the first with a step that is no move; by default by ``neighbours``
``compiled``        a :class:`Searcher` of compiled code, which may also have ``walk``, see
                    :class:`mlsearch.domains.puzzles.compiled.CompiledPuzzle`; by default
                    ``neighbours`` is asked
``uniform_states``  a method (worlds, draws), as ``origins``, to states that are uniform over all
                    that have a way to the goal; by default a domain cannot draw them
``move_names``      the names of the K moves; by default they have none
``read_moves``      a method (text) to the numbers of moves; by default names and blanks
``moves_text``      a method (moves) to text, the reverse of ``read_moves``
``state_text``      a method (state, world) to text, the reverse of ``read_state``
``picture``         a :class:`mlsearch.domains.pictures.Picture`, how states look, from which
                    figures and the report page draw them; by default they have no picture
``looks``           a method (states, worlds) to the look of each cell of the picture, whole
                    numbers ``[M, P]``; by default a state is these numbers
``draw``            a method (state, axes, world) that draws a state on matplotlib axes; by
                    default by its picture
``settings``        the settings that it was made with; by default the domain itself
``arrays``          a method to what its settings do not say of its worlds: arrays by name, one
                    row a world, from which a method ``restored`` (arrays) of its settings makes
                    the same domain; by default ``make`` of its settings makes its one world
==================  ============================================================================
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.protocols import members
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

DEFAULTS: dict[str, Any] = {
    "policy": "scramble",
    "walk_length": 64,
    "yardstick": "zero",
    "budget": 10_000,
    "move_costs": None,
    "entry_costs": None,
    "baselines": None,
    "symmetries": None,
    "check_states": None,
    "given_states": None,
    "optimal": None,
    "draw_problems": None,
    "random_states": None,
    "read_state": None,
    "walks": None,
    "check_walks": None,
    "compiled": None,
    "arrays": None,
    "uniform_states": None,
    "move_names": None,
    "read_moves": None,
    "moves_text": None,
    "state_text": None,
    "picture": None,
    "looks": None,
    "draw": None,
}

MOST_MOVES = 2**24
"""K, at most."""

NEEDS: dict[type, str] = {
    Domain: "searches states that have neighbours",
    Learnable: "reads features and walks from origins",
    Mapped: "reads maps",
    Boarded: "reads boards",
    Enumerable: "reads tables of all states",
}
"""What code that asks for a protocol does, for messages."""


class Symmetries(Protocol):
    """Forms of a world in which the distances between states are the same."""

    @property
    def num(self) -> int:
        """How many there are; number 0 is the identity."""
        ...

    def of_worlds(self, domain: Any, numbers: NDArray[np.uint8]) -> Any:
        """The domain of world i in form ``numbers[i]``: uint8 ``[B]``."""
        ...

    def of_states(self, states: Rows, numbers: NDArray[np.uint8]) -> Rows:
        """States in other forms of their worlds: ``[..., *S]``, uint8 ``[...]`` to the first."""
        ...


class Searcher(Protocol):
    """Searches in one domain, with one world for all problems or one for each."""

    @property
    def table_shape(self) -> tuple[int, ...] | None:
        """The shape of a table of all states of a world, if the search can read one itself."""
        ...

    @property
    def max_active(self) -> int:
        """How many problems are searched at the same time unless the caller says so."""
        ...

    @property
    def seconds(self) -> float:
        """The time that was spent in ``neighbours`` of the domain."""
        ...

    def search(
        self, starts: Rows, goals: Rows, heuristic: Any, max_active: int, options: dict[str, Any]
    ) -> tuple[Any, ...]:
        """Solves N problems.

        Args:
            starts: ``[N, *S]``, states.
            goals: ``[N, *S]``, states.
            heuristic: a callable from int32 ``[M]`` and ``[M, *S]`` to float32 ``[M]``; or a
                table, float32 ``[N, *table_shape]``.
            max_active: problems to search at the same time with a callable.
            options: as the functions ``search_*`` of ``mlsearch._core`` take them, ``max_bytes``
                among them.

        Returns:
            What they return: status, expansions, generated, steps, path_begin, path_states,
            rounds and evaluations. With a weight, g sums up the costs of the domain's moves.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class WalkPart:
    """The walks ``first`` .. ``first + num - 1`` of those that compiled code makes.

    Walk ``i * per_world + j`` is on world i and draws from ``Stream(seed, i * per_world + j)``.
    The domain that is asked has the worlds from number ``first_world`` on. The other fields are
    the arguments of ``Trajectories.sample``.
    """

    per_world: int
    first_world: int
    first: int
    num: int
    epsilon: float
    min_length: int
    max_length: int
    seed: int
    num_threads: int


CompiledWalks: TypeAlias = Callable[[WalkPart], tuple[Rows, NDArray[np.int64]]]
"""To the states of all walks, ``[total, *S]``, and where each begins in them and the last ends,
int64 ``[num + 1]``."""


def extra(domain: Any, name: str) -> Any:
    """What a domain has under one of the names above, or its default."""
    return getattr(domain, name, DEFAULTS[name])


def name_of(domain: Any) -> str:
    """What messages call a domain."""
    return str(getattr(domain, "name", type(domain).__name__.lower()))


def kind_of(domain: Any) -> str:
    """What a title calls its worlds."""
    return str(getattr(domain, "kind", f"{name_of(domain)} problems"))


def settings_of(domain: Any) -> Any:
    """The settings that a domain was made with."""
    return getattr(domain, "settings", domain)


def require(domain: Any, protocol: type, who: str) -> None:
    """Checks that a domain has what someone needs.

    Args:
        domain: any object.
        protocol: one of those of :mod:`mlsearch.domains.contract`.
        who: the argument or the part that needs it.

    Raises:
        TypeError: something is missing, or ``states`` and ``num_moves`` are of another type; the
            message says what.
        ValueError: the domain has no moves, or more than ``MOST_MOVES``.
    """
    missing = [name for name in members(protocol) if not hasattr(domain, name)]
    if not missing:
        _check_sizes(domain, who)
        return
    if lacks := [name for name in members(Domain) if name in missing]:
        raise TypeError(
            f"{who}: expected a domain, got {type(domain).__name__} without {', '.join(lacks)}"
            f"{_way_to_domain(domain)}"
        )
    raise TypeError(
        f"{who} {NEEDS[protocol]}; domain {name_of(domain)!r} has none "
        f"(it lacks {', '.join(missing)})"
    )


def _check_sizes(domain: Any, who: str) -> None:
    if not isinstance(states := domain.states, States):
        got = type(states).__name__
        raise TypeError(f"{who}: states: expected mlsearch.States, got {got}")
    try:
        num_moves = operator.index(domain.num_moves)
    except TypeError:
        raise TypeError(
            f"{who}: num_moves: expected an integer, got {domain.num_moves!r}"
        ) from None
    if not 1 <= num_moves <= MOST_MOVES:
        raise ValueError(f"{who}: num_moves: expected 1 to {MOST_MOVES}, got {num_moves}")


def _way_to_domain(value: Any) -> str:
    """For messages: what makes a domain of a value, if something does."""
    if isinstance(value, str):
        return "; mlsearch.Mazes.generate(100) or mlsearch.Cube(3) makes one"
    if isinstance(value, list | tuple) or hasattr(value, "__array__"):
        return "; mlsearch.Mazes(walls) makes one of walls"
    if isinstance(value, Mapping) or hasattr(value, "neighbors"):
        return (
            "; mlsearch.ScalarDomain(lambda state: list(graph[state]), num_moves=K) makes one of a "
            "graph of integers, and with shape=(n,) of tuples"
        )
    return ""


def worlds_of(domain: Domain, num: int) -> Int32s:
    """The world of each of N problems: one for all of them, or one for each.

    Raises:
        ValueError: the domain has neither one world nor N.
    """
    if len(domain) == 1:
        return np.zeros(num, np.int32)
    if len(domain) == num:
        return np.arange(num, dtype=np.int32)
    raise ValueError(f"expected {len(domain)} states, one for each world, got {num}")
