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
    for path in BENCH.glob("*.py"):
        sys.modules.pop(path.stem, None)


def results(**seconds: float) -> dict:
    """What pytest-benchmark writes, as far as it is read."""
    return {
        "machine_info": {
            "cpu": {"brand_raw": "Fast 9000", "count": 2},
            "system": "Linux",
            "machine": "x86_64",
            "python_version": "3.11",
            "versions": {"numpy": "2.0"},
            "registers": "avx2",
        },
        "datetime": "2026-01-02T03:04:05",
        "benchmarks": [
            {"name": name, "group": "g", "stats": {"min": value}, "extra_info": {}}
            for name, value in seconds.items()
        ],
    }


def test_ratios_and_targets() -> None:
    import measured

    row = measured.Row("w", "ours", ("slow", "fast"), "others", 3)
    seconds = {"ours": 1.0, "slow": 9.0, "fast": 2.0}
    assert row.ratio(seconds) == 2  # against the fastest
    assert not row.is_met(2)
    assert row.is_met(3)
    assert row.ratio({"ours": 1.0}) is None
    limit = measured.Row("w", "ours", ("fast",), "others", 1.3, is_limit=True)
    assert limit.ratio(seconds) == 0.5
    assert limit.is_met(1.3)
    assert not limit.is_met(1.31)


def test_summary_lines() -> None:
    import measured
    import tables

    seconds = measured.seconds_of(results(ours=2e-3, fast=3e-3))
    missed = measured.Row("work", "ours", ("fast",), "others", 3)
    assert tables.cells(missed, seconds) == (
        "work",
        "others",
        "2 ms",
        "3 ms",
        "1.5 (missed)",
        ">= 3",
    )
    unmeasured = measured.Row("work", "ours", ("none",), "others", 3)
    assert tables.cells(unmeasured, seconds)[4] == "not measured"


def test_json_of_a_run_carries_targets_and_baselines() -> None:
    import conftest
    import rows

    row = rows.ROWS[0]
    run = results(**{row.ours: 1.0, row.others[0]: 9.0})
    conftest.pytest_benchmark_update_json(None, None, run)
    (record,) = run["benchmarks"][0]["extra_info"]["rows"]
    assert record["baseline"] == row.others[0]
    assert record["target"] == row.target
    assert record["ratio"] == 9
    assert run["benchmarks"][1]["extra_info"] == {}


def test_page_from_measurements(tmp_path) -> None:
    import page
    import rows

    row = rows.ROWS[0]
    run = results(**{row.ours: 1e-3, row.others[0]: 9e-3})
    for benchmark in run["benchmarks"]:
        benchmark.update(group="bfs-20", extra_info={"num": 10, "side": 20})
    profile = {"a step": {"network": 3.0, "sampling": 1.0}}
    text = page.page([run], scaling_results(), profile, gpu_results())
    assert "Fast 9000, 2 cores" in text
    assert text.startswith("# Benchmarks\n\n![Speed-ups beside their targets](")
    assert text.count("bench_ratios.png") == 1
    assert f"| {row.work} | {row.against} | 100 us | 900 us | 9 | >= 8 |" in text
    assert "| a step | network | 3 | 75% |" in text
    assert "| 1,000 | manhattan | 2 s |" in text
    assert "| 100,000 | 100 ms | 1,000,000 | 10 MiB | 100 |" in text
    assert "| 64 | landmark_wave | 500 ms | 1 ms | 1.5 | 1.000 |" in text
    assert "| 128 | breadth-first search | - | 1 ms | 1.5 | 1.000 |" in text
    assert "- Registers avx2: Fast 9000, 2 cores, Fast GPU, Linux" in text
    assert "| the usual loop, same GPU | 1 ms | 9 ms | 9 | >= 8 |" in text
    assert "Not measured yet" not in text
    assert r"- *shortest solutions of 15-puzzles, A\**: " in text  # a star that is one
    found = page.all_figures(run, scaling_results())
    assert all(f"images/bench_{name}.png" in text for name in found)


def gpu_results() -> dict:
    import rows

    row = rows.GPU_ROWS[0]
    run = results(**{row.ours: 1e-3, row.others[0]: 9e-3})
    run["machine_info"]["gpu"] = "Fast GPU"
    return run


def test_a_summary_has_rows_of_a_gpu_where_there_is_one(tmp_path, monkeypatch, capsys) -> None:
    import rows
    import summary

    for has_gpu in (False, True):
        run = gpu_results() if has_gpu else results(any=1.0)
        (tmp_path / "run.json").write_text(json.dumps(run))
        monkeypatch.setattr(sys, "argv", ["summary.py", str(tmp_path / "run.json")])
        summary.main()
        assert (rows.GPU_ROWS[0].against in capsys.readouterr().out) == has_gpu


def test_each_width_of_registers_has_a_column() -> None:
    import page
    import rows

    row = rows.ROWS[0]
    runs = [results(**{row.ours: 1e-3, row.others[0]: s}) for s in (9e-3, 8e-3, 5e-3)]
    for run, name in zip(runs, ("avx512", "avx2", "portable"), strict=True):
        run["machine_info"]["registers"] = name
    lines = page.rows_table(runs).splitlines()
    assert lines[0].endswith("| ratio | ratio, avx2 | ratio, portable | target |")
    assert lines[2].endswith("| 1 ms | 9 ms | 9 | 8 | 5 (missed) | >= 8 |")
    assert len({line.count("|") for line in lines}) == 1
    text = page.page(runs, None, None)
    assert "- Registers avx512: Fast 9000" in text
    assert "- Registers portable: Fast 9000" in text


def scaling_results() -> dict:
    import scaling

    numbers = [{"num": n, "seconds": n / 500, "bfs": n / 9, "peak": n**0.5} for n in (100, 1000)]
    answer = {"expansions": 1.5, "cost": 1.0}
    curves = {
        "by_side": [
            {"side": s, "field": s**2.0, "search": s**1.5, "grown": s} for s in (10, 20, 50)
        ],
        "by_number": {"manhattan": numbers, "network": numbers},
        "by_batch": [{"batch": b, "pairs_per_second": 5.0} for b in (16, 64)],
        "by_states": [
            {"states": n, "seconds": n / 1e6, "grown": 100 * n} for n in (10_000, 100_000)
        ],
        "by_map": {
            method: [
                {"side": s, "heuristic": h, "search": 1e-3, "seconds": s**2.0, **answer}
                for s in (64, 128)
            ]
            for method, h in (("landmark_wave", 0.5), ("breadth_first", 0.0))
        },
    }
    return {**curves, "exponents": scaling.exponents(curves)}


def test_the_exponents_of_curves() -> None:
    found = scaling_results()["exponents"]
    assert found["distance field by side"] == pytest.approx(2)
    assert found["table search by side"] == pytest.approx(1.5)
    assert found["search by number, network"] == pytest.approx(1)
    assert found["memory by number, manhattan"] == pytest.approx(0.5)
    assert found["pairs per second by batch"] == pytest.approx(0)
    assert found["memory by states"] == pytest.approx(1)
    assert found["one query by side of the map, breadth_first"] == pytest.approx(2)


def test_page_without_measurements_says_how_to_get_them() -> None:
    import page

    text = page.page([], None, None)
    assert "Not measured yet: `make bench`" in text
    assert "Not measured yet: `make bench ONLY=" in text
    assert "images/" not in text
    assert page.all_figures(None, None) == {}


def test_every_row_names_benchmarks_that_exist() -> None:
    import rows

    source = "\n".join(path.read_text() for path in BENCH.glob("test_*.py"))
    for row in rows.ALL_ROWS:
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


def quick(script: str, out: Path) -> tuple[str, dict]:
    """What a script prints and writes when it measures as little as it can."""
    command = [sys.executable, str(BENCH / script), "--quick", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(out.read_text())


def test_quick_scaling(tmp_path) -> None:
    printed, found = quick("scaling.py", tmp_path / "out.json")
    assert "distance field by side: power" in printed
    assert [row["num"] for row in found["by_number"]["network"]] == [100, 1000]
    assert all(row["field"] > 0 and row["search"] > 0 for row in found["by_side"])
    assert all(row["peak"] > 0 for row in found["by_number"]["manhattan"])
    assert [row["states"] // 10_000 for row in found["by_states"]] == [1, 10]
    assert all(10 < row["grown"] / row["states"] < 1000 for row in found["by_states"])
    for method in ("landmark_wave", "landmarks", "breadth_first"):
        rows = found["by_map"][method]
        assert [row["side"] for row in rows] == [64, 128]
        assert all(row["expansions"] >= 1 <= row["cost"] and row["seconds"] > 0 for row in rows)


def test_quick_profile(tmp_path) -> None:
    printed, found = quick("profile_time.py", tmp_path / "out.json")
    assert printed.startswith("| work | part |")
    compiled = found["step of contrastive, by stage"]
    assert min(compiled[name] for name in ("trunk, forward", "trunk, backward", "optimizer")) > 0
    assert found["step of landmark_wave, by stage"].keys() >= {"forward", "backward", "optimizer"}
    kinds = found["step of landmark_wave, by kind"]
    assert kinds["matrix products"] > 0
    assert kinds["optimizer"] > 0
    assert found["solving 1,000 problems, network"]["search in C++"] > 0
