"""Tables print the scores, and mark learned heuristics that a straight line beats."""

import io
from dataclasses import replace

import numpy as np
import pytest
from entries import entries_of, markdown_of
from rich.console import Console
from rich.table import Table

from mlsearch.cli.output import rich_table
from mlsearch.domains.maze.baselines import baseline_table
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.evaluation.evaluation import Evaluation, evaluate, evaluate_baselines
from mlsearch.evaluation.score_table import (
    MARK,
    footnote,
    rank_correlation,
)
from mlsearch.report.tables import score_rows, score_table

FOOTNOTE = footnote("euclidean")


@pytest.fixture(scope="module")
def problems() -> Problems:
    return Problems.sample(Mazes.generate(20, size=8, seed=3), seed=4)


@pytest.fixture(scope="module")
def baselines(problems: Problems) -> list[Evaluation]:
    return evaluate_baselines(problems)


@pytest.fixture(scope="module")
def good(problems: Problems) -> Evaluation:
    return evaluate(baseline_table("perfect", problems.domain, problems.goals), problems, "good")


@pytest.fixture(scope="module")
def bad(problems: Problems) -> Evaluation:
    return evaluate(baseline_table("random", problems.domain, problems.goals), problems, "bad")


def mixed(problems: Problems, search: Evaluation, no_search: Evaluation) -> Evaluation:
    return Evaluation("mixed", problems, search.source, search.search, no_search.no_search)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|\n").split("|")]


def printed(table: Table) -> str:
    output = io.StringIO()
    Console(width=100, file=output).print(table)
    return output.getvalue()


def test_rows_hold_the_scores_in_order(baselines, good):
    shown = [*baselines, good]
    rows = score_rows(entries_of(shown))
    assert [row.name for row in rows] == [e.name for e in shown]
    for row, e in zip(rows[1:], shown[1:], strict=True):  # the first is constant
        scores = e.scores()
        assert row.solved_rate == scores["no_search.solved_rate"]
        assert row.expansions == scores["search.expansions"]
        assert row.suboptimality == scores["search.suboptimality"]
        assert row.rank_correlation == scores["rank_correlation"]
        assert row.absolute_error == scores["absolute_error"]


def test_markdown_prints_means_and_intervals(baselines):
    euclidean = baselines[3]
    head, ruler, line = markdown_of([euclidean]).splitlines()[:3]
    assert cells(head) == [
        "heuristic",
        "no-search solved rate",
        "expansions with search",
        "suboptimality",
        "rank correlation",
        "absolute error (steps)",
    ]
    assert set(cells(ruler)) == {"---", "---:"}
    scores = euclidean.scores()
    rate, count = scores["no_search.solved_rate"], scores["search.expansions"]
    assert cells(line) == [
        "euclidean",
        f"{100 * rate.mean:.1f}% [{100 * rate.low:.1f}, {100 * rate.high:.1f}]",
        f"{count.mean:.1f} [{count.low:.1f}, {count.high:.1f}]",
        f"{scores['search.suboptimality'].mean:.3f}",
        f"{scores['rank_correlation'].mean:.3f}",
        f"{scores['absolute_error'].mean:.2f}",
    ]


def test_rich_prints_what_markdown_prints(baselines, good):
    shown = [*baselines, good]
    table = replace(score_table(entries_of(shown)), title="twenty mazes")
    text = printed(rich_table(table))
    assert "twenty mazes" in text
    lines = [line for line in markdown_of(shown).splitlines()[2:] if line.startswith("|")]
    assert len(lines) == len(shown)
    for line in lines:
        (row,) = [row for row in text.splitlines() if row.split()[:1] == cells(line)[:1]]
        assert row.split() == " ".join(cells(line)).split()


def test_learned_rows_are_marked_unless_they_beat_euclidean_on_both(problems, baselines, good, bad):
    only_search = mixed(problems, search=good, no_search=bad)
    only_without = mixed(problems, search=bad, no_search=good)
    for evaluation, is_marked in (
        (good, False),
        (bad, True),
        (only_search, True),
        (only_without, True),
    ):
        rows = score_rows(entries_of([*baselines, evaluation]))
        assert [row.is_marked for row in rows] == [False] * len(baselines) + [is_marked]
        text = markdown_of([*baselines, evaluation])
        assert (FOOTNOTE in text) == is_marked
        assert (f"| {evaluation.name} {MARK} |" in text) == is_marked
        table = score_table(entries_of([*baselines, evaluation]))
        assert rich_table(table).caption == table.note
        assert (FOOTNOTE in table.note) == is_marked


def test_a_tie_with_euclidean_is_marked(problems, baselines):
    same = evaluate(baselines[3].table, problems, "same")
    assert [row.is_marked for row in score_rows(entries_of([baselines[3], same]))] == [False, True]


def test_nothing_is_marked_without_euclidean(baselines, bad):
    assert not any(row.is_marked for row in score_rows(entries_of([*baselines[:3], bad])))
    assert MARK not in markdown_of([*baselines[:3], bad])


def test_constant_predictions_rank_nothing(problems, baselines):
    zero = baselines[0]
    assert np.isnan(rank_correlation(zero).mean)
    assert cells(markdown_of([zero]).splitlines()[2])[4] == "-"
    goal_alone = np.full((20, 8, 8), 3, np.float32)
    goal_alone.reshape(20, -1)[np.arange(20), problems.goals] = 0
    assert np.isnan(rank_correlation(evaluate(goal_alone, problems, "flat")).mean)


def test_a_single_problem_has_means_without_intervals(problems):
    single = problems[:1]
    line = markdown_of([evaluate("perfect", single)]).splitlines()[2]
    assert cells(line)[2] == f"{float(single.optimal[0]):.1f}"


def test_names_are_printed_as_they_are(problems, baselines):
    odd = evaluate("perfect", problems, "[red]a|b[/red]")
    assert r"| [red]a\|b[/red] |" in markdown_of([odd])
    assert "[red]a|b[/red]" in printed(rich_table(score_table(entries_of([odd]))))
