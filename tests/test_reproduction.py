"""The whole experiment, made tiny: what it writes, what it repeats and what it does not."""

import json
import math
from contextlib import contextmanager

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from mlsearch import reproduction
from mlsearch.base.errors import CheckpointError
from mlsearch.cli import main
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.problems import sample_problems
from mlsearch.evaluation.axioms import axiom_violations, sample_triples
from mlsearch.evaluation.evaluation import FRAGMENT_LENGTH, evaluate, split_by_distance
from mlsearch.evaluation.scores import Score, over_seeds
from mlsearch.report import Entry, all_tables, score_rows
from mlsearch.reproduction import PUBLISHED, plan, train
from mlsearch.runs import checkpoint
from mlsearch.runs.finished import is_finished
from mlsearch.scales import SCALES, Scale

TINY = Scale(steps=20, num_trajectories=30, num_problems=25, num_validation=5)
METHODS = ("supervised", "stitching", "landmark_wave")
HEURISTICS = ("supervised (argmax)", "supervised (expectation)", "stitching", "landmark_wave")
BASELINES = ("zero", "random", "manhattan", "euclidean", "landmarks", "perfect")


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The folder of a whole tiny experiment."""
    folder = tmp_path_factory.mktemp("reproduction")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SCALES, "smoke", TINY)
        result = run_command(folder)
    assert result.exit_code == 0, result.output
    assert "supervised (argmax)" in result.stdout
    assert str(folder / "report.html") in result.stdout
    return folder


def run_command(folder, *options):
    command = ["reproduce", "--scale", "smoke", "--methods", ",".join(METHODS), "--seeds", "2"]
    return CliRunner().invoke(
        main, [*command, "--out", str(folder), "--device", "cpu", "--quiet", *options]
    )


@pytest.fixture(scope="module")
def problems():
    return sample_problems(MazeConfig(height=9, width=11), 40, 3, "test")


def test_writes_every_file(out):
    for method in METHODS:
        for seed in range(2):
            run = out / f"{method}-seed{seed}"
            for name in ("config.json", "model.safetensors", "scalars.csv"):
                assert (run / name).stat().st_size > 0
    for name in ("results.json", "results.md", "report.html"):
        assert (out / name).stat().st_size > 0


def test_results_hold_finite_scores_of_every_heuristic(out):
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert list(results["heuristics"]) == [*HEURISTICS, *BASELINES]
    assert results["settings"]["steps"] == TINY.steps
    for name in HEURISTICS:
        found = results["heuristics"][name]
        assert [run.rpartition("-")[2] for run in found["runs"]] == ["seed0", "seed1"]
        for values in [*found["scores"].values(), *found["calibration"].values(), found["axioms"]]:
            assert all(math.isfinite(value["mean"]) for value in values.values())
        for value in found["scores"]["all"].values():
            assert value["num"] == 2
            assert value["low"] <= value["mean"] <= value["high"]
    assert "before" not in results["heuristics"]["supervised (argmax)"]["calibration"]
    assert "before" in results["heuristics"]["stitching"]["calibration"]


def test_published_numbers_stand_beside_the_argmax_readout_alone(out):
    found = json.loads((out / "results.json").read_text(encoding="utf-8"))["heuristics"]
    assert found["supervised (argmax)"]["published"] == PUBLISHED["supervised"]._asdict()
    assert found["supervised (expectation)"]["published"] is None
    assert found["landmark_wave"]["published"] is None
    text = (out / "results.md").read_text(encoding="utf-8")
    assert "does not describe its maze generator" in text
    assert f"{100 * PUBLISHED['stitching'].solved_rate:.1f}%" in text


def test_every_table_has_every_baseline(out):
    tables = (out / "results.md").read_text(encoding="utf-8").split("\n## ")[1:]
    tables = [table for table in tables if not table.startswith("Paired differences\n")]
    assert len(tables) == 5
    for table in tables:
        assert [name for name in BASELINES if f"\n| {name} | " in table] == list(BASELINES)


def test_baselines_break_the_axioms_that_they_should(problems):
    axioms = {e.name: e.axioms[0] for e in reproduction.baseline_entries(problems)}
    for name in ("zero", "manhattan", "euclidean", "perfect"):
        assert axioms[name].triangle_violations.mean == 0
        assert axioms[name].asymmetry.mean == pytest.approx(0, abs=1e-5)
    # A random number for each state, whatever the goal: the difference of two has mean 1/3.
    assert axioms["random"].triangle_violations.mean == 0
    assert axioms["random"].asymmetry.mean == pytest.approx(1 / 3, abs=0.06)


def test_argmax_reads_whole_steps(out, problems):
    def table(readout):
        metric = reproduction.metric_of(out / "supervised-seed0", readout, "cpu")
        large = sample_problems(MazeConfig(), 3, 0, "test")
        return metric.table(large.domain, large.goals)

    assert (table("argmax") % 1 == 0).all()
    assert not (table("expectation") % 1 == 0).all()


def test_the_same_command_trains_nothing_again(out, monkeypatch):
    monkeypatch.setitem(SCALES, "smoke", TINY)
    monkeypatch.setattr(reproduction, "build_report", lambda *arguments: None)
    weights = sorted(out.glob("*/model.safetensors"))
    before = [path.stat().st_mtime_ns for path in weights]
    results = (out / "results.json").read_bytes()
    printed = run_command(out, "--json")
    assert len(weights) == 2 * len(METHODS)
    assert [path.stat().st_mtime_ns for path in weights] == before
    assert (out / "results.json").read_bytes() == results
    assert list(json.loads(printed.stdout)) == [*HEURISTICS, *BASELINES]


def test_a_folder_of_another_scale_is_refused(out):
    result = run_command(out)  # the real scale now
    assert result.exit_code == 1
    assert "--out" in result.output
    assert "supervised-seed0" in result.output


def test_an_interrupted_run_goes_on_to_the_same_weights(out, tmp_path, monkeypatch):
    monkeypatch.setitem(SCALES, "smoke", TINY)
    [run] = plan(TINY, ["stitching"], 1, tmp_path)
    steps = []

    @contextmanager
    def interrupting(total, name):
        def progress(step, row):
            steps.append(step)
            if step == 7:
                raise KeyboardInterrupt

        yield progress

    with pytest.raises(KeyboardInterrupt):
        train(run, watch=interrupting)
    assert (run.folder / "model.safetensors").exists()
    assert not is_finished(run.folder, run.config)
    train(run, watch=interrupting)
    assert is_finished(run.folder, run.config)
    assert sorted(set(steps)) == list(range(1, TINY.steps + 1))
    resumed, _ = checkpoint.load_tensors(run.folder / "model.safetensors")
    whole, _ = checkpoint.load_tensors(out / "stitching-seed0" / "model.safetensors")
    for name, weights in whole.items():
        np.testing.assert_allclose(resumed[name], weights, rtol=1e-5, atol=1e-7)


def test_weights_without_calibration_are_not_finished(tmp_path):
    """As after a crash between the last step and the writing of the weights to use."""
    [run] = plan(TINY, ["stitching"], 1, tmp_path)
    train(run)
    weights, state = (run.folder / name for name in ("model.safetensors", "training_state"))
    calibrated = weights.read_bytes()
    tensors, _ = checkpoint.load_tensors(state / "last.safetensors")
    raw = {n.removeprefix("model."): v for n, v in tensors.items() if n.startswith("model.")}
    checkpoint.save_tensors(weights, raw)
    (state / "last.safetensors").touch()
    assert weights.read_bytes() != calibrated
    assert not is_finished(run.folder, run.config)
    train(run)
    assert is_finished(run.folder, run.config)
    assert weights.read_bytes() == calibrated


def test_a_changed_config_is_refused(tmp_path):
    [run] = plan(TINY, ["stitching"], 1, tmp_path)
    run.folder.mkdir()
    checkpoint.write_config(run.folder, plan(TINY, ["contrastive"], 1, tmp_path)[0].config)
    with pytest.raises(CheckpointError, match=r"config\.json differs"):
        train(run)


def test_seeds_follow_the_first(tmp_path):
    runs = plan(TINY, ["crtr"], 2, tmp_path, seed=5)
    assert [run.config.seed for run in runs] == [5, 6]
    assert [run.folder.name for run in runs] == ["crtr-seed5", "crtr-seed6"]


def test_published_methods_train_as_long_as_the_scale_says_and_others_as_their_recipe(tmp_path):
    runs = plan(SCALES["full"], ["contrastive", "landmark_wave"], 2, tmp_path)
    recipe = reproduction.method_config("landmark_wave").training.steps
    steps = [run.config.training.steps for run in runs]
    assert steps == [1_000_000, 1_000_000, recipe, recipe]
    assert [run.config.seed for run in runs] == [0, 1, 0, 1]
    assert runs[0].config.training.batch_size == 64
    assert runs[0].config.data.num_trajectories == 4000


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        ("contrastve", "did you mean 'contrastive'"),
        ("contrastive,contrastive", "each once"),
    ],
)
def test_bad_methods_are_named(tmp_path, methods, message):
    result = CliRunner().invoke(main, ["reproduce", "--methods", methods, "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert message in result.output


# Scores ------------------------------------------------------------------------------------


def test_parts_add_up_to_the_whole(problems):
    whole = evaluate("euclidean", problems)
    parts = split_by_distance(whole)
    assert set(parts) == {"within", "longer"}
    assert (parts["within"].problems.optimal <= FRAGMENT_LENGTH).all()
    assert (parts["longer"].problems.optimal > FRAGMENT_LENGTH).all()
    for values in (
        lambda e: len(e.problems),
        lambda e: e.no_search.solved.sum(),
        lambda e: e.search.expansions.sum(),
    ):
        assert sum(values(part) for part in parts.values()) == values(whole)


def test_a_part_without_problems_is_left_out(problems):
    assert list(split_by_distance(evaluate("zero", problems), 1000)) == ["within"]


class Twisted:
    """Breaks the axioms: farther to cells with larger numbers, and by the square."""

    def distance(self, mazes, states, goals):
        steps = goals.astype(np.float32) - states
        return np.where(steps > 0, steps**2, -steps).astype(np.float32)


class Line:
    """A metric by construction."""

    def distance(self, mazes, states, goals):
        return np.abs(np.sqrt(goals) - np.sqrt(states)).astype(np.float32)


def test_axiom_violations_are_those_of_a_plain_loop(problems):
    num = 6
    mazes = problems.domain[:10]
    triples = sample_triples(mazes, num, 4)
    metric = Twisted()

    def distance(x, y):
        return float(metric.distance(None, np.array([x]), np.array([y]))[0])

    slack = 1e-3 * np.mean([distance(a, c) for a, _, c in triples.T])
    violated, asymmetries = [], []
    for row, (a, b, c) in enumerate(triples.T):
        assert mazes.walls[row // num].flat[[a, b, c]].sum() == 0
        violated.append(distance(a, c) > distance(a, b) + distance(b, c) + slack)
        asymmetries.append(abs(distance(a, c) - distance(c, a)))
    found = axiom_violations(metric, mazes, num, 4)
    assert 0 < np.mean(violated) < 1
    assert found.triangle_violations.mean == pytest.approx(np.mean(violated))
    assert found.asymmetry.mean == pytest.approx(np.mean(asymmetries))
    assert found.triangle_violations.num == len(mazes) * num


def test_a_metric_violates_no_axiom(problems):
    found = axiom_violations(Line(), problems.domain, 20, 0)
    assert found.triangle_violations.mean == 0
    assert found.asymmetry.mean == 0


def test_trained_embeddings_are_a_metric(out):
    metric = reproduction.metric_of(out / "stitching-seed0", "", "cpu")
    found = axiom_violations(metric, sample_problems(MazeConfig(), 20, 0, "test").domain, 10, 0)
    assert found.triangle_violations.mean == 0
    assert found.asymmetry.mean == pytest.approx(0, abs=1e-4)


def test_interval_over_seeds_is_that_of_student():
    means = [0.2, 0.5, 0.3]
    found = over_seeds([Score(mean, 0.0, 1.0, 100) for mean in means])
    low, high = stats.t.interval(0.95, 2, np.mean(means), stats.sem(means))
    assert found == pytest.approx((np.mean(means), low, high, 3))
    assert over_seeds([Score(0.1, 0, 1, 9), Score(0.9, 0, 1, 9)], is_rate=True)[1:3] == (0, 1)
    assert over_seeds([Score(0.2, 0.1, 0.3, 100)]) == Score(0.2, 0.1, 0.3, 100)


def test_only_learned_rows_that_do_not_beat_euclidean_are_marked(problems, tmp_path):
    euclidean = Entry(name="euclidean", evaluations=[evaluate("euclidean", problems)])
    good, bad = (
        Entry(name=name, evaluations=[evaluate(like, problems, name)], folders=[tmp_path])
        for name, like in (("good", "perfect"), ("bad", "random"))
    )
    zero = Entry(name="zero", evaluations=[evaluate("zero", problems)])
    rows = score_rows([good, bad, zero, euclidean])
    assert [row.is_marked for row in rows] == [False, True, False, False]


def test_calibration_before_undoes_the_scale(problems, tmp_path):
    true = evaluate("perfect", problems).table
    entry = Entry(
        name="x", evaluations=[evaluate(2 * true, problems, "x")], folders=[tmp_path], scales=[2.0]
    )
    assert entry.calibration["before"]["absolute_error"].mean == pytest.approx(0)
    assert entry.calibration["before"]["gradient"].mean == pytest.approx(1)
    assert entry.calibration["after"]["gradient"].mean == pytest.approx(2)
    expected = problems.optimal.mean()
    assert entry.calibration["after"]["mean_error"].mean == pytest.approx(expected)


def test_near_goals_are_counted_over_problems_whatever_the_seeds(problems):
    evaluations = [evaluate("random", problems), evaluate("zero", problems)]
    tables = all_tables([Entry(name="learned", evaluations=evaluations)])
    (table,) = [table for table in tables.values() if table.title == "Near and far goals"]
    near = sum(0 <= steps <= FRAGMENT_LENGTH for steps in problems.optimal)
    assert table.note.startswith(f"{near} of {len(problems)} goals are near.")
