"""The explorer of the report page, in a real browser: its numbers are those of Python."""

import base64
import json
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.domains.maze.baselines import baseline_table
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.problems import sample_problems
from mlsearch.learning.methods import method_config
from mlsearch.learning.training import Trainer
from mlsearch.plots import palette
from mlsearch.report import build_explorer, build_report, explorer
from mlsearch.report.examples import varied_problems
from mlsearch.reproduction import baseline_entries, learned_entries
from mlsearch.search.result import SearchStatus

browsers = pytest.importorskip("browser", reason="drives Chromium over POSIX pipes")

EVIL = "</script><script>throw 1</script>"


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    """A classifier and an embedding on mazes that are not square, one with an evil name."""
    folder = tmp_path_factory.mktemp("runs")
    changes = {
        "domain.height": 9,
        "domain.width": 12,
        "training.steps": 20,
        "training.log_every": 10,
        "data.num_trajectories": 40,
    }
    problems = sample_problems(MazeConfig(height=9, width=12), 40, 0, "test")
    found = []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # these networks are tiny, and other tests run
    for method, name in (("contrastive", "near"), ("supervised", EVIL)):
        Trainer(replaced(method_config(method), changes), folder / method).run()
        found += learned_entries(name, [folder / method], problems)
    yield [*found, *baseline_entries(problems)]
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def page(entries, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    build_report(entries, path, f"Title {EVIL}", EVIL)
    return path


@pytest.fixture
def browser(running, page):
    """The browser with the page newly loaded; whatever a test does, nothing may complain."""
    running.view(1280)
    running.open(page)
    running.run("explorer.ready")
    yield running
    assert running.complaints == []


def chosen(browser, entries):
    """The maze, the metric, the start and the goal that the page shows."""
    walls, height, name, start, goal = browser.run(
        "[Array.from(explorer.maze.isWall), explorer.maze.height, explorer.methodName,"
        " explorer.start, explorer.goal]"
    )
    metric = next(e.metric for e in entries if e.name == name)
    return ml.Mazes(np.array(walls).reshape(height, -1)), metric, start, goal


def choose(browser, part, value):
    """Chooses an option as a user does, and waits for what follows."""
    browser.run(
        f"(() => {{ const part = explorer.part({json.dumps(part)});"
        f" part.value = {json.dumps(value)};"
        " part.dispatchEvent(new Event('change')); return explorer.ready; })()"
    )


def centre_of(browser, shows, cell):
    """Where a cell of a panel lies in the window, scrolled into view."""
    return browser.run(
        f"(() => {{ const panel = explorer.panels.{shows}; panel.canvas.scrollIntoView();"
        " const box = panel.canvas.getBoundingClientRect(), { maze } = explorer;"
        f" const row = Math.floor({cell} / maze.width), column = {cell} % maze.width;"
        " return [box.left + (column + 0.5) * box.width / maze.width,"
        " box.top + (row + 0.5) * box.height / maze.height]; })()"
    )


def shown_field(browser, name="predicted"):
    """A field that is shown, as float64; walls are NaN."""
    values = browser.run(f"Array.from(explorer.{name}, (v) => (Number.isNaN(v) ? null : v))")
    return np.array(values, np.float64)


def wait_for_the_end(browser):
    browser.run(
        "new Promise((done) => {"
        " const look = () => (explorer.timer ? setTimeout(look, 20) : done());"
        " look(); })"
    )


def test_the_page_loads_without_complaints_and_without_network(browser):
    assert browser.run("explorer.root.hidden") is False
    requests = browser.run("performance.getEntriesByType('resource').map((r) => r.name)")
    assert [name for name in requests if not name.startswith("data:")] == []


def test_what_comes_from_outside_is_text(browser):
    """No script but the page's own has run; the names stand there as they are."""
    assert browser.run("document.querySelector('h1').textContent") == f"Title {EVIL}"
    options = browser.run("[...explorer.part('method').options].map((o) => o.text)")
    assert f"{EVIL} (argmax)" in options
    assert browser.run("document.scripts.length") == 2


def test_an_injected_script_would_not_run(running, page):
    running.open(page)
    running.run(
        "(() => { const script = document.createElement('script');"
        " script.textContent = 'var bad = 1';"
        " document.body.append(script); })()"
    )
    assert running.run("typeof bad") == "undefined"


@pytest.mark.parametrize("panel", ["learned", "truth", "rival"])
def test_a_click_shows_the_field_of_the_metric(browser, entries, panel):
    maze, metric, _, old = chosen(browser, entries)
    goal = next(int(c) for c in np.flatnonzero(maze.walls.reshape(-1) == 0)[::-1] if c != old)
    browser.click(*centre_of(browser, panel, goal))
    assert browser.run("explorer.goal") == goal
    expected = metric.heatmap(maze, [goal])[0].reshape(-1).astype(np.float64)
    np.testing.assert_allclose(shown_field(browser), expected, rtol=2e-6, atol=1e-5)
    steps = maze.distances([goal]).reshape(-1)
    np.testing.assert_array_equal(shown_field(browser, "truth"), np.where(steps < 0, np.nan, steps))
    assert f"Goal at Goal, row {goal // 12}" in browser.run("explorer.part('live').textContent")


def test_fields_are_to_the_bit_those_of_one_call_for_all_goals(browser, entries):
    for method in browser.run("explorer.data.methods"):
        choose(browser, "method", str(browser.run("explorer.data.methods").index(method)))
        maze, metric, _, goal = chosen(browser, entries)
        free = np.flatnonzero(maze.walls.reshape(-1) == 0)
        fields = metric.heatmap(maze, free)
        expected = fields[list(free).index(goal)].reshape(-1)
        np.testing.assert_array_equal(shown_field(browser).astype(np.float32), expected)


@pytest.mark.parametrize("search", ["best-first search", "greedy descent"])
def test_play_ends_with_the_counts_of_solve(browser, entries, search):
    choose(browser, "search", search)
    maze, metric, start, goal = chosen(browser, entries)
    browser.run("explorer.part('speed').value = 8")
    browser.run("explorer.part('play').click()")
    wait_for_the_end(browser)
    counts = [
        int(browser.run(f"explorer.part('{who}-expansions').textContent"))
        for who in ("mine", "rival")
    ]
    is_search = search == "best-first search"
    expected = [
        int(ml.solve(maze, start, goal, heuristic, search=is_search).expansions[0])
        for heuristic in (metric, "euclidean")
    ]
    assert counts == expected
    assert f"{counts[0]} expansions" in browser.run("explorer.part('live').textContent")


@given(data=st.data())
def test_encoded_tables_are_decoded_to_the_bit(data):
    """By the steps that tables.js takes, in Python."""
    size = data.draw(st.integers(1, 6))
    table = data.draw(arrays(np.float32, (size, size), elements=st.floats(width=32)))
    planes = np.frombuffer(zlib.decompress(base64.b64decode(explorer.encoded(table))), np.uint8)
    stored = np.ascontiguousarray(planes.reshape(4, -1).T).view("<u4").reshape(size, size)
    change = (stored >> 1) ^ -(stored & 1)
    decoded = np.tril(stored) + np.triu(np.tril(stored).T + change, 1)
    np.testing.assert_array_equal(decoded, table.astype("<f4").view("<u4"))


def test_searches_are_those_of_solve(browser):
    """On many mazes, with tables full of ties, also where the goal cannot be reached."""
    random = np.random.default_rng(0)
    for number in range(60):
        height, width = (int(side) for side in random.integers(2, 12, 2))
        walls = (random.random((height, width)) < 0.3).astype(np.uint8)
        walls.reshape(-1)[:2] = 0
        start, goal = (int(c) for c in random.choice(np.flatnonzero(walls.reshape(-1) == 0), 2))
        table = random.normal(size=(1, height, width)).astype(np.float32)
        table = table if number % 2 else np.round(2 * table) / 2
        plain = {
            "walls": "".join(map(str, walls.reshape(-1))),
            "height": height,
            "width": width,
            "start": start,
            "goal": goal,
        }
        for search in (True, False):
            found = browser.run(
                f"(() => {{ const maze = new Maze({json.dumps(plain)});"
                f" const table = Float32Array.from({json.dumps(table.reshape(-1).tolist())});"
                f" const search = new Search(maze, {start}, {goal}, table, {json.dumps(search)});"
                " search.finish();"
                " return [search.status, search.expansions, search.generated, search.path()]; })()"
            )
            result = ml.solve(walls, [start], [goal], table, search=search)
            status = SearchStatus(result.status[0]).name.lower()
            path = result.path(0).tolist() if result.solved[0] else []
            assert found == [status, result.expansions[0], result.generated[0], path]


@pytest.mark.parametrize("name", ["euclidean", "manhattan", "perfect", "zero"])
def test_baselines_are_those_of_the_package(browser, entries, name):
    maze, _, _, goal = chosen(browser, entries)
    values = browser.run(f"Array.from(BASELINES.{name}(explorer.maze, {goal}))")
    expected = baseline_table(name, maze, [goal]).reshape(-1)
    np.testing.assert_array_equal(np.array(values, np.float32), expected)


def test_the_keyboard_does_all_that_the_mouse_does(browser, entries):
    maze, _, _, goal = chosen(browser, entries)
    browser.run("explorer.part('grid').focus()")
    around = [
        (-1, "ArrowUp", -12),
        (1, "ArrowDown", 12),
        (0, "ArrowLeft", -1),
        (0, "ArrowRight", 1),
    ]
    free = set(np.flatnonzero(maze.walls.reshape(-1) == 0).tolist())
    key, cell = next((k, goal + by) for _, k, by in around if goal + by in free)
    browser.press(key)
    told = browser.run("explorer.part('live').textContent")
    assert told.startswith(f"Row {cell // 12}, column {cell % 12}: near ")
    browser.press("Enter", "\r")
    assert browser.run("explorer.goal") == cell
    browser.press("s", "s")
    assert browser.run("explorer.start") == cell
    assert browser.run("explorer.isOver")  # the start is the goal: nothing to expand
    choose(browser, "maze", "1")
    browser.run("explorer.part('grid').focus()")
    browser.press(" ", " ")
    assert browser.run("explorer.part('play').textContent") == "Pause"
    browser.press(" ", " ")
    assert browser.run("explorer.part('play').textContent") == "Play"


def test_walls_are_neither_start_nor_goal(browser, entries):
    maze, _, start, goal = chosen(browser, entries)
    browser.click(*centre_of(browser, "learned", int(np.flatnonzero(maze.walls.reshape(-1))[0])))
    browser.run("document.querySelector('input[value=start]').click()")
    browser.click(*centre_of(browser, "error", int(np.flatnonzero(maze.walls.reshape(-1))[-1])))
    assert browser.run("[explorer.start, explorer.goal]") == [start, goal]


def test_steps_are_single_and_reset_undoes_them(browser):
    browser.run("explorer.part('step').click()")
    assert browser.run("explorer.part('rival-expansions').textContent") == "1"
    browser.run("explorer.part('reset').click()")
    assert browser.run("explorer.part('rival-expansions').textContent") == "0"


def test_without_motion_play_shows_the_end_at_once(running, page):
    running.view(1280, prefers_reduced_motion="reduce")
    running.open(page)
    running.run("explorer.ready")
    running.run("explorer.part('play').click()")
    assert running.run("explorer.isOver")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_the_screen_and_can_be_read(running, page, scheme, width):
    running.view(width, prefers_color_scheme=scheme)
    running.open(page)
    running.run("explorer.ready")
    assert running.run("document.documentElement.scrollWidth") <= width
    lefts = running.run("['learned', 'truth'].map((p) => explorer.panels[p].canvas.offsetLeft)")
    assert (lefts[0] == lefts[1]) == (width == 360)
    worst = running.run(browsers.CONTRAST)
    assert worst["ratio"] >= 4.5, worst
    ground = running.run("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(22, 24, 27)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_figures_stand_on_light_cards_and_none_is_scrolled(running, page, scheme, width):
    running.view(width, prefers_color_scheme=scheme)
    running.open(page)
    cards = running.run(
        "[...document.querySelectorAll('.card')].map((card) =>"
        " [card.scrollWidth - card.clientWidth,"
        " getComputedStyle(card).backgroundColor, card.querySelector('img').clientWidth,"
        " card.querySelector('img').currentSrc === card.querySelector('img').src])"
    )
    assert len(cards) == 9
    for hidden, ground, shown, is_wide in cards:
        assert hidden == 0
        assert ground == "rgb(255, 255, 255)"
        assert 250 < shown < width
        assert is_wide == (width == 1280)


def test_searches_and_figures_have_the_colours_of_their_heuristics(browser, entries):
    names = [entry.name for entry in entries if entry.metric]
    with palette.shared_styles(names):
        expected = {name: style.color for name, style in palette.line_styles(names).items()}
    for number, name in enumerate(names):
        choose(browser, "method", str(number))
        inks = browser.run("explorer.ink().colours")
        euclidean = palette.line_styles(["euclidean"])["euclidean"].color
        assert inks == [expected[name].lower(), euclidean]
        key = browser.run("getComputedStyle(document.querySelector('.key.mine')).backgroundColor")
        red, green, blue = (int(expected[name][i : i + 2], 16) for i in (1, 3, 5))
        assert key == f"rgb({red}, {green}, {blue})"


def test_the_dotted_path_is_a_shortest_one(browser, entries):
    for number in range(3):
        choose(browser, "maze", str(number))
        maze, _, start, goal = chosen(browser, entries)
        path = browser.run("explorer.shortest")
        assert (path[0], path[-1]) == (start, goal)
        assert len(path) == maze.distances([goal]).reshape(-1)[start] + 1
        steps = np.abs(np.diff(np.divmod(path, 12), axis=1)).sum(axis=0)
        assert (steps == 1).all()
        assert maze.walls.reshape(-1)[path].sum() == 0
    assert "a shortest path" in browser.run("document.querySelector('.legend').textContent")


def test_every_control_has_a_name(browser):
    browser.send("Accessibility.enable")
    nodes = browser.send("Accessibility.getFullAXTree")["nodes"]
    browser.send("Accessibility.disable")
    roles = {"button", "combobox", "slider", "radio", "application", "image", "table"}
    named = [(n["role"]["value"], n.get("name", {}).get("value")) for n in nodes if "role" in n]
    assert {"button", "combobox", "slider", "radio", "application"} <= {role for role, _ in named}
    assert [role for role, name in named if role in roles - {"table"} and not name] == []


def test_problems_to_look_at_are_distinct_and_can_be_solved(entries):
    learned = [e.evaluations[0] for e in entries if e.metric]
    found = varied_problems(learned, 6)
    assert next(iter(found)) == "A problem that divides them"
    assert len(found) == len(set(found.values())) == 6
    assert (learned[0].problems.optimal[list(found.values())] > 0).all()


def test_fewer_mazes_where_tables_are_large_and_none_where_none_fits(entries, monkeypatch):
    num = len(explorer.explorer_data(entries)["mazes"])
    assert num == 6
    monkeypatch.setattr(explorer, "MAX_VALUES", 30_000)
    assert 0 < len(explorer.explorer_data(entries)["mazes"]) < num
    monkeypatch.setattr(explorer, "MAX_VALUES", 1000)
    assert explorer.explorer_data(entries) is None


def test_the_explorer_alone(running, entries, tmp_path, monkeypatch):
    build_explorer(entries, tmp_path / "alone.html", "Alone")
    running.open(tmp_path / "alone.html")
    assert not running.complaints
    assert running.run("document.title") == "Alone"
    assert not running.run("document.getElementById('explorer-body').hidden")
    assert running.run("document.querySelectorAll('h1, h2, nav, img').length") == 0
    monkeypatch.setattr(explorer, "MAX_VALUES", 1)
    with pytest.raises(ValueError, match="entries: expected a domain and problems that"):
        build_explorer(entries, tmp_path / "none.html", "None")


def test_a_page_without_explorer_says_so(entries, tmp_path, monkeypatch):
    monkeypatch.setattr(explorer, "MAX_VALUES", 0)
    build_report(entries, tmp_path / "page.html", "title")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "too large for a page" in text
    assert "<script" not in text
