"""The scripts that turn measurements into tables: what they compute is right."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture(autouse=True)
def bench_on_path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    yield
    for name in ("rows", "summary", "scale_out", "scaling"):
        sys.modules.pop(name, None)


def results(**seconds: float) -> dict:
    return {
        "benchmarks": [
            {"name": name, "group": "g", "stats": {"min": value}} for name, value in seconds.items()
        ]
    }


def test_ratios_and_targets() -> None:
    import rows

    row = rows.Row("w", "ours", ("slow", "fast"), "others", 3)
    seconds = {"ours": 1.0, "slow": 9.0, "fast": 2.0}
    assert row.ratio(seconds) == 2  # against the fastest
    assert not row.is_met(2)
    assert row.is_met(3)
    assert row.ratio({"ours": 1.0}) is None
    limit = rows.Row("w", "ours", ("fast",), "others", 1.3, is_limit=True)
    assert limit.ratio(seconds) == 0.5
    assert limit.is_met(1.3)
    assert not limit.is_met(1.31)


def test_summary_lines() -> None:
    import rows
    import summary

    seconds = summary.seconds_of(results(ours=2e-3, fast=3e-3))
    missed = rows.Row("work", "ours", ("fast",), "others", 3)
    assert summary.cells(missed, seconds) == ("work", "others", "2 ms", "1.5 (missed)", ">= 3")
    unmeasured = rows.Row("work", "ours", ("none",), "others", 3)
    assert summary.cells(unmeasured, seconds)[3] == "not measured"


def test_every_row_names_benchmarks_that_exist() -> None:
    import rows

    source = "\n".join(path.read_text() for path in BENCH.glob("test_*.py"))
    for row in rows.ROWS:
        for name in (row.ours, *row.others):
            assert f"def {name.split('[')[0]}(" in source, name


def test_exchange_time_by_hand() -> None:
    import scale_out

    # One round each way of the reduction, half the bytes twice; then the gathering.
    latency, bandwidth = scale_out.LATENCY, scale_out.BANDWIDTH
    assert scale_out.exchange_seconds(1000, 0, 0, 2) == pytest.approx(
        2 * latency + 4000 / bandwidth
    )
    gathered = 2 * latency + 0.5 * 2 * 10 * 8 * 4 / bandwidth
    with_gathering = scale_out.exchange_seconds(1000, 10, 8, 2)
    assert with_gathering - scale_out.exchange_seconds(1000, 0, 0, 2) == pytest.approx(gathered)


def test_the_page_of_scaling_holds_the_table() -> None:
    import scale_out

    page = (BENCH.parent / "docs" / "scaling.md").read_text(encoding="utf-8")
    assert scale_out.table() in page


def test_the_exponent_of_a_power() -> None:
    import scaling

    assert scaling.exponent([1, 10, 100], [3, 300, 30000]) == pytest.approx(2)


@pytest.mark.parametrize("script", ["scaling.py", "profile_time.py"])
def test_quick_measurements(tmp_path, script) -> None:
    out = tmp_path / "out.json"
    command = [sys.executable, str(BENCH / script), "--quick", "--out", str(out)]
    if script == "scaling.py":
        command += ["--figure", str(tmp_path / "figure.png")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("| ")
    found = json.loads(out.read_text())
    if script == "scaling.py":
        assert (tmp_path / "figure.png").stat().st_size > 1000
        assert [row["num"] for row in found["by_number"]["manhattan"]] == [100, 1000]
        assert all(row["field"] > 0 for row in found["by_side"])
    else:
        assert found["step of contrastive"].keys() >= {"forward", "backward", "optimizer"}
