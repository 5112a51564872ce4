"""The explorer of domains with a picture: in a real browser, with the numbers of ml.solve."""

import base64
import json

import numpy as np
import pytest
import torch

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.domains.one_way.mazes import OneWayMazes
from mlsearch.domains.pictures import looks_of
from mlsearch.domains.problems import sample_problems
from mlsearch.domains.registry import domain_settings
from mlsearch.evaluation.evaluation import evaluate
from mlsearch.learning.methods import method_config
from mlsearch.learning.training import Trainer
from mlsearch.report import build_report, puzzle
from mlsearch.report.recording import recorded
from mlsearch.reproduction import baseline_entries, learned_entries

browsers = pytest.importorskip("browser", reason="drives Chromium over POSIX pipes")

EVIL = "</script><script>throw 1</script>"
DOMAINS = {"cube2": "misplaced", "tiles3": "linear_conflict", "lights_out3": "lit"}
BUDGET = 300
OPTIONS = [
    {},
    {"weight": 1.5},
    {"beam_width": 7},
    {"expansions_per_round": 5},
    {"max_generated": 60},
    {"max_expansions": 0},
]
COSTLY = ml.Permutation([[1, 0, 2, 3], [1, 2, 3, 0]], [0, 1, 2, 3], costs=[1, 2.5])


def entries_of(name, folder, called, **options):
    """A metric of a little training, and the baselines, on the same problems."""
    problems = sample_problems(name, 12, 0, "test", scramble=6)
    config = method_config("walk_distance")
    changes = {
        "domain": domain_settings(name),
        "model.hidden": 32,
        "training.steps": 300,
        "training.log_every": 100,
        "training.batch_size": 256,
    }
    Trainer(replaced(config, changes), folder / "run").run()
    options = {"max_expansions": BUDGET, "with_axioms": False, **options}
    learned = learned_entries(called, [folder / "run"], problems, **options)
    return [*learned, *baseline_entries(problems, **options)]


@pytest.fixture(scope="module", params=DOMAINS)
def entries(request, tmp_path_factory):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield entries_of(request.param, tmp_path_factory.mktemp("runs"), EVIL)
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def page(entries, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    build_report(entries, path, "Title")
    return path


@pytest.fixture
def browser(running, page):
    """The browser with the page newly loaded; whatever a test does, nothing may complain."""
    running.view(1280, prefers_reduced_motion="no-preference")
    running.open(page)
    yield running
    assert running.complaints == []


# Growth -------------------------------------------------------------------------------------


def problems_of(number):
    domain = [
        ml.Tiles(3),
        ml.LightsOut(3),
        COSTLY,
        ml.Sokoban.generate(3, size=(7, 7), num_boxes=1, seed=2),
        OneWayMazes.generate(3, size=6, seed=2),
    ][number]
    return ml.Problems.sample(domain, seed=1, num=3)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("number", range(5))
def test_what_was_recorded_is_what_solve_finds(number, options):
    problems = problems_of(number)
    evaluation = evaluate(problems.domain.yardstick, problems, **options)
    result, growths = recorded(evaluation)
    for name in ("status", "expansions", "generated", "steps", "cost"):
        np.testing.assert_array_equal(getattr(result, name), getattr(evaluation.search, name))
    for i, growth in enumerate(growths):
        part, asked = problems[i], []

        def ask(problem, state, part=evaluation[np.array([i])], asked=asked):
            asked.append(part.predicted(problem, state))
            return asked[-1]

        alone = ml.solve(part, heuristic=ask, **evaluation.options)
        at_start = evaluation.predicted(np.array([i], np.int32), part.starts)[0]
        closest = np.minimum.accumulate([at_start, *(values.min() for values in asked)])
        assert growth[-1][:2] == (alone.expansions[0], alone.generated[0])
        assert [g.closest for g in growth] == [*closest, closest[-1]]
        counts = np.array([g[:2] for g in growth])
        assert (np.diff(counts, axis=0) >= 0).all()
        assert counts[-2, 1] == sum(map(len, asked))
        if alone.solved[0]:
            np.testing.assert_array_equal(result.path(i), alone.path(0))


def test_each_expansion_is_noted_as_it_happens():
    """After each round the counts are those of a search that may expand no more."""
    problems = ml.Problems.sample(ml.Tiles(3), seed=3, num=1, scramble=40)
    _, [growth] = recorded(evaluate("manhattan", problems, max_expansions=30))
    for expansions, generated, _ in growth:
        found = ml.solve(problems, heuristic="manhattan", max_expansions=expansions)
        assert [found.expansions[0], found.generated[0]] == [expansions, generated]


# What the page holds ------------------------------------------------------------------------


def test_numbers_of_the_page_are_those_of_solve(entries):
    data = puzzle.puzzle_data(entries)
    learned, problems = entries[0].evaluations[0], entries[0].problems
    chosen = list(puzzle.telling_puzzles([learned]).values())
    assert data["methods"] == [EVIL, DOMAINS[problems.domain.name]]
    assert len(data["problems"]) == len(set(chosen)) >= 1
    for index, shown in zip(chosen, data["problems"], strict=True):
        part = problems[index]
        for run, source in zip(shown["runs"], (entries[0].metric, data["yardstick"]), strict=True):
            result = ml.solve(part, heuristic=source, max_expansions=BUDGET)
            ends = (int(result.expansions[0]), int(result.generated[0]))
            assert run["growth"][-1][:2] == ends
            assert run["status"] == ("solved" if result.solved[0] else "out_of_budget")
            if not result.solved[0]:
                assert run["moves"] == run["left"] == run["truth"] == []
                continue
            path = result.path(0)
            assert run["moves"] == result.moves(0)
            assert run["left"] == list(range(len(path) - 1, -1, -1))
            goals = np.repeat(part.goals, len(path), axis=0)
            truth = ml.Problems(part.domain, path, goals).optimal
            assert run["truth"] == truth.tolist()
            if source is not data["yardstick"]:
                predicted = source.distance(part.domain, path, goals)
                np.testing.assert_allclose(run["predicted"], predicted, atol=1e-3)
            looks = np.frombuffer(base64.b64decode(run["looks"]), np.uint8)
            expected = looks_of(part.domain, path, np.zeros(len(path), np.int32))
            np.testing.assert_array_equal(looks.reshape(expected.shape), expected)


def test_what_is_left_of_a_path_is_its_cost():
    problems = ml.Problems.sample(COSTLY, seed=1, num=4, scramble=9)
    evaluation = evaluate("misplaced", problems, weight=1)
    for i, run in enumerate(puzzle._runs(evaluation, evaluation)):
        costs = [[1, 2.5][move] for move in run["turns"]]
        assert run["left"] == np.cumsum([0, *costs[::-1]])[::-1].tolist()
        assert run["truth"][0] == problems.optimal[i]


def test_problems_are_short_median_and_hardest():
    problems = ml.Problems.sample(ml.Tiles(3), seed=1, num=21, scramble=60)
    evaluation = evaluate("manhattan", problems)
    names = puzzle.telling_puzzles([evaluation])
    lengths = problems.optimal
    known = np.sort(lengths[lengths > 0])
    assert lengths[names["Short"]] == known[len(known) // 10]
    assert lengths[names["Median"]] == known[len(known) // 2]
    assert names["Hardest"] == evaluation.search.expansions.argmax()


def test_there_is_none_where_solutions_are_too_large(entries, monkeypatch):
    monkeypatch.setattr(puzzle, "MAX_CELLS", 50)
    assert puzzle.puzzle_data(entries) is None


# The page in a browser ----------------------------------------------------------------------


CELLS = "[...explorer.part('counts').rows].map((r) => [...r.cells].map((c) => c.textContent))"


def choose(browser, part, value):
    browser.run(
        f"(() => {{ const part = explorer.part('{part}'); part.value = {value};"
        " part.dispatchEvent(new Event('change')); })()"
    )


def test_the_page_loads_without_complaints_and_without_network(browser):
    assert browser.run("explorer.root.hidden") is False
    requests = browser.run("performance.getEntriesByType('resource').map((r) => r.name)")
    assert [name for name in requests if not name.startswith("data:")] == []
    assert browser.run("document.scripts.length") == 2
    assert EVIL in browser.run("[...explorer.part('method').options].map((o) => o.text)")


def test_every_problem_and_method_shows_the_counts_of_solve(browser, entries):
    data = puzzle.puzzle_data(entries)
    for p, problem in enumerate(data["problems"]):
        for m, run in enumerate(problem["runs"]):
            choose(browser, "problem", p)
            choose(browser, "method", m)
            cells = browser.run(CELLS)
            for row, other in zip(cells, problem["runs"], strict=True):
                assert row[1:3] == [f"{count:,}" for count in other["growth"][-1][:2]]
            ending = str(len(run["moves"])) if run["status"] == "solved" else "none"
            assert cells[m][4] == ending
            assert browser.run("explorer.solution.length") == len(run["moves"])


def test_a_solution_is_played_to_its_end(browser, entries):
    shown = puzzle.puzzle_data(entries)["problems"][0]["runs"][0]
    assert shown["status"] == "solved"
    browser.run("explorer.solution.everyMs = 5")
    label = "(() => { const play = explorer.solution.part('play'); play.click();"
    assert browser.run(f"{label} return play.textContent; }})()") == "Pause"
    browser.run(
        "new Promise((done) => { const look = () =>"
        " (explorer.solution.timer ? setTimeout(look, 10) : done()); look(); })"
    )
    num = len(shown["moves"])
    place = browser.run("explorer.solution.part('place').textContent")
    assert place == f"move {num} of {num}: {shown['moves'][-1]}"
    assert browser.run("explorer.part('moves').querySelectorAll('.done').length") == num - 1
    letters = browser.run("[...document.querySelectorAll('.flat text')].map((t) => t.textContent)")
    domain = entries[0].problems.domain
    expected = [domain.picture.looks[k].letters for k in domain.goal_state]
    assert letters == [letter for letter in expected if letter]


def test_keys_step_jump_and_play(browser, entries):
    browser.run("document.querySelector('[data-keys=solution]').focus()")
    place = "explorer.solution.at"
    num = browser.run("explorer.solution.length")
    for key, at in (("ArrowRight", 1), ("End", num), ("ArrowLeft", num - 1), ("Home", 0)):
        browser.press(key)
        assert browser.run(place) == at
    browser.press("ArrowLeft")
    assert browser.run(place) == 0
    browser.run("explorer.solution.everyMs = 10000")
    browser.press(" ", " ")
    assert browser.run("explorer.solution.part('play').textContent") == "Pause"
    browser.press(" ", " ")
    assert browser.run("explorer.solution.part('play').textContent") == "Play"
    browser.run("document.querySelector('[data-keys=search]').focus()")
    browser.press("Home")
    assert browser.run("explorer.part('counts').rows[0].cells[1].textContent") == "0"
    assert "0 expanded" in browser.run("explorer.part('live').textContent")


def test_a_step_of_the_search_shows_what_was_recorded(browser, entries):
    runs = puzzle.puzzle_data(entries)["problems"][0]["runs"]
    frames = sorted({point[0] for run in runs for point in run["growth"]})
    for at in {1, len(frames) // 2, len(frames) - 1}:
        browser.run(f"explorer.search.jump({at})")
        for row, run in enumerate(runs):
            point = [point for point in run["growth"] if point[0] <= frames[at]][-1]
            cells = browser.run(CELLS)[row]
            assert cells[1:3] == [f"{count:,}" for count in point[:2]]


def test_a_move_is_clicked_and_the_solid_turned(browser, entries):
    browser.run("explorer.part('moves').children[0].click()")
    assert browser.run("explorer.solution.at") == 1
    if entries[0].problems.domain.picture.solid is None:
        return
    assert browser.run("explorer.views[0].running.length") > 0
    browser.run("explorer.views[0].element.scrollIntoView()")
    x, y = browser.run(
        "(() => { const b = explorer.views[0].element.getBoundingClientRect();"
        " return [b.left + b.width / 2, b.top + b.height / 2]; })()"
    )
    browser.send(
        "Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", buttons=1
    )
    browser.send(
        "Input.dispatchMouseEvent", type="mouseMoved", x=x + 30, y=y, button="left", buttons=1
    )
    browser.send("Input.dispatchMouseEvent", type="mouseReleased", x=x + 30, y=y, button="left")
    assert browser.run("explorer.views[0].y") > -32


def test_a_search_that_found_nothing_has_nothing_to_play(running, tmp_path, monkeypatch):
    entries = entries_of("tiles3", tmp_path, "mine", max_expansions=2)
    build_report(entries, tmp_path / "page.html", "title")
    running.view(1280)
    running.open(tmp_path / "page.html")
    assert running.run("explorer.solution.part('play').disabled")
    assert running.run("explorer.part('reading').textContent").startswith("No path to play")
    assert running.run("explorer.part('outcome').textContent").startswith(
        "mine: no solution in 2 exp"
    )
    assert [row[1] for row in running.run(CELLS)] == ["2", "2"]
    assert running.complaints == []
    monkeypatch.setattr(puzzle, "MAX_CELLS", 0)
    build_report(entries, tmp_path / "page.html", "title")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "too large for a page" in text
    assert "<script" not in text


def test_without_motion_moves_do_not_turn(running, page):
    running.view(1280, prefers_reduced_motion="reduce")
    running.open(page)
    running.run("explorer.solution.jump(1)")
    assert not running.run("explorer.views[0].running?.length")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_screen_and_can_be_read(running, page, scheme, width):
    running.view(width, prefers_color_scheme=scheme)
    running.open(page)
    assert running.run("document.documentElement.scrollWidth") <= width
    worst = running.run(browsers.CONTRAST)
    assert worst["ratio"] >= 4.5, worst


def test_every_control_has_a_name(browser):
    browser.send("Accessibility.enable")
    nodes = browser.send("Accessibility.getFullAXTree")["nodes"]
    browser.send("Accessibility.disable")
    roles = {"button", "combobox", "slider", "application", "image"}
    named = [(n["role"]["value"], n.get("name", {}).get("value")) for n in nodes if "role" in n]
    assert roles <= {role for role, _ in named}
    assert [role for role, name in named if role in roles and not name] == []
    assert {"Playing the solution", "Playing the search"} <= {name for _, name in named}


def test_data_are_plain_json(entries):
    data = puzzle.puzzle_data(entries)
    assert json.loads(json.dumps(data, allow_nan=False))["methods"] == data["methods"]
