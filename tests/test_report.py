"""The page: complete, self-contained, and made from any run folders."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources

import pytest
from click.testing import CliRunner

from mlsearch.base.settings import replaced
from mlsearch.cli import main
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.problems import sample_problems
from mlsearch.learning.methods import method_config
from mlsearch.learning.training import Trainer
from mlsearch.report import ReportTable, build_report, markdown
from mlsearch.reproduction import baseline_entries

VOID = {"meta", "img", "link", "br", "input"}


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
    images = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    assert len(images) == 8
    for image in images:
        assert base64.b64decode(image, validate=True).startswith(b"\x89PNG")


def test_page_shows_config_and_provenance_of_every_run(page, runs):
    assert page.count("<details>") == len(runs)
    assert "&#34;num_trajectories&#34;: 20" in page
    assert "&#34;torch&#34;" in page


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


def test_template_is_part_of_the_package():
    assert resources.files("mlsearch.report").joinpath("page.html.j2").is_file()


def test_markdown_keeps_cells_apart():
    table = ReportTable(title="T", headers=("a\nb", "c"), rows=[("x|y", "1")], note="n")
    assert markdown(table) == "## T\n\n| a b | c |\n| --- | ---: |\n| x\\|y | 1 |\n\nn\n"
    lines = markdown(replace(table, legend=["p: q.", "r: s."])).splitlines()
    assert lines[-4:] == ["n", "", "- p: q.", "- r: s."]
