"""Every compiled domain: random problems and values, all searches as the plain reference says."""

import zlib
from functools import cache

import numpy as np
import pytest
import reference_search as reference
from hypothesis import given, settings
from hypothesis import strategies as st

import mlsearch as ml
from mlsearch.domains.costs import costs_of_moves, has_costs
from mlsearch.domains.extras import extra
from mlsearch.domains.registry import DOMAINS, domain_settings
from mlsearch.domains.rows import is_goal
from mlsearch.search.result import SearchStatus
from mlsearch.search.solve import solve

NAMES = [
    "maze:height=6,width=7",
    "maze:height=6,width=7,moves=eight",
    "maze:height=7,width=7,generator=prim,loops=0.2",
    "one_way:size=6",
    "cube2",
    "cube2:turns=half",
    "tiles3",
    "lights_out3",
    "sokoban:height=7,width=7,num_boxes=2",
    "topspin:size=7",
    "pancake4",
    "pancake9",
    "permutation",
]
TABLE = [[1, 0, 2, 3, 4], [1, 2, 3, 4, 0], [4, 0, 1, 2, 3]]
PERMUTATIONS = [ml.Permutation(TABLE, range(5), costs=costs) for costs in (None, [2, 1, 0.5])]


@cache
def domain_of(name: str, seed: int):
    if name == "permutation":
        return PERMUTATIONS[seed]
    return domain_settings(name).make(3, seed)


class Plain:
    """One problem as the reference takes it: states are numbers, in the order of their discovery.

    The values of states are made of their bytes, so that they are the same wherever they are asked.
    """

    def __init__(self, problems, number: int, salt: int, levels: int) -> None:
        self.domain, self.number = problems.domain, number
        self.world = problems.worlds[number : number + 1]
        self.goal, self.salt, self.levels = problems.goals[number], salt, levels
        self.rows: list[np.ndarray] = []
        self.numbers: dict[bytes, int] = {}
        self.found: dict[int, np.ndarray] = {}
        self.start = self.number_of(problems.starts[number])

    def number_of(self, row: np.ndarray) -> int:
        if row.tobytes() not in self.numbers:
            self.numbers[row.tobytes()] = len(self.rows)
            self.rows.append(row.copy())
        return self.numbers[row.tobytes()]

    def moves(self, state: int) -> np.ndarray:
        if state not in self.found:
            self.found[state] = self.domain.neighbours(self.rows[state][np.newaxis], self.world)
        return self.found[state]

    def neighbours(self, state: int) -> list[int]:
        return [self.number_of(row) for row in self.moves(state)[0]]

    def costs(self, state: int) -> list[float]:
        return costs_of_moves(self.domain, self.moves(state), self.world)[0].tolist()

    def __contains__(self, state: int) -> bool:
        return bool(is_goal(self.rows[state], self.goal, self.domain.states))

    def predict(self, state: int) -> float:
        return value_of(self.rows[state], self.number, self.salt, self.levels)

    def outcome(self, options) -> reference.Outcome:
        costs = self.costs if has_costs(self.domain) else None
        return reference.search(
            self.neighbours, self.start, self, self.predict, costs=costs, **options
        )


def value_of(row: np.ndarray, problem: int, salt: int, levels: int) -> float:
    hashed = zlib.crc32(row.tobytes(), zlib.crc32(salt.to_bytes(4, "little"), problem))
    return float(np.float32((hashed % levels - 1) / 3))  # negative ones too


KINDS = st.sampled_from(
    [
        *({"expansions_per_round": rounds} for rounds in (1, 3)),
        *({"search": False, "expansions_per_round": rounds} for rounds in (1, 3)),
        *(
            {"weight": weight, "expansions_per_round": rounds}
            for weight in (0, 1, 2.5)
            for rounds in (1, 3)
        ),
        *({"beam_width": width} for width in (1, 3)),
    ]
)
BUDGETS = st.fixed_dictionaries(
    {
        "max_expansions": st.integers(0, 30) | st.just(120),
        "max_generated": st.none() | st.integers(0, 80),
    }
)


@pytest.mark.parametrize("name", NAMES)
@given(
    seed=st.integers(0, 2**32 - 1),
    levels=st.sampled_from([1, 4, 2**16]),
    scramble=st.sampled_from([1, 2, 4, None]),
    kind=KINDS,
    budget=BUDGETS,
    max_active=st.integers(1, 7),
    num_threads=st.integers(1, 3),
)
@settings(max_examples=100, deadline=None)
def test_searches_agree_with_the_reference(
    name, seed, levels, scramble, kind, budget, max_active, num_threads
) -> None:
    domain, options = domain_of(name, seed % 2), kind | budget
    num = 6 if len(domain) == 1 else 2 * len(domain)
    is_near = extra(domain, "draw_problems") is None and scramble
    walks = {"scramble": scramble} if is_near else {}
    problems = ml.Problems.sample(domain, num=num, seed=seed, **walks)

    def heuristic(problem, states):
        pairs = zip(problem.tolist(), states, strict=True)
        return [value_of(state, number, seed, levels) for number, state in pairs]

    limits = {"max_active": max_active, "num_threads": num_threads}
    result = solve(problems, heuristic=heuristic, **limits, **options)
    plain = [Plain(problems, number, seed, levels) for number in range(num)]
    outcomes = [problem.outcome(options) for problem in plain]
    status = [SearchStatus[outcome.status.upper()] for outcome in outcomes]
    np.testing.assert_array_equal(result.status, status)
    for field in ("expansions", "generated", "steps"):
        expected = [getattr(outcome, field) for outcome in outcomes]
        np.testing.assert_array_equal(getattr(result, field), expected)
    assert result.evaluations == sum(outcome.evaluations for outcome in outcomes)
    for number in np.flatnonzero(result.solved):
        path = [plain[number].rows[state] for state in outcomes[number].path]
        np.testing.assert_array_equal(result.path(number), path)


def test_every_registered_domain_is_there() -> None:
    kinds = {type(domain_settings(name)) for name in NAMES if name != "permutation"}
    compiled = {kind for kind in DOMAINS.values() if kind.__module__.startswith("mlsearch.")}
    assert kinds | {ml.Permutation} == compiled
