"""Objectives side by side on puzzles, at the smallest size."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from mlsearch.base.settings import to_dict
from mlsearch.cli import main
from mlsearch.comparison import SAME, SEARCHES, VARIANTS, cells, compare, config_of, variants_of

pytestmark = pytest.mark.usefixtures("one_thread")


def test_variants_share_network_steps_and_walks():
    configs = [config_of(name, v, "tiles3", 10, 0) for name, v in VARIANTS.items()]
    for config in map(to_dict, configs):
        for name, value in SAME.items():
            section, key = name.split(".")
            assert config[section][key] == value, name
    assert len({json.dumps(to_dict(c)["domain"]) for c in configs}) == 1
    with pytest.raises(ValueError, match=r"methods: unknown variant 'crt'.*crtr"):
        variants_of(["crt"])


def test_rows_say_what_the_searches_found(tmp_path, monkeypatch):
    monkeypatch.setitem(SAME, "model.hidden", 16)
    monkeypatch.setitem(SAME, "training.batch_size", 64)
    chosen = variants_of(["walk_distance", "supervised"])
    rows = compare("smoke", ["tiles3"], 2, tmp_path / "out", variants=chosen)
    names = ["walk_distance", "supervised (expectation)", "supervised (argmax)"]
    heuristics = list(dict.fromkeys(row.heuristic for row in rows))
    assert heuristics[:3] == names
    assert "manhattan" in heuristics
    assert len(rows) == len(heuristics) * len(SEARCHES)
    wide = [row for row in rows if row.search == "beam 512"]
    assert all(row.solved.mean == 1 for row in wide)  # four moves away
    assert all(row.suboptimality.mean == pytest.approx(1) for row in wide)
    assert [row.seeds for row in wide[:3]] == [2, 2, 2]
    assert wide[0].training_seconds > 0
    assert all(len(row.solved_after) == row.num_problems == 4 * row.seeds for row in wide)
    assert all(np.mean(row.solved_after) == pytest.approx(row.generated.mean) for row in wide)
    assert (tmp_path / "out" / "tiles3.png").stat().st_size > 10_000
    again = compare("smoke", ["tiles3"], 2, tmp_path / "out", variants=chosen)
    assert [cells(row)[:-1] for row in again] == [cells(row)[:-1] for row in rows]
    stored = json.loads((tmp_path / "out" / "results.json").read_text())
    assert stored["rows"][0]["solved"]["mean"] == rows[0].solved.mean
    text = (tmp_path / "out" / "results.md").read_text()
    assert text.count("\n| manhattan | ") == len(SEARCHES)


def test_the_command_prints_a_table(tmp_path, monkeypatch):
    monkeypatch.setitem(SAME, "model.hidden", 16)
    monkeypatch.setitem(SAME, "training.batch_size", 64)
    options = ["--experiment", "puzzles", "--domain", "tiles3", "--scale", "smoke"]
    place = ["--out", str(tmp_path / "out"), "--methods", "walk_distance"]
    result = CliRunner().invoke(main, ["reproduce", *options, *place])
    assert result.exit_code == 0, result.output
    assert "walk_distance" in result.output
    assert "Results:" in result.output
    assert (tmp_path / "out" / "tiles3" / "walk_distance-seed0" / "model.safetensors").exists()
