"""Scores, axioms and figures in domains that are no mazes, and where tables are too large."""

import math
from collections import deque

import numpy as np
import pytest
from entries import entries_of, markdown_of
from scipy.stats import spearmanr
from small_domains import OneWay, Slide

from mlsearch import plots
from mlsearch.config import RunConfig
from mlsearch.domains.check import check_domain
from mlsearch.domains.contract import States
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.domains.puzzles.cube import Cube
from mlsearch.domains.puzzles.tiles import Tiles
from mlsearch.domains.registry import DOMAINS
from mlsearch.evaluation import predictions
from mlsearch.evaluation.axioms import axiom_violations, sample_triples
from mlsearch.evaluation.evaluation import (
    evaluate,
    evaluate_baselines,
    split_by_distance,
)
from mlsearch.evaluation.predictions import BaselineMetric, InParts, source_of
from mlsearch.evaluation.score_table import COUNTED, footnote
from mlsearch.plots import palette
from mlsearch.report import scores_as_json
from mlsearch.report.explorer import is_grid
from mlsearch.report.tables import score_rows
from mlsearch.search.heuristics import baselines_of
from mlsearch.search.solve import solve


class Turner:
    """A robot on a map of 3 x 4: it turns left or right, or goes one step ahead.

    A state is its cell and its heading, int32 [2].
    """

    name, yardstick = "turner", "straight"
    states = States(np.int32, (2,))
    num_moves, is_reversible, num_features, num_states = 3, False, 16, 48
    walls = np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]], np.uint8)

    def __len__(self):
        return 1

    def __getitem__(self, worlds):
        return self

    @property
    def baselines(self):
        return {"straight": self._straight}

    def _straight(self, domain, goals, seed):
        def predict(problem, state):
            here, there = (np.stack(np.divmod(s[:, 0], 4)) for s in (state, goals[problem]))
            return abs(here - there).sum(axis=0).astype(np.float32)

        return predict

    def neighbours(self, states, worlds):
        found = np.repeat(states[:, None], 3, axis=1)
        found[:, 0, 1], found[:, 1, 1] = (states[:, 1] + 1) % 4, (states[:, 1] - 1) % 4
        for i, (cell, heading) in enumerate(states):
            row, column = np.divmod(cell, 4)
            r, c = row + (-1, 0, 1, 0)[heading], column + (0, 1, 0, -1)[heading]
            is_inside = 0 <= r < 3 and 0 <= c < 4
            if is_inside and not self.walls[r, c] and not self.walls[row, column]:
                found[i, 2, 0] = r * 4 + c
        return found

    def origins(self, worlds, draws):
        return np.zeros((len(worlds), 2), np.int32)

    def features(self, states):
        return np.stack([states[:, 0], 12 + states[:, 1]], axis=1).astype(np.int32)

    def world_features(self):
        return np.zeros((1, 16), np.uint8)

    def maps(self):
        return self.walls[None]

    def places(self, states):
        return states[:, 0].copy()

    def index(self, states):
        return states[:, 0] * 4 + states[:, 1]

    def all_states(self):
        return np.stack(np.divmod(np.arange(48, dtype=np.int32), 4), axis=1)

    def distances(self, goals):
        return np.array([steps_to(self, goals[0])], np.int32)


def steps_to(domain, goal):
    """The fewest moves from every state to a goal, by a search from each state on its own."""
    steps = []
    for state in domain.all_states():
        seen, queue, found = {state.tobytes()}, deque([(state, 0)]), -1
        while queue and found < 0:
            here, length = queue.popleft()
            if (here == goal).all():
                found = length
            for there in domain.neighbours(here[None].copy(), np.zeros(1, np.int32))[0]:
                if there.tobytes() not in seen:
                    seen.add(there.tobytes())
                    queue.append((there, length + 1))
        steps.append(found)
    return steps


@pytest.fixture(scope="module")
def slide():
    return Problems.sample(Slide(), seed=1, num=25, scramble=40)


@pytest.fixture(scope="module")
def one_way():
    return Problems.sample(OneWay(5), seed=1, per_world=4, scramble=5)


def misplaced(problems):
    """Tiles that are not where the goal has them: asked for rows, not for tables."""

    def predict(problem, state):
        assert problem.dtype == np.int32
        assert state.dtype == problems.domain.states.dtype
        return (state != problems.goals[problem]).sum(axis=1).astype(np.float32)

    return predict


def test_the_robot_is_a_domain():
    check_domain(Turner())


# Scores -------------------------------------------------------------------------------------


def test_every_score_of_a_callable_against_its_formula(slide):
    found = evaluate(misplaced(slide), slide, "misplaced")
    assert found.table is None
    scores = found.scores()
    results = [solve(slide, heuristic=misplaced(slide), search=s) for s in (True, False)]
    perfect = solve(slide, heuristic="perfect")
    expected = {name: [] for name in scores}
    for i, optimal in enumerate(slide.optimal.tolist()):
        for name, result in zip(("search", "no_search"), results, strict=True):
            expected[f"{name}.solved_rate"].append(bool(result.solved[i]))
            expected[f"{name}.expansions"].append(result.expansions[i])
        expected["search.generated"].append(results[0].generated[i])
        if optimal > 0:
            expected["search.suboptimality"].append(results[0].cost[i] / optimal)
        path = perfect.path(i)
        assert len(path) == optimal + 1
        predicted = [(state != slide.goals[i]).sum() for state in path[:-1]]
        if len(predicted) >= 2:
            rho = spearmanr(predicted, range(optimal, 0, -1)).statistic if np.ptp(predicted) else 0
            expected["rank_correlation"].append(rho)
        error = (slide.starts[i] != slide.goals[i]).sum() - optimal
        expected["mean_error"].append(error)
        expected["absolute_error"].append(abs(error))
    for name, values in expected.items():
        assert scores[name].num == len(values) > 0
        assert scores[name].mean == pytest.approx(np.mean(values), rel=1e-6), name


def test_a_table_and_a_callable_of_the_same_numbers_have_the_same_scores(slide):
    every = slide.domain.all_states()
    table = np.array([(every != goal).sum(axis=1) for goal in slide.goals], np.float32)
    by_table, asked = evaluate(table, slide, "a"), evaluate(misplaced(slide), slide, "a")
    assert scores_as_json(entries_of([by_table])) == scores_as_json(entries_of([asked]))
    np.testing.assert_array_equal(by_table.table, table)
    numbers = np.array([3, 0, 3], np.int32)
    rows = every[[7, 100, 719]]
    expected = table[numbers, [7, 100, 719]]
    np.testing.assert_array_equal(by_table.predicted(numbers, rows), expected)
    np.testing.assert_array_equal(asked.predicted(numbers, rows), expected)


def test_baselines_are_those_of_the_domain(slide, one_way):
    assert [e.name for e in evaluate_baselines(slide)] == ["zero", "random", "perfect"]
    assert [e.name for e in evaluate_baselines(one_way)] == ["zero", "random"]
    perfect = evaluate("perfect", slide).scores()
    assert perfect["search.suboptimality"].mean == perfect["no_search.solved_rate"].mean == 1
    assert perfect["absolute_error"].mean == 0
    assert perfect["rank_correlation"].mean == pytest.approx(1)


def test_problems_with_an_unknown_optimum_are_left_out_and_counted(one_way):
    total = one_way.goals.astype(int).sum(axis=1)
    shortest = solve(one_way, heuristic="zero")
    assert (one_way.optimal == -1).all()
    known = np.arange(20) % 4 > 0
    optimal = np.where(known, shortest.cost, -1)
    problems = Problems(one_way.domain, one_way.starts, one_way.goals, optimal)

    def left(problem, state):
        return (total[problem] - state.astype(int).sum(axis=1)).astype(np.float32)

    for given, num in ((problems, 15), (one_way, 0)):
        found = evaluate(left, given, "left")
        scores = found.scores()
        assert scores["search.solved_rate"].num == 20
        assert scores["absolute_error"].num == scores["mean_error"].num == num
        assert scores["search.suboptimality"].num == (optimal[known] > 0).sum() * (num > 0)
        has_path = [len(path) > 0 for path in found.paths]
        assert has_path == list(known & (num > 0) & (found.search.cost == optimal))
        assert math.isnan(found.calibration()) == (num == 0)
        [row] = score_rows(entries_of([found]))
        assert row.counts["absolute_error"] == num
        assert f"(n={num}) |" in row.cells()[-1] + " |"
        assert COUNTED in markdown_of([found])
    errors = left(np.flatnonzero(known), one_way.starts[known]) - optimal[known]
    assert evaluate(left, problems).scores()["mean_error"].mean == pytest.approx(errors.mean())


def test_known_optima_are_not_counted(slide):
    found = evaluate(misplaced(slide), slide)
    assert not score_rows(entries_of([found]))[0].counts
    assert "n=" not in markdown_of([found])


def test_parts_are_what_an_evaluation_of_them_alone_is(slide):
    for heuristic in (misplaced, lambda problems: "perfect"):
        whole = evaluate(heuristic(slide), slide, "x")
        parts = split_by_distance(whole, 11)
        assert sum(len(part.problems) for part in parts.values()) == len(slide)
        for part in parts.values():
            alone = evaluate(heuristic(part.problems), part.problems, "x")
            assert scores_as_json(entries_of([part])) == scores_as_json(entries_of([alone]))
            for i, path in enumerate(alone.paths):
                np.testing.assert_array_equal(part.paths[i], path)
    assert (parts["within"].problems.optimal <= 11).all()


def test_a_mark_is_set_by_the_yardstick_of_the_domain():
    problems = Problems(Turner(), [[0, 0], [11, 1], [3, 2]], [[11, 3], [0, 0], [8, 1]])
    shown = [*evaluate_baselines(problems), evaluate("zero", problems, "mine")]
    assert [e.name for e in shown] == [*baselines_of(problems.domain), "mine"]
    assert [e.is_baseline for e in shown] == [True] * 4 + [False]
    rows = score_rows(entries_of(shown))
    assert [row.is_marked for row in rows] == [False] * 4 + [True]
    assert footnote("straight") in markdown_of(shown)


# Tables that would be too large -----------------------------------------------------------------


class Tables:
    """A metric that answers with tables, and says for how many goals it was asked."""

    def __init__(self):
        self.asked = []

    def heuristic(self, domain, goals):
        self.asked.append(len(goals))
        return np.sqrt(domain.distances(goals).reshape(len(goals), -1).clip(0))


@pytest.mark.parametrize("make", [lambda: "euclidean", lambda: "perfect", Tables])
def test_large_tables_are_made_in_parts(make, monkeypatch):
    problems = Problems.sample(Mazes.generate(23, (7, 9), seed=0), seed=1)
    whole = evaluate(make(), problems, "x")
    assert whole.table.shape == (23, 7, 9)
    monkeypatch.setattr(predictions, "MAX_TABLE_BYTES", 4 * 63 * 5 + 3)
    heuristic = make()
    parts = evaluate(heuristic, problems, "x")
    assert parts.table is None
    assert scores_as_json(entries_of([parts])) == scores_as_json(entries_of([whole]))
    assert isinstance(parts.source, InParts)
    if isinstance(heuristic, Tables):
        assert heuristic.asked[-5:] == [5, 5, 5, 5, 3]


@pytest.mark.parametrize(
    ("domain", "is_asked"),
    [(Slide(), True), (Tiles(3), False), (Cube(3), False), (Mazes.generate(1, size=5), True)],
    ids=repr,
)
def test_no_metric_is_asked_for_all_states_of_a_large_puzzle(domain, is_asked):
    class Tabled:
        asked = False

        def table(self, domain, goals):
            self.asked = True
            return np.zeros((len(goals), domain.num_states), np.float32)

        def heuristic(self, domain, goals):
            return lambda problem, state: np.zeros(len(state), np.float32)

    problems, metric = Problems.sample(domain, per_world=2), Tabled()
    source_of(metric, problems.domain, problems.goals)
    assert metric.asked == is_asked


def test_a_callable_is_not_asked_in_parts(slide, monkeypatch):
    monkeypatch.setattr(predictions, "MAX_TABLE_BYTES", 4)
    asked = evaluate("perfect", slide)
    assert not isinstance(asked.source, InParts)
    assert asked.scores()["absolute_error"].mean == 0


def test_a_metric_of_another_domain_is_one_clear_line(slide, monkeypatch):
    monkeypatch.setitem(DOMAINS, "slide", Slide)

    class Metric:
        config = RunConfig(method="m")

    message = "trained in domain 'maze', the problems are of domain 'slide'"
    with pytest.raises(TypeError, match=message):
        evaluate(Metric(), slide)
    with pytest.raises(TypeError, match="heuristic: expected a name"):
        source_of(None, slide.domain, slide.goals)


# Axioms -------------------------------------------------------------------------------------


def test_triples_are_states_of_their_worlds():
    triples = sample_triples(OneWay(4), 50, 3)
    assert triples.shape == (3, 200, 54)
    assert triples.dtype == np.uint8
    for world in range(4):  # where the moves below its number are forbidden
        own = triples[:, world * 50 : world * 50 + 50]
        assert not own[..., :world].any()
        assert own[..., world].any()
    steps = triples.astype(int).sum(axis=2)
    assert len(np.unique(steps)) > 5
    np.testing.assert_array_equal(triples, sample_triples(OneWay(4), 50, 3))
    assert not np.array_equal(triples, sample_triples(OneWay(4), 50, 4))


def test_axioms_of_baselines_in_a_puzzle():
    found = {n: axiom_violations(BaselineMetric(n), Slide(), 30, 0) for n in ("perfect", "random")}
    assert found["perfect"].triangle_violations.mean == found["perfect"].asymmetry.mean == 0
    assert found["perfect"].triangle_violations.num == 30
    assert found["random"].asymmetry.mean == pytest.approx(1 / 3, abs=0.15)


def test_a_one_way_world_is_asymmetric(one_way):
    class Left:
        def distance(self, domain, states, goals):
            return (goals.astype(np.float32) - states).clip(0).sum(axis=1)

    found = axiom_violations(Left(), one_way.domain, 10, 0)
    assert found.triangle_violations.mean == 0
    assert found.asymmetry.mean > 1


# Figures ------------------------------------------------------------------------------------


def test_figures_without_maps(slide):
    shown = [*evaluate_baselines(slide), evaluate(misplaced(slide), slide, "misplaced")]
    figure = plots.correlations(shown[2:])
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["perfect", "misplaced"]
    bold = [t.get_fontweight() for t in plots.comparison(shown).axes[0].get_yticklabels()]
    assert bold == ["normal", "normal", "normal", "bold"]
    for make in (plots.solved_by_distance, plots.expansions_by_distance, plots.solved_by_budget):
        labels = make(shown).axes[0].get_legend_handles_labels()[1]
        assert labels == [e.name for e in shown]


def test_figures_that_need_maps_say_so(slide):
    found = evaluate("zero", slide)
    message = "reads maps; domain 'slide' has none"
    with pytest.raises(TypeError, match=f"heatmaps {message}"):
        plots.heatmaps([found], 0)
    with pytest.raises(TypeError, match=f"solution {message}"):
        plots.solution(slide[0], found.search, "zero")
    assert not plots.has_fields(slide.domain)


def test_heatmaps_show_the_nearest_state_at_each_place():
    problems = Problems(Turner(), [[0, 0], [11, 1]], [[11, 3], [0, 0]])
    figure = plots.heatmaps([evaluate("straight", problems)], 1)
    truth, predicted = (axes.images[0].get_array() for axes in figure.axes[:2])
    nearest = np.array(steps_to(problems.domain, [0, 0])).reshape(12, 4).min(axis=1)
    is_free = problems.domain.walls == 0
    np.testing.assert_array_equal(truth.mask, ~is_free)
    np.testing.assert_array_equal(truth[is_free], nearest.reshape(3, 4)[is_free])
    straight = np.add.outer(np.arange(3), np.arange(4))
    np.testing.assert_array_equal(predicted[is_free], straight[is_free])


def test_paths_are_drawn_where_their_states_are():
    problem = Problems(Turner(), [[0, 0]], [[11, 3]])
    result = solve(problem, heuristic="straight")
    [axes] = plots.solution(problem, result, "straight").axes
    lines = {line.get_label(): line.get_xydata() for line in axes.lines}
    rows, columns = np.divmod(result.path(0)[:, 0], 4)
    np.testing.assert_array_equal(lines["straight"], np.stack([columns, rows], axis=1))


def test_baselines_that_a_domain_brings_are_grey():
    styles = palette.line_styles(["zero", "straight", "mine"], baselines=["zero", "straight"])
    red, green, blue = (int(styles["straight"].color[i : i + 2], 16) for i in (1, 3, 5))
    assert red == green == blue
    assert len({s.color for s in styles.values()}) == 3
    assert styles["mine"].dashes == "-"


def test_the_explorer_is_for_grids_with_four_moves():
    assert is_grid(Mazes.generate(2, 6))
    assert not is_grid(Turner())
    assert not is_grid(Slide())
