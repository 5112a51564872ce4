"""The page: complete, self-contained, and made from any run folders."""

import base64
import html
import json
import re
import shlex
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner

import mlsearch
from mlsearch.base.settings import replaced
from mlsearch.cli import main
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.problems import sample_problems
from mlsearch.domains.registry import domain_settings
from mlsearch.learning.command import command_of
from mlsearch.learning.methods import ABOUT, method_config
from mlsearch.learning.training import Trainer
from mlsearch.report import ReportTable, build_report, markdown
from mlsearch.report.provenance import bibtex, made_with, methods_of
from mlsearch.reproduction import baseline_entries, learned_entries, write_results
from mlsearch.runs.checkpoint import read_config, write_config

VOID = {"meta", "img", "source", "link", "br", "input"}


class Page(HTMLParser):
    """Checks that tags are closed in order, and collects what the page refers to."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.links, self.ids = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [v for k, v in attributes if k in ("src", "href", "srcset", "data")]
        self.ids += [v for k, v in attributes if k == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two tiny runs on small mazes, one of a classifier; a name that HTML must escape."""
    folder = tmp_path_factory.mktemp("runs")
    changes = {
        "domain.height": 8,
        "domain.width": 8,
        "training.steps": 10,
        "training.log_every": 5,
        "data.num_trajectories": 20,
    }
    found = []
    for method, name in (("supervised", "classes"), ("contrastive", "near & <far>")):
        config = replaced(method_config(method), changes)
        Trainer(config, folder / name).run()
        found.append(folder / name)
    return found


@pytest.fixture(scope="module")
def page(runs):
    path = runs[0].parent / "page.html"
    command = ["report", *map(str, runs), "-o", str(path), "--n", "30", "--device", "cpu"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    return path.read_text(encoding="utf-8")


def test_page_names_every_heuristic(page):
    for name in ("classes (argmax)", "classes (expectation)", "near &amp; &lt;far&gt;"):
        assert name in page
    for name in ("zero", "random", "manhattan", "euclidean", "landmarks", "perfect"):
        assert f">{name}</th>" in page
    assert "<far>" not in page


def test_page_needs_nothing_else(page):
    parsed = Page(page)
    assert not any(re.match(r"(https?:)?//", link) for link in parsed.links)
    assert not {"link", "iframe", "object"} & set(parsed.tags)
    assert "default-src 'none'" in page
    assert "@import" not in page
    assert "url(" not in page


def test_links_on_the_page_lead_somewhere(page):
    parsed = Page(page)
    targets = [link[1:] for link in parsed.links if link.startswith("#")]
    assert targets
    assert set(targets) <= set(parsed.ids)


def test_page_shows_all_figures_as_images(page):
    images = re.findall(r'src="data:image/webp;base64,([^"]+)"', page)
    assert len(images) == 9
    narrow = re.findall(r'srcset="data:image/webp;base64,([^"]+)"', page)
    assert len(narrow) == len(images)
    for image in [*images, *narrow]:
        assert base64.b64decode(image, validate=True)[8:12] == b"WEBP"


def test_page_shows_config_and_provenance_of_every_run(page, runs):
    assert page.count("<details>") == len(runs)
    assert "&#34;num_trajectories&#34;: 20" in page
    assert "&#34;torch&#34;" in page


def test_page_says_what_each_method_does_and_how_it_was_trained(page, runs):
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for method, name in (("supervised", "classes"), ("contrastive", "near &amp; &lt;far&gt;")):
        about = ABOUT[method]
        command = html.escape(command_of(read_config(runs[method == "contrastive"])))
        assert f"{name} {about[0].upper()}{about[1:]}. {command} Seed 0; 10 steps; " in text
    assert text.count(f"; mlsearch {mlsearch.__version__}; trained ") == len(runs)


def test_page_has_the_title_that_is_asked_for_and_says_how_to_cite_it(runs, page, tmp_path):
    assert "<h1>Learned distances as search heuristics</h1>" in page
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert bibtex() in readme
    assert html.escape(bibtex()) in page
    options = ["--n", "5", "--title", "A & B", "-o", str(tmp_path / "p.html")]
    result = CliRunner().invoke(main, ["report", str(runs[1]), *options])
    assert result.exit_code == 0, result.output
    other = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<h1>A &amp; B</h1>" in other
    assert "<title>A &amp; B</title>" in other


def test_dates_are_those_of_the_runs(runs, tmp_path, monkeypatch):
    """Two pages about the same runs are the same, whenever they are made."""
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder, day in zip(folders, (20_000, 20_002, None), strict=True):
        shutil.copytree(runs[1], folder)
        if day is None:  # as older versions left it
            content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            del content["made_with"]["date"]
            (folder / "config.json").write_text(json.dumps(content), encoding="utf-8")
        else:
            monkeypatch.setenv("SOURCE_DATE_EPOCH", str(86_400 * day))
            write_config(folder, read_config(folder))
    problems = sample_problems(read_config(runs[1]).domain, 3, 0, "test")
    found = learned_entries("x", folders[:2], problems, with_axioms=False)
    assert made_with(found).endswith(", trained 2024-10-04 to 2024-10-06")
    assert methods_of(found)[0].facts[-1] == "trained 2024-10-04 to 2024-10-06"
    old = learned_entries("x", folders[2:], problems, with_axioms=False)
    assert made_with(old) == f"mlsearch {mlsearch.__version__}"
    assert methods_of(old)[0].facts == ["seed 0", "10 steps", made_with(old)]


@pytest.mark.parametrize(
    ("method", "changes"),
    [
        ("contrastive", {"seed": 3, "domain.height": 6, "domain.width": 6}),
        ("supervised", {"domain": domain_settings("tiles3"), "training.batch_size": 8}),
        ("crtr", {"domain": domain_settings("tiles3:blank=first"), "data.policy": "scramble"}),
        ("hybrid", {"objective.terms": {"distance": 0.5}, "training.evaluate_every": None}),
        ("stitched", {"data.num_stitched": 9, "model.options": {"a b": ["'", 1]}}),
    ],
)
def test_the_command_on_the_page_trains_the_same_run(method, changes, tmp_path):
    small = {"training.steps": 2, "data.num_trajectories": 8, "training.num_validation": 2}
    small |= {"model.hidden": 8, "training.checkpoint_every": 2}
    config = replaced(method_config(method), small | changes)
    command = command_of(config)
    words = [*shlex.split(command)[1:], "--quiet", "--out", str(tmp_path / "run")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, (command, result.output)
    assert read_config(tmp_path / "run") == config


def test_commands_of_several_seeds_of_folders_and_of_unknown_methods():
    config = method_config("contrastive")
    assert command_of(config) == "mlsearch train --method contrastive"
    several = command_of(replaced(config, {"seed": 2}), 3)
    assert several == "mlsearch train --method contrastive --seed 2 --seeds 3"
    folders = {"data.folder": "/a/data", "data.checksum": "0", "training.start": "/b/run"}
    words = command_of(replaced(config, folders))
    assert words == "mlsearch train --method contrastive --data data --start run"
    assert command_of(replaced(config, {"method": "my own"})) == ""


def test_page_adapts_to_narrow_and_dark_screens(page):
    assert 'name="viewport"' in page
    assert "prefers-color-scheme: dark" in page


def test_page_publishes_nothing_for_runs_that_were_not_published(page):
    assert "Beside the published numbers" not in page


def test_report_needs_a_learned_heuristic(tmp_path):
    entries = baseline_entries(sample_problems(MazeConfig(height=6, width=6), 5, 0, "test"))
    with pytest.raises(ValueError, match="at least one learned heuristic"):
        build_report(entries, tmp_path / "page.html", "title")
    assert list(tmp_path.iterdir()) == []


def test_report_of_a_folder_that_is_no_run_fails_in_one_line(tmp_path):
    result = CliRunner().invoke(main, ["report", str(tmp_path)])
    assert result.exit_code == 1
    assert "not a run folder" in result.output


def test_nothing_that_is_written_says_where_on_the_machine_it_lies(runs, tmp_path):
    folders = [tmp_path / place / "near" for place in ("first", "second")]
    for folder in folders:
        shutil.copytree(runs[1], folder)
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        content["config"]["training"]["start"] = str(tmp_path / "earlier")
        (folder / "config.json").write_text(json.dumps(content), encoding="utf-8")
    before = set(tmp_path.rglob("*"))
    problems = sample_problems(read_config(runs[1]).domain, 5, 0, "test")
    names = [str(folder) for folder in folders]
    common = [*names, "--n", "5", "--format", "json"]
    shown = []
    for command in (["evaluate", *common], ["report", *common, "-o", str(tmp_path / "page.html")]):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
        shown.append(result.stdout)
        assert list(json.loads(result.stdout))[:2] == ["first/near", "second/near"]
    (tmp_path / "out").mkdir()
    entries = learned_entries("near", folders, problems, with_axioms=False)
    write_results(entries, tmp_path / "out", {"start": names[0], "folders": names})
    written = [path for path in set(tmp_path.rglob("*")) - before if path.is_file()]
    assert {"page.html", "report.html", "results.json", "scores.json"} <= {p.name for p in written}
    texts = {path.name: path.read_bytes() for path in written}
    texts |= {f"stdout {i}": text.encode() for i, text in enumerate(shown)}
    assert [name for name, text in texts.items() if bytes(tmp_path) in text] == []
    found = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert found["heuristics"]["near"]["runs"] == ["first/near", "second/near"]


def test_template_is_part_of_the_package():
    assert resources.files("mlsearch.report").joinpath("page.html.j2").is_file()


def test_markdown_keeps_cells_apart():
    table = ReportTable(title="T", headers=("a\nb", "c"), rows=[("x|y", "1")], note="n")
    assert markdown(table) == "## T\n\n| a b | c |\n| --- | ---: |\n| x\\|y | 1 |\n\nn\n"
    lines = markdown(replace(table, legend=["p: q.", "r: s."])).splitlines()
    assert lines[-4:] == ["n", "", "- p: q.", "- r: s."]
