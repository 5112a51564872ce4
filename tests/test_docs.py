"""What the pages say is so: snippets and commands run, every public name has its place."""

import ast
import contextlib
import io
import json
import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from small_runs import draw_nothing

import mlsearch
from mlsearch.cli import main

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
DOMAINS = {path.stem: path for path in sorted((DOCS / "domains").glob("*.md"))}
PAGES = {
    **DOMAINS,
    "README": ROOT / "README.md",
    "index": DOCS / "index.md",
    "gallery": DOCS / "gallery.md",
    "cli": DOCS / "cli.md",
    "floor_plan": DOCS / "floor_plan.md",
}

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = "--size 8 --steps 4 --batch-size 16 --set data.num_trajectories=20"
TINY += " --set training.num_validation=3 --set model.hidden=8 --set model.iterations=8"
SHORTER = {"train": TINY, "solve": "--n 5", "evaluate": "--n 5", "report": "--n 5"}
SHORTER |= {"sweep": TINY, "generate": "--num 20 --per-world 2 --size 8"}
"""Appended to the commands of pages, so that each takes a moment: the last value counts."""


def blocks(page, language=""):
    text = PAGES[page].read_text(encoding="utf-8")
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for of, block in found if of == language]


def lines(page, program):
    """Lines of a page that call a program, without what follows them on the line."""
    found = [line.split("  #")[0] for block in blocks(page) for line in block.splitlines()]
    return [line.strip() for line in found if line.startswith(f"{program} ")]


def draw_plan():
    """What readers of the page on floor plans are told to bring."""
    mlsearch.Mazes(np.zeros((200, 280), np.uint8)).save("plan.png")


@pytest.mark.parametrize("page", ["README", "index", "floor_plan", *DOMAINS])
def test_snippets_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw_plan()
    snippets = [block.replace("generate(1000,", "generate(50,") for block in blocks(page, "python")]
    assert snippets
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for snippet in snippets:
            exec(compile(snippet, page, "exec"), {})
    for line in printed.getvalue().splitlines():
        assert f"\n{line}\n" in PAGES[page].read_text(encoding="utf-8")


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("mlsearch.runs.tracking.find_spec", lambda name: None)
    draw_nothing(monkeypatch)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    monkeypatch.chdir(tmp_path)
    free = mlsearch.Mazes(np.zeros((13, 13), np.uint8))  # what readers are told to bring
    free.save("maze.map")
    mlsearch.Problems(free, [0], [12]).save("maze.txt")
    for name in ("level.txt", "levels.txt"):
        Path(name).write_text("#####\n#@$.#\n#####\n", encoding="ascii")
    draw_plan()


@pytest.mark.usefixtures("own_folder")
@pytest.mark.parametrize("page", ["README", "index", "gallery", "cli", "floor_plan"])
def test_commands_run(page):
    """In their order, as a reader would."""
    commands = lines(page, "mlsearch")
    assert commands
    for command in commands:
        name, *options = shlex.split(command)[1:]
        if (name == "import" or "--minari" in options) and find_spec("minari") is None:
            continue
        result = CliRunner().invoke(main, [name, *options, *SHORTER.get(name, "").split()])
        assert result.exit_code == 0, (command, result.output)


def test_targets_of_make_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {line.split()[1] for page in ("README", "index") for line in lines(page, "make")}
    assert {"demo", "test"} <= named
    assert not [name for name in named if f"\n{name}: " not in makefile]


def test_frames_show_the_explorers_that_make_docs_writes(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    from docs_explorers import SHOWN

    for page, folder, names in (("index", "", {"maze"}), ("gallery", "../", set(SHOWN))):
        frames = re.findall(r"<iframe .*>", PAGES[page].read_text(encoding="utf-8"))
        assert all(' title="' in frame and ' loading="lazy"' in frame for frame in frames)
        shown = {re.search(' src="([^"]*)"', frame)[1] for frame in frames}
        assert shown == {f"{folder}explorers/{name}.html" for name in names}


def test_results_are_put_into_a_page_beneath_its_words(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    from results_page import put

    results, page, logs = tmp_path / "runs", tmp_path / "short.md", tmp_path / "short"
    (results / "a-seed0").mkdir(parents=True)
    (results / "a-seed0" / "scalars.csv").write_text("step\n1\n")
    (results / "results.json").write_text("{}")
    picture = '<img src="data:image/webp;base64,{}" alt="{}" style="">'
    shown = [picture.format("QUJD", "Ten problems"), picture.format("QUJE", "Not named")]
    (results / "report.html").write_text("".join(shown))
    (results / "results.md").write_text("# T\n\nScored on 2 mazes.\n\n## Scores\n")
    words = "# Words\n\n![Ten](short/ten_problems.webp)\n\n"
    page.write_text(f"{words}Scored on 1 maze.\n\nOld.\n")
    logs.mkdir()
    (logs / "gone-seed0.csv").write_text("")
    put(results, page)
    assert page.read_text() == f"{words}Scored on 2 mazes.\n\n## Scores\n"
    kept = ["a-seed0.csv", "report.html", "results.json", "ten_problems.webp"]
    assert sorted(p.name for p in logs.iterdir()) == kept
    assert (logs / "ten_problems.webp").read_bytes() == b"ABC"
    page.write_text("# Words\n")
    with pytest.raises(ValueError, match=r"short\.md: expected a line .* found none"):
        put(results, page)


@pytest.mark.parametrize("name", ["short", "reproduction"])
def test_tables_of_results_say_what_their_json_says(name):
    """The scores of each heuristic in the table are those of the stored numbers."""
    page = (DOCS / "results" / f"{name}.md").read_text(encoding="utf-8")
    scored = json.loads((DOCS / "results" / name / "results.json").read_text())["heuristics"]
    for heuristic, found in scored.items():
        solved = found["scores"]["all"]["no_search.solved_rate"]
        bounds = f"{100 * solved['low']:.1f}, {100 * solved['high']:.1f}"
        row = rf"^\| {re.escape(heuristic)}(?: †)? \| {100 * solved['mean']:.1f}% \[{bounds}\] "
        assert re.search(row, page, re.MULTILINE), heuristic


def test_every_page_is_in_the_navigation():
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    assert pages
    assert not [page for page in pages if f": {page}\n" not in settings]


def test_every_public_name_is_on_the_page_of_the_api():
    """The page shows all of mlsearch but what its filters hide; that must stand elsewhere on it."""
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    options = re.search(r"^::: mlsearch\n((?: .*\n)+)", text, re.MULTILINE)[1]
    assert "members:" not in options
    filters = ast.literal_eval(re.search(r"filters: (\[.*\])", options)[1])
    assert all(pattern.startswith("!") for pattern in filters)
    hidden = {n for n in mlsearch.__all__ if any(re.search(f[1:], n) for f in filters)}
    errors = {name for name in hidden if name.endswith("Error")}
    assert "\n::: mlsearch.base.errors\n" in text
    assert errors <= set(vars(mlsearch.base.errors))
    assert not [name for name in hidden - errors if f"`mlsearch.{name}" not in text]


def test_examples_of_docstrings_are_shown_as_code():
    """The page of the API shows "Examples:" as code; what stands below "Example:" is a sentence."""
    sources = (ROOT / "python").rglob("*.py")
    assert not [
        p for p in sources if re.search(r"^\s+Example:$", p.read_text("utf-8"), re.MULTILINE)
    ]


def test_every_public_function_and_class_has_a_docstring():
    public = {name: getattr(mlsearch, name) for name in mlsearch.__all__}
    assert not [name for name, value in public.items() if callable(value) and not value.__doc__]
