"""Parts of other packages, found by their entry points in folders on the path."""

import logging
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mlsearch import METHODS, Mazes, Problems, Trajectories, solve
from mlsearch.base import plugins
from mlsearch.base.plugins import find
from mlsearch.base.settings import replaced
from mlsearch.cli import main
from mlsearch.config import RunConfig
from mlsearch.data.walks import POLICIES
from mlsearch.domains.maze.baselines import BASELINES
from mlsearch.learning.methods import method_config
from mlsearch.learning.terms import TERMS, term
from mlsearch.learning.training import Trainer
from mlsearch.metrics.learned import load
from mlsearch.models import ENCODERS
from mlsearch.models.distances import DISTANCES

PARTS = """
import numpy as np

from mlsearch import METHODS
from mlsearch.domains.maze.baselines import BASELINES
from mlsearch.base.settings import replaced
from mlsearch.models.distances import DISTANCES, l2
from mlsearch.learning.terms import TERMS
from mlsearch.models import ENCODERS
from mlsearch.data.walks import POLICIES

COUNT = []


def register():
    COUNT.append(1)
    ENCODERS["plug_encoder"] = ENCODERS["bronet"]
    DISTANCES["plug_distance"] = lambda x, y: 2 * l2(x, y)
    TERMS["plug_term"] = TERMS["distance"]
    POLICIES["plug_policy"] = lambda problems, seed: problems.starts[:, None]
    BASELINES["plug_heuristic"] = lambda mazes, goals, seed: np.zeros(
        (len(goals), *mazes.shape), np.float32
    )
    METHODS["plug_method"] = replaced(
        METHODS["contrastive"],
        {
            "method": "plug_method",
            "domain.height": 6,
            "domain.width": 6,
            "data.num_trajectories": 20,
            "model.encoder": "plug_encoder",
            "model.distance": "plug_distance",
            "model.hidden": 8,
            "objective.terms": {"plug_term": 1.0},
            "training.batch_size": 8,
            "training.steps": 2,
            "training.num_validation": 2,
        },
    )
"""
TABLES = (BASELINES, DISTANCES, ENCODERS, METHODS, POLICIES, TERMS)


@pytest.fixture(autouse=True)
def tables_as_they_were(monkeypatch):
    monkeypatch.setattr(plugins, "_loaded", set())
    before = [dict(table) for table in TABLES]
    yield
    for table, entries in zip(TABLES, before, strict=True):
        table.clear()
        table.update(entries)


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a package with one entry point on the path, as an installer would."""

    def install(name, entry_point, **modules):
        folder = tmp_path / "site"
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[mlsearch.plugins]\n{name} = {entry_point}\n")
        for module, source in modules.items():
            (folder / f"{module}.py").write_text(source, encoding="utf-8")
            monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.syspath_prepend(str(folder))

    return install


@pytest.fixture
def parts(install):
    install("plug", "plug_parts:register", plug_parts=PARTS)


@pytest.mark.usefixtures("parts")
def test_every_kind_of_part_is_found_by_its_name():
    assert method_config("plug_method").model.hidden == 8
    assert term("plug_term") is TERMS["distance"]
    mazes = Mazes.generate(3, size=6)
    assert Trajectories.sample(mazes, policy="plug_policy").lengths.tolist() == [0, 0, 0]
    problems = Problems.sample(mazes)
    expected = solve(problems, heuristic="zero").expansions
    np.testing.assert_array_equal(solve(problems, heuristic="plug_heuristic").expansions, expected)


@pytest.mark.usefixtures("parts")
def test_plugins_are_loaded_once_and_only_for_unknown_names():
    method_config("contrastive")
    assert "plug_parts" not in sys.modules
    for _ in range(2):
        method_config("plug_method")
        with pytest.raises(ValueError, match="unknown method 'plug_methd'; did you mean 'plug_me"):
            method_config("plug_methd")
    assert sys.modules["plug_parts"].COUNT == [1]


@pytest.mark.usefixtures("parts")
def test_command_line_trains_and_solves(tmp_path):
    run = str(tmp_path / "run")
    for arguments in (
        ["train", "--method", "plug_method", "--out", run, "--quiet"],
        ["solve", "--heuristic", "plug_heuristic", "--n", "3", "--size", "6"],
        ["generate", str(tmp_path / "data"), "--num", "3", "--policy", "plug_policy"],
    ):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output


@pytest.mark.usefixtures("parts")
def test_a_run_with_parts_of_a_plugin_is_loaded(tmp_path):
    Trainer(method_config("plug_method"), tmp_path / "run").run()
    del ENCODERS["plug_encoder"], DISTANCES["plug_distance"]  # as in a new process
    plugins._loaded.clear()
    del sys.modules["plug_parts"]
    assert load(tmp_path / "run").config.method == "plug_method"


def test_module_that_adds_when_it_is_imported(install):
    source = "from mlsearch import METHODS\nMETHODS['of_module'] = METHODS['crtr']\n"
    install("moduled", "plug_module", plug_module=source)
    assert method_config("of_module") is METHODS["crtr"]


@pytest.mark.parametrize(
    ("entry_point", "source", "reason"),
    [
        ("plug_broken", "1 / 0", "ZeroDivisionError: division by zero"),
        ("plug_broken:add", "def add(): raise KeyError('x')", "KeyError: 'x'"),
        ("plug_broken:gone", "", "AttributeError: module 'plug_broken' has no attribute 'gone'"),
        ("plug_broken.gone", "", "ModuleNotFoundError: No module named 'plug_broken.gone'"),
    ],
)
def test_broken_plugin_is_named_and_the_others_work(
    install, parts, caplog, entry_point, source, reason
):
    install("broken", entry_point, plug_broken=source)
    with caplog.at_level(logging.WARNING, "mlsearch"):
        assert method_config("plug_method").method == "plug_method"
    [message] = caplog.messages
    assert message.startswith(f"plugin 'broken' ({entry_point}) was left out: {reason}")


def test_a_plugin_may_look_up_names_itself(install):
    source = "from mlsearch.learning.methods import method_config\nmethod_config('not_there')\n"
    install("asking", "plug_asking", plug_asking=source)
    with pytest.raises(ValueError, match="unknown method 'not_there'"):
        method_config("not_there")


def test_table_of_a_heuristic_is_checked():
    BASELINES["flat"] = lambda mazes, goals, seed: np.zeros(len(goals), np.float32)
    problems = Problems.sample(Mazes.generate(3, size=6))
    with pytest.raises(ValueError, match=r"expected a table of shape \[3, 6, 6\], got \[3\]"):
        solve(problems, heuristic="flat")


def test_find_names_what_else_could_be_meant():
    with pytest.raises(ValueError, match=r"^a\.b: unknown thing 'othr'; did you mean 'other'\?$"):
        find({"one": 1}, "othr", "thing", "a.b", also=["other"])
    assert find({"one": 1}, "one", "thing") == 1


# The example ----------------------------------------------------------------------------------

EXAMPLE = Path(__file__).parents[1] / "examples" / "plugin"


def test_example_package_adds_a_part_of_each_kind(install, tmp_path):
    project = (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")
    [(name, module)] = re.findall(r'plugins"\]\n(\w+) = "(\w+)"\n', project)
    source = (EXAMPLE / f"{module}.py").read_text(encoding="utf-8")
    install(name, module, **{module: source})
    run, small = tmp_path / "run", ["--steps", "2", "--size", "6", "--quiet"]
    few = ["--set", "data.num_trajectories=20", "--set", "training.num_validation=2"]
    for arguments in (
        ["train", "--method", "my_method", "--out", str(run), *small, *few],
        ["solve", "--heuristic", "my_heuristic", "--n", "3", "--size", "6"],
        ["generate", str(tmp_path / "data"), "--num", "3", "--policy", "my_policy"],
    ):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
    assert load(run).config.objective.terms == {"my_term": 1.0}
    page = (EXAMPLE.parents[1] / "docs" / "extending.md").read_text(encoding="utf-8")
    assert f"```toml\n{project}```" in page
    assert f"```python\n{source.partition(chr(10) * 2)[2]}```" in page


# Policies -------------------------------------------------------------------------------------


def to_the_start_and_back(problems, seed):
    """One step away and back again, by the first free neighbour."""
    walks = []
    for walls, start in zip(problems.domain.walls, problems.starts.tolist(), strict=True):
        width = walls.shape[1]
        nearest = Mazes(walls).distances([start])[0].ravel()
        neighbour = int(np.flatnonzero(nearest == 1)[0])
        assert abs(neighbour - start) in (1, width)
        walks.append([start, neighbour, start])
    return walks


def test_a_function_is_a_policy_and_gets_the_problems_of_shortest_paths():
    mazes = Mazes.generate(20, size=7, seed=2)
    asked = []

    def policy(problems, seed):
        asked.append((problems, seed))
        return to_the_start_and_back(problems, seed)

    limits = {"min_length": 3, "max_length": 6}
    data = Trajectories.sample(mazes, 2, policy, seed=5, **limits)
    shortest = Trajectories.sample(mazes, 2, "shortest", seed=5, **limits)
    [(problems, seed)] = asked
    np.testing.assert_array_equal(problems.starts, shortest.states[shortest.offsets[:-1]])
    np.testing.assert_array_equal(problems.optimal, shortest.lengths)
    assert problems.domain == mazes[data.worlds]
    assert data.lengths.tolist() == [2] * 40
    np.testing.assert_array_equal(data.worlds, shortest.worlds)
    assert data.provenance["policy"] == "policy"
    Trajectories.sample(mazes, 2, policy, seed=6, **limits)
    assert asked[1][1] != seed


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([], "policy: expected 3 walks, got 0"),
        ([[0], [], [0]], r"policy: walk 1: expected integers \[length \+ 1\], got float64 \[0\]"),
        ([[0], [0], [[0]]], r"policy: walk 2: .*got int64 \[1, 1\]"),
        ([[0], [0.5], [0]], r"policy: walk 1: .*got float64 \[1\]"),
        ([[0], [0, 2], [0]], "trajectory 1"),
    ],
)
def test_what_is_no_walk(answer, message):
    mazes = Mazes(np.zeros((3, 4, 4), np.uint8))
    with pytest.raises(ValueError, match=message):
        Trajectories.sample(mazes, policy=lambda problems, seed: answer)


@pytest.mark.parametrize("fresh", [False, True])
def test_misspelt_policy_is_known_before_a_run_begins(tmp_path, fresh):
    config = replaced(
        RunConfig(method="contrastive"), {"data.policy": "shortst", "data.fresh": fresh}
    )
    with pytest.raises(ValueError, match="unknown policy 'shortst'; did you mean 'shortest'"):
        Trainer(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
