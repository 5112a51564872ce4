"""Every example runs as it is, prints what it is about, and stands in the page unchanged."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mlsearch

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
PAGE = ROOT / "docs" / "extending.md"
PAGES = {"gym_env": ROOT / "docs" / "gym.md"}
NEEDED = {"gym_env": "gymnasium"}

LINES = {
    "quickstart": r"learned: 100% solved, 1\d\.\d expansions",
    "own_method": r"learned: (9\d|100)% solved without search \[.*\]",
    "own_encoder": r"dilated_conv: \d+\.\d expansions on mazes of 30 x 30",
    "own_objective": r"relative_error: 0\.0[5-9]\d after 25 steps, 0\.0[0-4]\d after 300",
    "own_policy": r"onward: 60 steps lead [89]\.\d steps away",
    "own_heuristic": r"landmark_bound: \d+\.\d expansions, 0 paths not shortest",
    "own_maze": r"27 steps, \d+ expansions",
    "own_domain": r"learned: (9\d|1[01]\d) expansions\nmanhattan: 306 expansions",
    "gym_env": r"led by the shipped metric: (9\d|100)% of the goals reached",
}


@pytest.mark.parametrize("name", LINES)
def test_example_runs(name, tmp_path):
    if name in NEEDED:
        pytest.importorskip(NEEDED[name])
    package = str(Path(mlsearch.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / f"{name}.py"],
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": package},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(rf"^{LINES[name]}$", done.stdout, re.MULTILINE), done.stdout


def test_the_notebook_runs_from_top_to_bottom(tmp_path, monkeypatch, capsys):
    """And prints and shows what it did when it was stored, but for its numbers."""
    monkeypatch.chdir(tmp_path)
    notebook = json.loads((EXAMPLES / "tour.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(cells) >= 8
    names = {"__name__": "__main__"}
    for cell in cells:
        tree = ast.parse("".join(cell["source"]))
        shown = None
        if isinstance(tree.body[-1], ast.Expr):
            shown = ast.Expression(tree.body.pop().value)
        exec(compile(tree, "tour.ipynb", "exec"), names)
        value = eval(compile(shown, "tour.ipynb", "eval"), names) if shown else None
        kinds = [output["output_type"] for output in cell["outputs"]]
        stored = "".join(line for o in cell["outputs"] for line in o.get("text", []))
        assert without_numbers(capsys.readouterr().out) == without_numbers(stored)
        assert ("execute_result" in kinds) == (value is not None)
        assert value is None or value._repr_png_().startswith(b"\x89PNG")


def without_numbers(text):
    """Lines without digits, signs, spaces and moves of a cube, which differ between processors."""
    return re.sub(r"[\d.,\-+\s\[\]]|\b[URFDLB]\d?'?", "", text)


def test_every_extension_has_a_test():
    assert {path.stem for path in EXAMPLES.glob("own_*.py")} <= set(LINES)


@pytest.mark.parametrize("name", [name for name in LINES if name != "quickstart"])
def test_page_shows_the_example(name):
    code = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8").partition("\n\n")[2]
    assert f"```python\n{code}```" in PAGES.get(name, PAGE).read_text(encoding="utf-8")
    assert sum(bool(line.strip()) for line in code.splitlines()) < 40
