"""Figures show the numbers they are made from; what is asserted is the data of their artists."""

import csv
import dataclasses
import io
import itertools
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import AxLine
from PIL import Image
from scipy.stats import spearmanr

from mlsearch import plots
from mlsearch.domains.maze.baselines import BASELINES, baseline_table
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.evaluation.drawn import problems_to_draw
from mlsearch.evaluation.evaluation import Evaluation, evaluate, evaluate_baselines
from mlsearch.learning.methods import METHODS
from mlsearch.plots import palette
from mlsearch.plots.scores import length_bins
from mlsearch.search.solve import solve


@pytest.fixture(scope="module")
def problems() -> Problems:
    return Problems.sample(Mazes.generate(20, size=8, seed=3), seed=4)


@pytest.fixture(scope="module")
def learned(problems: Problems) -> Evaluation:
    noise = np.random.default_rng(0).normal(0, 1, (20, 8, 8))
    table = 1.3 * baseline_table("perfect", problems.domain, problems.goals) + noise
    return evaluate(table.astype(np.float32), problems, "contrastive")


@pytest.fixture(scope="module")
def evaluations(problems: Problems, learned: Evaluation) -> list[Evaluation]:
    return [*evaluate_baselines(problems), learned]


def panels(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_label() != "<colorbar>" and axes.get_visible()]


def bars(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_label() == "<colorbar>"]


# Heatmaps -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2, 4])
def test_heatmaps_show_tables_without_walls(evaluations, problems, number):
    shown = evaluations[-number:]
    top = panels(plots.heatmaps(shown, 2))[: number + 1]
    walls = problems.domain.walls[2] == 1
    truth = problems.domain[2].distances(problems.goals[2:3])[0]
    for axes, field in zip(top, [truth, *(e.table[2] for e in shown)], strict=True):
        image = axes.images[0].get_array()
        np.testing.assert_array_equal(image.mask, walls)
        np.testing.assert_array_equal(image[~walls], field[~walls])
        np.testing.assert_array_equal(axes.images[1].get_array(), walls)


def test_distances_share_one_scale_and_errors_one_that_is_symmetric(evaluations, problems):
    figure = plots.heatmaps(evaluations[-3:], 2)
    top, bottom = panels(figure)[:4], panels(figure)[5:]
    farthest = problems.domain[2].distances(problems.goals[2:3]).max()
    assert {axes.images[0].get_clim() for axes in top} == {(0, farthest)}
    (low, high) = {axes.images[0].get_clim() for axes in bottom}.pop()
    assert low == -high < 0
    assert all(axes.images[0].get_clim() == (low, high) for axes in bottom)
    for axes, field in zip(bottom, top[1:], strict=True):
        error = field.images[0].get_array() - top[0].images[0].get_array()
        np.testing.assert_array_equal(axes.images[0].get_array(), error)
    labels = [bar.get_ylabel() for bar in bars(figure)]
    assert labels == ["steps to goal", "predicted \N{MINUS SIGN} true (steps)"]


def test_a_bar_has_arrows_only_where_values_lie_beyond_it(problems):
    def ends(scale: float) -> list[str]:
        table = scale * baseline_table("perfect", problems.domain, problems.goals)
        figure = plots.heatmaps([evaluate(table, problems, "scaled")], 2)
        return [bar._colorbar.extend for bar in bars(figure)]

    assert ends(1) == ends(0.5) == ["neither", "neither"]
    assert ends(3) == ["max", "max"]
    assert ends(-2) == ["min", "min"]


def test_heatmaps_mark_the_ends_and_a_shortest_path(learned, problems):
    figure = plots.heatmaps([learned], 2)
    start, goal = (divmod(int(cells[2]), 8)[::-1] for cells in (problems.starts, problems.goals))
    for axes in panels(figure):
        marks = {line.get_marker(): line.get_xydata()[0] for line in axes.lines}
        assert tuple(marks["o"]) == start
        assert tuple(marks["*"]) == goal
        assert not [*axes.get_xticks(), *axes.get_yticks()]
    path = panels(figure)[2].lines[0].get_xydata()
    assert len(path) == problems.optimal[2] + 1
    assert (tuple(path[0]), tuple(path[-1])) == (start, goal)
    assert (abs(np.diff(path, axis=0)).sum(1) == 1).all()


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_marks_and_paths_on_maps_have_a_legend(evaluations, problems):
    assert texts(plots.heatmaps(evaluations[-1:], 2)) == ["shortest path", "start", "goal"]
    far = problems[int(problems.optimal.argmax())]
    found = solve(far, heuristic="zero", weight=1)
    longer = dataclasses.replace(found, cost=found.cost + 1)
    figure = plots.solution(far, longer, "hybrid")
    assert texts(figure) == ["shortest path", "hybrid", "start", "goal"]
    dotted, solid = figure.axes[0].lines[:2]
    assert solid.get_color() == palette.line_styles(["hybrid"])["hybrid"].color
    assert dotted.is_dashed()
    assert not solid.is_dashed()


@pytest.mark.parametrize(("columns", "rows"), [(1, 8), (2, 4), (3, 4), (4, 2)])
def test_heatmaps_wrap_and_each_row_has_its_colour_bar(evaluations, columns, rows):
    figure = plots.heatmaps(evaluations[-3:], 2, columns=columns)
    figure.draw_without_rendering()
    shown = panels(figure)
    assert len(shown) == 8
    assert len({round(axes.get_position().x0, 3) for axes in shown}) <= columns
    assert len(bars(figure)) == rows
    titles = {axes.get_title(loc="left") for axes in shown}
    assert {name for e in evaluations[-3:] for name in (e.name, f"{e.name}, error")} < titles


def test_heatmaps_tell_what_search_did(learned):
    figure = plots.heatmaps([learned], 2)
    (notes,) = panels(figure)[1].texts
    outcome = "solved" if learned.no_search.solved[2] else "fails"
    expected = f"no search: {outcome}\nsearch: {learned.search.expansions[2]} expansions"
    assert notes.get_text() == expected


def test_heatmaps_of_a_goal_out_of_reach(tmp_path):
    walls = np.zeros((1, 4, 9), np.uint8)
    walls[:, :, 4] = 1
    split = Problems(Mazes(walls), np.array([0]), np.array([8]))
    figure = plots.heatmaps([evaluate("euclidean", split)], 0)
    assert panels(figure)[0].texts[0].get_text() == "start to goal:\nunreachable"
    assert len(panels(figure)[2].lines) == 2  # the ends alone
    assert panels(figure)[0].images[0].get_array().mask[:, :5].all()
    plots.save(figure, tmp_path / "figure.png")


def test_heatmaps_refuse_what_does_not_fit(learned, problems):
    with pytest.raises(IndexError, match=r"problem: expected 0 to 19, got 20"):
        plots.heatmaps([learned], 20)
    other = evaluate("zero", problems[::-1])
    with pytest.raises(ValueError, match=r"expected the same problem 2 in all"):
        plots.heatmaps([learned, other], 2)
    short = evaluate("zero", problems[:2])
    with pytest.raises(ValueError, match=r"expected the same problem 2 in all"):
        plots.heatmaps([learned, short], 2)


@pytest.mark.parametrize("twice", [False, True])
def test_evaluations_must_be_there_and_told_apart(learned, twice):
    with pytest.raises(ValueError, match=r"evaluations: expected at least one, of distinct names"):
        plots.comparison([learned] * (2 * twice))


# Correlation --------------------------------------------------------------------------------


def test_correlation_counts_every_state_of_the_paths(learned):
    (axes,) = panels(plots.correlation(learned))
    counts = axes.collections[0].get_array()
    predicted = np.concatenate(learned.along_paths)
    inside = len(predicted) * 0.998 - 1
    assert inside <= counts.sum() <= len(predicted) == learned.problems.optimal.sum()


def test_perfect_predictions_lie_on_the_identity_line(problems):
    (axes,) = panels(plots.correlation(evaluate("perfect", problems)))
    (identity,) = [line for line in axes.lines if isinstance(line, AxLine)]
    assert (identity.get_xy1(), identity.get_slope()) == ((0, 0), 1)
    examples = [line for line in axes.lines if line is not identity]
    assert 5 <= len(examples) <= 10
    for line in examples:
        np.testing.assert_array_equal(line.get_xdata(), line.get_ydata())
    text = axes.texts[0].get_text()
    assert text == "Spearman 1.000 [1.000, 1.000]\ngradient 1.00, abs. error 0.00"


def test_examples_are_trajectories_of_the_evaluation_and_reach_the_longest(learned):
    (axes,) = panels(plots.correlation(learned))
    lines = [line for line in axes.lines if not isinstance(line, AxLine)]
    known = {tuple(path) for path in learned.along_paths}
    assert all(tuple(line.get_ydata()) in known for line in lines)
    assert max(line.get_xdata()[0] for line in lines) == learned.problems.optimal.max()


def test_correlations_share_their_scales(evaluations):
    figure = plots.correlations(evaluations)
    shown = panels(figure)
    assert [axes.get_title("left") for axes in shown] == [e.name for e in evaluations]
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in shown}) == 1
    assert len({axes.collections[0].get_clim() for axes in shown}) == 1
    assert len(bars(figure)) == 1
    assert shown[0].texts[0].get_text().startswith("Spearman -\n")


def test_correlations_need_a_path(problems):
    still = Problems(problems.domain, problems.starts, problems.starts)
    with pytest.raises(ValueError, match="with a known shortest path"):
        plots.correlation(evaluate("zero", still))


# Trajectories -------------------------------------------------------------------------------


def test_trajectories_have_a_colour_and_their_own_rank_correlation(learned, evaluations):
    numbers = problems_to_draw("varied", [learned])
    figure = plots.trajectories([learned, evaluations[0]], numbers)
    first, constant = panels(figure)
    lines = [line for line in first.lines if not isinstance(line, AxLine)]
    assert len({line.get_color() for line in lines}) == len(numbers) == 10
    for line, number in zip(lines, numbers, strict=True):
        path = learned.along_paths[number]
        np.testing.assert_array_equal(line.get_ydata(), path)
        np.testing.assert_array_equal(line.get_xdata(), np.arange(len(path), 0, -1))
        rho = spearmanr(line.get_xdata(), path).statistic
        assert line.get_label() == f"{number}: {rho:.2f}".replace("-", "\N{MINUS SIGN}")
    shown = [text.get_text() for text in first.get_legend().get_texts()]
    assert shown == [line.get_label() for line in lines]
    flat = [text.get_text() for text in constant.get_legend().get_texts()]
    assert flat == [f"{number}: 0.00" for number in numbers]


def test_trajectories_without_a_way_have_a_dash(problems):
    goals = np.where(np.arange(20) == 4, problems.starts, problems.goals)
    some = Problems(problems.domain, problems.starts, goals)
    (axes,) = panels(plots.trajectories([evaluate("euclidean", some)], [4, 5]))
    assert axes.get_legend().get_texts()[0].get_text() == "4: -"
    still = Problems(problems.domain, problems.starts, problems.starts)
    with pytest.raises(ValueError, match="a known shortest path of at least two steps"):
        plots.trajectories([evaluate("zero", still)], [0])


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([], "problems: expected 1 to 10 problems, got 0"),
        (range(11), "problems: expected 1 to 10 problems, got 11"),
        ([2, 20], "problems: expected 0 to 19, got 20"),
    ],
)
def test_trajectories_refuse_other_problems(learned, numbers, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        plots.trajectories([learned], numbers)


def test_problems_to_draw_are_varied_long_or_hard(problems, learned):
    lengths, effort = problems.optimal, learned.search.expansions
    longest = problems_to_draw("longest", [learned], 5)
    assert lengths[longest].tolist() == sorted(lengths.tolist(), reverse=True)[:5]
    hardest = problems_to_draw("hardest", [learned], 5)
    assert effort[hardest].tolist() == sorted(effort.tolist(), reverse=True)[:5]
    varied = problems_to_draw("varied", [learned], 5)
    assert varied[0] == longest[0]
    assert len(set(varied)) == 5
    wanted = np.linspace(lengths.max(), lengths[lengths >= 2].min(), 5)
    assert np.abs(lengths[varied] - wanted).max() <= 2
    assert problems_to_draw([7, 2], [learned]) == [7, 2]
    assert sorted(problems_to_draw("varied", [learned], 99)) == np.flatnonzero(lengths > 1).tolist()


def test_problems_to_draw_where_no_way_is_known(problems):
    still = Problems(problems.domain, problems.starts, problems.starts)
    assert problems_to_draw("varied", [evaluate("zero", still)], 3) == [0, 1, 2]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("easy", "problems: expected one of varied, longest, hardest, got 'easy'"),
        ([0, 20], "problems: expected 0 to 19, got 20"),
        ([-1], "problems: expected 0 to 19, got -1"),
        ([3, 3], "problems: expected at least one, each once, got \\[3, 3\\]"),
        ([], "problems: expected at least one, each once, got \\[\\]"),
    ],
)
def test_problems_to_draw_refuses_what_is_not_there(learned, choice, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        problems_to_draw(choice, [learned])


# Training curves ----------------------------------------------------------------------------

ROWS = [
    {"step": 10, "seconds": 0.5, "loss": 2.0},
    {"step": 20, "seconds": 1.0, "loss": 1.5, "validation.no_search.solved_rate": 0.25},
    {"step": 30, "seconds": 1.5, "loss": 1.0},
    {"step": 40, "seconds": 2.0, "loss": 0.5, "validation.no_search.solved_rate": 0.75},
]


def write_csv(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(k for row in rows for k in row)))
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("x", ["step", "seconds"])
def test_training_curves_show_what_was_measured(tmp_path, x):
    write_csv(tmp_path / "scalars.csv", ROWS)
    figure = plots.training_curves({"hybrid": tmp_path / "scalars.csv", "mine": ROWS[:2]}, x=x)
    loss, rate = panels(figure)
    np.testing.assert_array_equal(loss.lines[0].get_xdata(), [row[x] for row in ROWS])
    np.testing.assert_array_equal(loss.lines[0].get_ydata(), [2, 1.5, 1, 0.5])
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), [2, 1.5])
    np.testing.assert_array_equal(rate.lines[0].get_xdata(), [ROWS[1][x], ROWS[3][x]])
    np.testing.assert_array_equal(rate.lines[0].get_ydata(), [0.25, 0.75])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["hybrid", "mine"]


def test_training_curves_take_references_and_a_logarithmic_axis():
    baselines = {"euclidean": {"no_search.solved_rate": 0.5}, "perfect": {"search.expansions": 9}}
    loss, rate = panels(plots.training_curves({"a": ROWS}, log_x=True, baselines=baselines))
    assert len(loss.lines) == 1
    assert list(rate.lines[1].get_ydata()) == [0.5, 0.5]
    assert rate.lines[1].get_label() == "euclidean"
    assert (loss.get_xscale(), rate.get_xscale()) == ("log", "log")


def test_each_term_of_a_loss_has_a_panel_with_its_unit_and_single_points_none():
    one = [{"step": k, "loss": 2.0, "distance": 1.0, "contrastive": 3.0} for k in (1, 2)]
    other = [{"step": k, "loss": 9.0, "walk_length": 9.0, "gradient_norm": 1.0} for k in (1, 2)]
    once = [{"step": 1, "loss": 4.0, "mine": 4.0}]
    own = [{"step": k, "loss": 4.0, "distance": 4.0} for k in (1, 2)]
    figure = plots.training_curves({"a": one, "b": other, "c": once, "d": own})
    shown = {
        p.get_title(loc="left"): [line.get_label() for line in p.lines] for p in panels(figure)
    }
    assert shown == {
        "loss: distance": ["a", "d"],
        "loss: contrastive": ["a"],
        "loss: walk_length": ["b"],
    }
    units = [axes.get_ylabel() for axes in panels(figure)]
    assert units == ["smooth L1 (steps)", "nats", "steps\N{SUPERSCRIPT TWO}"]


def test_losses_are_running_means_over_a_tenth_of_the_log_before_what_was_logged():
    values = np.random.default_rng(0).normal(size=40)
    rows = [{"step": k, "loss": value} for k, value in enumerate(values)]
    (axes,) = panels(plots.training_curves({"a": rows}))
    raw, mean = axes.lines
    np.testing.assert_array_equal(raw.get_ydata(), values)
    assert raw.get_alpha() < 0.5
    expected = [values[max(k - 2, 0) : k + 3].mean() for k in range(40)]
    np.testing.assert_allclose(mean.get_ydata(), expected)
    assert [text.get_text() for text in axes.texts] == ["running mean over a tenth of the log"]
    assert not panels(plots.training_curves({"a": ROWS}))[0].texts


@pytest.mark.parametrize(
    ("runs", "x", "message"),
    [
        ({}, "step", "runs: expected at least one"),
        ({"a": [{"step": 1}]}, "step", "runs: expected at least one"),
        ({"a": ROWS}, "hours", "x: expected 'step' or 'seconds', got 'hours'"),
        (
            {"a": [{"step": 1, "loss": 2}] * 2},
            "seconds",
            "runs: a: expected 'seconds' in every row",
        ),
    ],
)
def test_training_curves_refuse_bad_input(runs, x, message):
    with pytest.raises(ValueError, match=message):
        plots.training_curves(runs, x=x)


# Comparisons --------------------------------------------------------------------------------


def test_bars_are_as_long_as_the_scores(evaluations):
    left, right = panels(plots.comparison(evaluations))
    for axes, name in ((left, "no_search.solved_rate"), (right, "search.expansions")):
        scores = [e.scores()[name] for e in evaluations]
        assert [bar.get_width() for bar in axes.patches] == [s.mean for s in scores]
        (intervals,) = axes.collections
        ends = np.array([segment[:, 0] for segment in intervals.get_segments()])
        np.testing.assert_allclose(ends, [(s.low, s.high) for s in scores], atol=1e-12)
    labels = left.get_yticklabels()
    assert [label.get_text() for label in labels] == [e.name for e in evaluations]
    assert [label.get_fontweight() for label in labels] == ["normal"] * len(BASELINES) + ["bold"]


def test_bins_hold_every_way_once_by_its_length(problems):
    bins = length_bins(problems.optimal)
    np.testing.assert_array_equal(np.sort(np.concatenate(bins)), np.flatnonzero(problems.optimal))
    lengths = [problems.optimal[b] for b in bins]
    assert len(bins) >= 4
    assert all(one.max() < other.min() for one, other in itertools.pairwise(lengths))


@pytest.mark.parametrize("optimal", [[5], [3, 3, 3], [0, -1, 7], [1, 2]])
def test_bins_of_few_problems(optimal):
    bins = length_bins(np.array(optimal, np.int32))
    assert sorted(np.concatenate(bins)) == [i for i, steps in enumerate(optimal) if steps > 0]
    assert all(len(b) for b in bins)


@pytest.mark.parametrize("draw", [plots.solved_by_distance, plots.expansions_by_distance])
def test_by_distance_shows_the_means_of_bins(learned, problems, draw):
    (axes,) = panels(draw([learned]))
    distances, means = axes.containers[0].lines[0].get_data(orig=False)
    is_rate = draw is plots.solved_by_distance
    values = learned.no_search.solved if is_rate else learned.search.expansions
    bins = length_bins(problems.optimal)
    np.testing.assert_allclose(means, [values[b].mean() for b in bins])
    np.testing.assert_allclose(distances, [problems.optimal[b].mean() for b in bins])


def test_by_distance_needs_a_way(problems):
    still = Problems(problems.domain, problems.starts, problems.starts)
    with pytest.raises(ValueError, match="expected a problem with a way of at least one step"):
        plots.expansions_by_distance([evaluate("zero", still)])


def test_solved_by_budget_is_the_share_at_every_budget(evaluations):
    (axes,) = panels(plots.solved_by_budget(evaluations))
    for line, e in zip(axes.lines, evaluations, strict=True):
        budgets, share = line.get_data()
        assert line.get_drawstyle() == "steps-post"
        for budget in range(64):
            shown = share[np.searchsorted(budgets, budget, side="right") - 1]
            assert shown == (e.search.solved & (e.search.expansions <= budget)).mean()


def test_effort_shows_the_best_search_at_every_budget_and_the_moves_of_good_ones():
    wide, narrow = plots.Effort([900, 300, 500, 700], 4, 20.0), plots.Effort([40, 60], 4, 50.0)
    poor = plots.Effort([30], 4, 90.0)
    figure = plots.effort({"walk_distance": [wide, narrow], "zero": [poor]}, ["zero"])
    left, right = panels(figure)
    budgets, share = left.lines[0].get_data()
    for budget, best in ((20, 0), (40, 0.25), (299, 0.5), (600, 0.5), (700, 0.75), (900, 1)):
        assert share[np.searchsorted(budgets, budget, side="right") - 1] == best
    [line] = right.lines  # the search by zero solves a quarter
    np.testing.assert_array_equal(line.get_data(), [[50, 600], [50, 20]])
    with pytest.raises(ValueError, match=r"^found: expected at least one heuristic, got none$"):
        plots.effort({})


# Style --------------------------------------------------------------------------------------


def test_baselines_and_methods_keep_their_colours():
    names = ["mine", "hybrid", "zero", "other"]
    styles = palette.line_styles(names)
    assert styles["hybrid"] == palette.line_styles(["contrastive", "hybrid"])["hybrid"]
    assert styles["zero"] == palette.line_styles(["zero"])["zero"]
    assert len({styles[name].color for name in names}) == 4


def test_no_name_takes_the_colour_of_a_method_that_is_absent():
    names = ["stitched", "mine", "other"]
    fixed = {palette.line_styles([name])[name].color for name in METHODS}
    assert len(fixed) == len(METHODS)
    styles = palette.line_styles(names)
    assert styles["stitched"].color in fixed
    assert not {styles["mine"].color, styles["other"].color} & fixed


def test_readouts_and_seeds_have_the_colour_of_their_run_and_dashes_of_their_own():
    names = ["supervised (argmax)", "supervised\n(expectation)", "hybrid-seed0", "hybrid-seed3"]
    styles = palette.line_styles([*names, "supervised", "hybrid"])
    for first, second, run in ((*names[:2], "supervised"), (*names[2:], "hybrid")):
        assert styles[first].color == styles[second].color == styles[run].color
        assert styles[first].dashes == styles[run].dashes == "-"
        assert styles[second].dashes != "-"


def test_within_shared_styles_every_figure_has_the_same_colours():
    alone = palette.line_styles(["second"])["second"]
    with palette.shared_styles(["first", "second", "own"], ["own"]):
        shared = palette.line_styles(["second", "first", "own"])
        assert shared["second"] == palette.line_styles(["second"])["second"] != alone
        assert palette.line_styles(["new"])["new"].color
    assert palette.line_styles(["second"])["second"] == alone
    assert palette.line_styles(["second", "first"])["second"] == alone


def test_every_baseline_has_a_dashed_style_of_its_own():
    styles = palette.line_styles(BASELINES)
    assert all(line.dashes != "-" for line in styles.values())
    assert len({(line.color, line.dashes) for line in styles.values()}) == len(BASELINES)


FIGURES = {
    "heatmaps": lambda e: plots.heatmaps(e[-2:], 2),
    "correlations": plots.correlations,
    "trajectories": lambda e: plots.trajectories(e[-2:], [0, 2, 5]),
    "training_curves": lambda e: plots.training_curves({"a": ROWS}),
    "comparison": plots.comparison,
    "solved_by_distance": plots.solved_by_distance,
    "solved_by_budget": plots.solved_by_budget,
    "expansions_by_distance": plots.expansions_by_distance,
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_data_gives_the_same_bytes_whatever_the_user_has_set(name, evaluations, tmp_path):
    plots.save(FIGURES[name](evaluations), tmp_path / "one.png")
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "axes.facecolor": "red"}):
        plots.save(FIGURES[name](evaluations), tmp_path / "two.png")
        assert matplotlib.rcParams["font.size"] == 30
    one = (tmp_path / "one.png").read_bytes()
    assert one == (tmp_path / "two.png").read_bytes()
    assert one.startswith(b"\x89PNG")
    assert b"Software" not in one


def test_figures_show_themselves_in_notebooks(learned):
    figure = plots.correlation(learned)
    assert Image.open(io.BytesIO(figure._repr_png_())).size[0] == round(
        figure.get_size_inches()[0] * 100
    )


def test_save_writes_all_or_nothing(learned, tmp_path):
    figure = plots.correlation(learned)
    with pytest.raises(OSError, match="missing"):
        plots.save(figure, tmp_path / "missing" / "figure.png")
    plots.save(figure, str(tmp_path / "figure.png"))
    assert [path.name for path in tmp_path.iterdir()] == ["figure.png"]
    pixels = matplotlib.image.imread(io.BytesIO((tmp_path / "figure.png").read_bytes()))
    assert pixels.shape[:2] == (480, 525)  # 3.2 by 3.5 inches


def test_suffix_says_the_format(learned, tmp_path):
    for name, start in (("a.png", b"\x89PNG"), ("a.PDF", b"%PDF"), ("a.svg", b"<?xml")):
        plots.save(plots.correlation(learned), tmp_path / name)
        content = (tmp_path / name).read_bytes()
        assert content.startswith(start)
        plots.save(plots.correlation(learned), tmp_path / name)
        assert (tmp_path / name).read_bytes() == content
    assert b"/CIDFontType2" in (tmp_path / "a.PDF").read_bytes()  # what Type 42 is in a PDF
    assert b"/Type3" not in (tmp_path / "a.PDF").read_bytes()


@pytest.mark.parametrize("name", ["figure.jpg", "figure", "pdf", "figure.png.gz"])
def test_unknown_suffix_is_refused(learned, tmp_path, name):
    with pytest.raises(ValueError, match=r"expected a figure with suffix \.png, \.pdf, \.svg, got"):
        plots.save(plots.correlation(learned), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_in_a_column_maps_shrink_and_other_panels_are_stacked(evaluations, tmp_path):
    for name in ("comparison", "heatmaps", "training_curves"):
        figure = FIGURES[name](evaluations)
        width, height = figure.get_size_inches()
        plots.save(figure, tmp_path / "a.png", dpi=100, width=plots.COLUMN_WIDTH)
        pixels = matplotlib.image.imread(io.BytesIO((tmp_path / "a.png").read_bytes()))
        factor = plots.COLUMN_WIDTH / width if name == "heatmaps" else 2
        assert pixels.shape[1] == round(100 * plots.COLUMN_WIDTH)
        assert pixels.shape[0] == pytest.approx(100 * height * factor, abs=1), name
        places = [axes.get_position() for axes in panels(figure)]
        assert (len({round(place.x0, 3) for place in places}) == 1) == (name != "heatmaps")
    with pytest.raises(ValueError, match=r"^width: expected 1 to 40, got 0\.5$"):
        plots.save(figure, tmp_path / "b.png", width=0.5)
    with pytest.raises(ValueError, match=r"^dpi: expected 10 to 2400, got 1$"):
        plots.save(figure, tmp_path / "b.png", dpi=1)


def test_a_width_without_room_for_the_labels_is_refused(learned, tmp_path):
    figure = plots.comparison([dataclasses.replace(learned, name="long " * 20)])
    with pytest.raises(ValueError, match=r"^width: 3\.4 inches are too few for this figure$"):
        plots.save(figure, tmp_path / "a.pdf", width=3.4)
    assert list(tmp_path.iterdir()) == []


def test_plots_leave_pyplot_alone():
    code = "import sys, mlsearch.plots; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
