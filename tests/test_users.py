"""Five people's first day, from the docs alone: the commands and scripts that the pages show them.

Each test takes the commands of a section as they stand, makes them small, and looks at what a
person would look at in the end.
"""

import csv
import io
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from small_runs import draw_nothing
from test_docs import DOCS, ROOT, TINY

import mlsearch as ml
from mlsearch.cli import main
from mlsearch.runs.checkpoint import read_config

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("mlsearch.runs.tracking.find_spec", lambda name: None)
    monkeypatch.chdir(tmp_path)


def section(page, heading):
    """The text below a heading of a page, up to the next one of its level."""
    text = (ROOT / page).read_text(encoding="utf-8")
    level = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert level, f"{page} has no section {heading!r}"
    rest = text[level.end() :]
    return re.split(rf"^{level[1]} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def commands_of(text, program="mlsearch"):
    """The commands in blocks of code, with continued lines joined."""
    blocks = "\n".join(re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    lines = blocks.replace("\\\n", " ").splitlines()
    found = [line.split("  #")[0] for line in lines]
    return [line.strip() for line in found if re.match(rf"(srun )?{program} ", line)]


def run(command, *small):
    """Runs a command of the docs, with arguments that make it small; what it prints."""
    name, *options = shlex.split(command.removeprefix("srun "))[1:]
    result = CliRunner().invoke(main, [name, *options, *map(str, small)])
    assert result.exit_code == 0, (command, result.output)
    return result.stdout


def test_a_student_reproduces_the_assignment(monkeypatch):
    """Train the report's methods, look at figures and tables, write them up on one page."""
    draw_nothing(monkeypatch)
    for method in ("supervised", "contrastive", "stitching", "stitched"):
        run(f"mlsearch train --method {method}", *TINY.split())
    runs = [f"runs/{m}" for m in ("supervised", "contrastive", "stitching", "stitched")]
    printed = run(f"mlsearch evaluate {' '.join(runs)} --problems longest --n 12")
    for name in ("supervised", "contrastive", "stitching", "stitched", "euclidean", "perfect"):
        assert name in printed
    figures = {path.name for path in Path("runs/contrastive").rglob("*.png")}
    assert {"correlation.png", "heatmaps.png", "training.png", "comparison.png"} <= figures
    run(f"mlsearch report {' '.join(runs)} -o report.html --n 5 --title 'My assignment'")
    page = Path("report.html").read_text(encoding="utf-8")
    assert "My assignment" in page
    assert "fragments" in page  # says what stitching learns from


def test_a_researcher_brings_a_loss_and_a_puzzle():
    """The example of a loss term, on a puzzle from a table of moves, then a sweep over it."""
    pytest.importorskip("optuna")
    from mlsearch.base.settings import replaced
    from mlsearch.learning.terms import TERMS

    page = (DOCS / "extending.md").read_text(encoding="utf-8")
    assert 'TERMS["' in page
    assert "ml.Permutation" in (DOCS / "domains" / "permutation.md").read_text(encoding="utf-8")
    moves = [[1, 2, 3, 4, 0], [4, 0, 1, 2, 3], [1, 0, 2, 3, 4]]
    puzzle = ml.Permutation(moves, goal=[0, 1, 2, 3, 4], names=["left", "right", "swap"])
    TERMS["relative"] = lambda outputs, config: (
        (outputs.steps - outputs.batch.steps).abs() / outputs.batch.steps.clamp(min=1)
    ).mean()
    try:
        config = replaced(
            ml.METHODS["walk_distance"],
            {
                "domain": puzzle,
                "objective.terms": {"relative": 1.0},
                "training.steps": 60,
                "training.batch_size": 64,
                "model.hidden": 32,
            },
        )
        model = ml.Trainer(config, "runs/mine").run()
    finally:
        del TERMS["relative"]
    problems = ml.Problems.sample(puzzle, num=30, scramble=20, seed=1)
    scores = ml.evaluate(ml.LearnedMetric(model, config), problems).scores()
    assert scores["search.solved_rate"].mean == 1
    assert (
        scores["search.expansions"].mean
        < ml.evaluate("zero", problems).scores()["search.expansions"].mean
    )
    [sweep] = commands_of(section("docs/cli.md", "A sweep over settings"))
    assert "2 trials by search.expansions" in run(sweep, *TINY.split())


def test_an_engineer_has_one_map():
    """A floor plan becomes a route, and the table says that a classical heuristic is as good."""
    plan = np.zeros((200, 280), np.uint8)
    plan[20:, 140] = 1  # a thin wall with a gap
    ml.Mazes(plan).save("plan.png")
    [command] = commands_of((DOCS / "floor_plan.md").read_text(encoding="utf-8"))
    run(command)
    assert Path("route.png").stat().st_size > 1000
    found = json.loads(run(command, "--json"))
    assert found["start"] == [3, 5]
    assert found["goal"] == [40, 61]
    path = np.array(found["path"])
    assert len(path) == found["optimal"] + 1
    assert (abs(np.diff(path, axis=0)).sum(axis=1) == 1).all()
    assert path[path[:, 1] == 35][:, 0].max() < 5  # through the gap
    assert found["heuristics"]["landmarks"]["expansions"] <= found["optimal"] * 1.1


def test_an_author_puts_it_into_a_paper(monkeypatch):
    """Seeds, a table in LaTeX, a figure in PDF with letters that are letters, and what to cite."""
    train, *evaluations = commands_of(section("docs/cli.md", "For a paper"))[-2:]
    run(train, *TINY.split())
    printed = run(evaluations[0], "--format", "latex", "--figures", "pdf", "--n", 8)
    assert r"\begin{tabular}" in printed
    assert r"\toprule" in printed
    figures = list(Path("runs").rglob("*.pdf"))
    assert figures
    for figure in figures:
        content = figure.read_bytes()
        assert content.startswith(b"%PDF")
        assert b"/Type3" not in content
    draw_nothing(monkeypatch)
    rows = list(csv.DictReader(io.StringIO(run(evaluations[0], "--format", "csv", "--n", 8))))
    low, mean, high = (float(rows[0][f"search.expansions.{k}"]) for k in ("low", "mean", "high"))
    assert low <= mean <= high
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "@software{mlsearch" in readme
    assert f"version = {{{ml.__version__}}}" in readme


def test_somebody_has_a_cluster(monkeypatch):
    """The array job of the page, pushed aside and begun again, is trained once."""
    # states that a search of a test may expand
    monkeypatch.setattr(ml.Cube, "budget", 50, raising=False)
    page = section("docs/scaling.md", "SLURM")
    [job] = commands_of(page)
    assert "#SBATCH --requeue" in page
    assert "#SBATCH --array=0-2" in page
    for seed in (0, 1, 0):
        command = job.replace("$SLURM_ARRAY_TASK_ID", str(seed))
        printed = run(
            command,
            "--steps",
            4,
            "--batch-size",
            16,
            "--set",
            "model.hidden=8",
            "--set",
            "training.num_validation=2",
        )
        assert f"runs/cube3-seed{seed}" in printed
    configs = [read_config(Path(f"runs/cube3-seed{seed}")) for seed in (0, 1)]
    assert [config.seed for config in configs] == [0, 1]
    assert configs[0].domain == ml.Cube(3)
    table = run("mlsearch evaluate runs/cube3-seed0 runs/cube3-seed1 --n 2 --scramble 2")
    assert re.search(r"(?m)^ *cube3 ", table), table
