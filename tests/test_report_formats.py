"""Tables as Markdown, LaTeX and CSV, and the options of the command line that ask for them."""

import csv
import io
import json
import math
import re
from dataclasses import replace

import pytest
import torch
from small_runs import TINY, draw_nothing, run

from mlsearch.domains.maze.baselines import BASELINES
from mlsearch.domains.registry import settings_dict
from mlsearch.learning.methods import ABOUT
from mlsearch.report import ReportTable, csv_text, latex
from mlsearch.report.kept import evaluation_folder
from mlsearch.runs.checkpoint import read_config


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("formats") / "run_1"
    run("train", *TINY, "--out", folder)
    yield folder
    torch.set_num_threads(before)


@pytest.fixture
def undrawn(monkeypatch):
    """Figures take most of the time."""
    monkeypatch.setattr("mlsearch.runs.tracking.find_spec", lambda name: None)
    draw_nothing(monkeypatch)


def test_latex_escapes_what_has_a_meaning_in_latex():
    rows = [("x & $y$ †", "1.0%"), ("#{~^\\}", "2")]
    table = ReportTable(title="50% of\nthem", headers=("a\nb", "c_d"), rows=rows, note="n")
    table = replace(table, legend=["x: first", "y: second"])
    lines = latex(table).splitlines()
    assert lines[:4] == ["% 50% of them", "% n", "% x: first", "% y: second"]
    assert lines[4:] == [
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"a b & c\_d \\",
        r"\midrule",
        r"x \& \$y\$ $^\dagger$ & 1.0\% \\",
        r"\#\{\textasciitilde{}\textasciicircum{}\textbackslash{}\} & 2 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_csv_has_all_digits_and_nothing_where_nothing_is_known():
    rows = [{"name": "a,b", "x": {"mean": 1 / 3, "low": math.nan}}, {"name": "c", "y": None}]
    [one, other] = csv.DictReader(io.StringIO(csv_text(rows)))
    assert one == {"name": "a,b", "x.mean": repr(1 / 3), "x.low": "", "y": ""}
    assert other == {"name": "c", "x.mean": "", "x.low": "", "y": ""}


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("command", ["evaluate", "report"])
def test_every_format_tells_the_same(command, trained, tmp_path):
    command = [command, trained, "--n", 20, *(["-o", tmp_path / "r.html"] * (command == "report"))]
    values = json.loads(run(*command, "--format", "json").stdout)
    assert run(*command, "--json").stdout == run(*command, "--format", "json").stdout
    names = list(values)
    assert names[1:] == list(BASELINES)

    rows = list(csv.DictReader(io.StringIO(run(*command, "--format", "csv").stdout)))
    assert [row["heuristic"] for row in rows] == names
    for row in rows:
        scores = values[row["heuristic"]]
        found = scores["scores"]["all"] if "scores" in scores else scores
        for name in ("no_search.solved_rate", "search.expansions"):
            assert float(row[f"{name}.mean"]) == found[name]["mean"]
            assert float(row[f"{name}.low"]) == found[name]["low"]

    cells = [name.replace("_", r"\_") for name in names]
    markdown = run(*command, "--format", "markdown").stdout
    tabular = run(*command, "--format", "latex").stdout
    about = ABOUT["contrastive"]
    assert re.search(rf"^- .*run_1: {about}\.$", markdown, re.MULTILINE)
    assert re.search(rf"^% .*run_1: {about}\.$", tabular, re.MULTILINE)
    if command[0] == "evaluate":
        assert about in " ".join(run(*command).stdout.split())
    for name, cell, row in zip(names, cells, rows, strict=True):
        text = f"{100 * float(row['no_search.solved_rate.mean']):.1f}%"
        assert re.search(rf"^\| {re.escape(name)}( †)? \| {text} \[", markdown, re.MULTILINE)
        escaped = re.escape(text.replace("%", r"\%"))
        assert re.search(rf"^{re.escape(cell)}( \S+)? & {escaped} \[", tabular, re.MULTILINE)
    assert tabular.count(r"\begin{tabular}") == tabular.count(r"\end{tabular}") >= 1


def test_figures_by_option(trained):
    run("evaluate", trained, "--n", 10, "--figures", "pdf", "--figure-width", 3.4, "--dpi", 300)
    figures = {
        path.name: path.read_bytes() for path in trained.glob("evaluations/n10-seed0/figures/*.pdf")
    }
    assert "comparison.pdf" in figures
    assert all(content.startswith(b"%PDF") for content in figures.values())
    assert b"/MediaBox [ 0 0 244.8 " in figures["comparison.pdf"]


def test_figure_of_an_unknown_kind_is_refused_before_the_search(tmp_path):
    (tmp_path / "m.txt").write_text("S..\n..G\n")
    options = ("--heuristic", "zero", "--out", tmp_path / "a.jpg")
    result = run("solve-one", tmp_path / "m.txt", *options, code=2)
    assert "expected a figure with suffix .png, .pdf, .svg, got '.jpg'" in result.stderr
    run("solve-one", tmp_path / "m.txt", *options[:3], tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_folders_of_evaluations_tell_apart_what_looks_alike(trained):
    """Names that no file system takes are made safe, and stay different."""
    domain = read_config(trained).domain
    common = {"num": 5, "seed": 0, "domain": settings_dict(domain)}
    assert evaluation_folder(trained, common).name == "n5-seed0"
    names = {evaluation_folder(trained, {**common, "x": x}).name for x in ("a/b", "a:b", "a_b")}
    assert len(names) == 3
    assert all(re.fullmatch(r"n5-seed0-x=a_b(-[0-9a-f]{8})?", name) for name in names)
    long = {evaluation_folder(trained, {**common, "x": x * 300}).name for x in ("y", "z")}
    assert len(long) == 2
    assert all(len(name) < 140 for name in long)
