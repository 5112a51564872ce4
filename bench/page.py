"""Writes docs/benchmarks.md and its figures from the JSON of what was measured.

Usage: make bench && python bench/scaling.py && python bench/profile_time.py && python bench/page.py
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import figures
from matplotlib.figure import Figure
from measured import seconds_of
from rows import ROWS
from tables import HEADERS, as_markdown, cells, in_words, profile_table

from mlsearch import plots
from mlsearch.base.files import replacing, write_json

Json = Mapping[str, Any]
ROOT = Path(__file__).parents[1]
INTRODUCTION = """\
# Benchmarks

mlsearch beside what one would use otherwise. A ratio compares two measurements of one run on one
machine, each the shortest of several; the alternative is set up as well as it can be, and the
answers of both sides are compared in the same run. Times are of one item: a field, maze, batch,
problem, step or heatmap. `make bench` measures and prints all of it; `python bench/scaling.py` and
`python bench/profile_time.py` measure what the sections after it show, and `python bench/page.py`
makes this page."""
REMARKS = "What there is to know of single rows, and what is left where a target is missed:"
SCALING = """\
A curve that follows a power law is a line here; its exponent is fitted to the upper half of its
points. Memory is the largest that the process has had. A million problems are solved in parts, so
beyond the mazes themselves their memory is bounded."""
PROFILE = """\
Milliseconds on one thread. Compiled parts were timed by themselves, PyTorch's kernels by its
profiler; *calls* is what the whole takes beyond them, Python's work and PyTorch's own. In a real
run, batches are drawn in another thread while a step is computed."""


def page(bench: Json | None, scaling: Json | None, profile: Json | None) -> str:
    """The text of the page; what was not measured says so."""
    parts = [
        INTRODUCTION,
        section(bench, measured_on, "make bench"),
        rows_table(bench),
        section(bench, lambda _: image("Speed-ups beside their targets", "ratios")),
        REMARKS,
        remarks(),
        "## Cost against size",
        section(bench, lambda _: image("A distance field by size of the maze", "field_sizes")),
        SCALING,
        section(scaling, lambda _: image("Time and memory by size and number", "scaling")),
        section(scaling, scaling_tables, "python bench/scaling.py"),
        "## Where the time goes",
        PROFILE,
        section(profile, profile_table, "python bench/profile_time.py"),
        "## All measurements",
        section(bench, group_tables, "make bench"),
    ]
    return "\n\n".join(filter(None, parts))


def section(results: Json | None, make: Callable[[Json], str], command: str = "") -> str:
    """What ``make`` says of the results, or how to get them."""
    if results is not None:
        return make(results)
    return f"*Not measured yet: `{command}`.*" if command else ""


def image(text: str, name: str) -> str:
    return f"![{text}](images/bench_{name}.png)"


def measured_on(bench: Json) -> str:
    """The machine, the versions and the day."""
    info = bench["machine_info"]
    brand = info["cpu"].get("brand_raw", info["machine"])
    versions = ", ".join(f"{n} {v}" for n, v in sorted(info["versions"].items()))
    return (
        f"Machine: {brand}, {info['cpu'].get('count')} cores, {info['system']}; "
        f"Python {info['python_version']}; {versions}. {bench['datetime'][:10]}."
    )


def rows_table(bench: Json | None) -> str:
    """Every row with its ratio and target."""
    seconds = seconds_of(bench) if bench else {}
    return as_markdown(HEADERS, [cells(row, seconds) for row in ROWS])


def remarks() -> str:
    """The remarks of ``rows.py``, each with the rows that it is of."""
    works: dict[str, list[str]] = {}
    for row in ROWS:
        if row.remark:
            works.setdefault(row.remark, []).append(row.work)
    return "\n".join(f"- *{'; '.join(dict.fromkeys(w))}*: {text}" for text, w in works.items())


def scaling_tables(scaling: Json) -> str:
    """The curves as tables, and their exponents."""
    sides = [
        [str(r["side"]), in_words(r["field"]), in_words(r["search"]), mebibytes(r["grown"])]
        for r in scaling["by_side"]
    ]
    numbers = [
        [f"{r['num']:,}", name, in_words(r["seconds"]), in_words(r["bfs"]), mebibytes(r["peak"])]
        for name, rows in scaling["by_number"].items()
        for r in rows
    ]
    batches = [[str(r["batch"]), f"{r['pairs_per_second']:,.0f}"] for r in scaling["by_batch"]]
    powers = [[name, f"{power:.2f}"] for name, power in scaling["exponents"].items()]
    return "\n\n".join(
        [
            as_markdown(["side", "distance field", "table search", "memory, 100 problems"], sides),
            as_markdown(["problems", "heuristic", "search", "optimal costs", "memory"], numbers),
            as_markdown(["batch", "pairs per second"], batches),
            as_markdown(["curve", "exponent"], powers),
        ]
    )


def mebibytes(size: float) -> str:
    return f"{size / 2**20:,.0f} MiB"


def group_tables(bench: Json) -> str:
    """For each group, every benchmark with its time and what it is in times of the fastest."""
    seconds = seconds_of(bench)
    groups: dict[str, list[tuple[str, float]]] = {}
    for benchmark in bench["benchmarks"]:
        entry = benchmark["name"].removeprefix("test_"), seconds[benchmark["name"]]
        groups.setdefault(benchmark["group"] or "other", []).append(entry)
    parts = []
    for group, entries in sorted(groups.items()):
        entries.sort(key=lambda entry: entry[1])
        lines = [(f"`{n}`", in_words(s), f"{s / entries[0][1]:.3g}") for n, s in entries]
        parts.append(f"### {group}\n\n" + as_markdown(("benchmark", "time", "x fastest"), lines))
    return "\n\n".join(parts)


def all_figures(bench: Json | None, scaling: Json | None) -> dict[str, Figure]:
    """The figures that the page shows, by name."""
    made = {}
    if bench is not None:
        made |= {"ratios": figures.ratios(bench), "field_sizes": figures.field_sizes(bench)}
    if scaling is not None:
        made |= {"scaling": figures.scaling(scaling)}
    return made


def without_raw(bench: Json) -> Json:
    """The results of pytest-benchmark without each single time, and without the machine's name."""
    machine = {key: value for key, value in bench["machine_info"].items() if key != "node"}
    benchmarks = []
    for one in bench["benchmarks"]:
        stats = {key: value for key, value in one["stats"].items() if key != "data"}
        benchmarks.append({**one, "stats": stats})
    kept = {key: bench[key] for key in ("datetime", "version")}
    return {"machine_info": machine, "benchmarks": benchmarks, **kept}


def read(path: Path) -> Json | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def main() -> None:
    """Reads what there is and writes the page with its figures."""
    results = ROOT / "docs" / "results"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, default=ROOT / "build" / "bench.json")
    parser.add_argument("--scaling", type=Path, default=results / "scaling.json")
    parser.add_argument("--profile", type=Path, default=results / "profile.json")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md")
    options = parser.parse_args()
    bench, scaling, profile = map(read, (options.bench, options.scaling, options.profile))
    if bench is not None and options.out.parent == results.parent:
        write_json(results / "benchmarks.json", without_raw(bench))
    images = options.out.parent / "images"
    images.mkdir(exist_ok=True)
    for name, figure in all_figures(bench, scaling).items():
        plots.save(figure, images / f"bench_{name}.png")
    with replacing(options.out) as temporary:
        temporary.write_text(page(bench, scaling, profile) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
