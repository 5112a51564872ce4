"""Writes docs/benchmarks.md and its figures from the JSON of what was measured.

Usage: make bench && python bench/scaling.py && python bench/profile_time.py && python bench/page.py

Each `make bench REGISTERS=avx2` or `portable` before it adds a column. `--gpu build/bench.json`
takes the section on a GPU from that run.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import figures
from matplotlib.figure import Figure
from measured import Row, gpu_of, registers_of, seconds_of
from rows import GPU_ROWS, ROWS
from tables import (
    HEADERS,
    as_markdown,
    cells,
    in_words,
    large_tables,
    profile_table,
    ratio_in_words,
    scaling_tables,
)

from mlsearch import plots
from mlsearch.base.files import replacing, write_json

Json = Mapping[str, Any]
ROOT = Path(__file__).parents[1]
CHART = """\
Each bar says how many times as fast mlsearch is as the alternative named beside it; a mark is the
target."""
INTRODUCTION = """\
A ratio compares two measurements of one run on one machine, each the shortest of several;
the alternative is set up as well as it can be, and the answers of both sides are compared in the
same run. Times are of one item: a field, maze, batch, problem, step, heatmap or, of kernels set
against the rate of the machine, a billion floating-point operations. `make bench` measures and
prints all of it; `python bench/scaling.py` and `python bench/profile_time.py` measure what the
sections after it show, and `python bench/page.py` makes this page.

`make bench REGISTERS=avx2` is a run with narrower registers: our kernels use AVX2 at most, and so
does PyTorch, as far as its libraries obey; `REGISTERS=portable` uses what every processor has, SSE2
on x86-64. Other commands read the variable `MLSEARCH_REGISTERS`. A forced run shows what narrower
code costs on this processor, not how fast another processor is. Products of matrices in PyTorch
obey neither: they stay at 100 GFLOP/s a thread, so what is set against them under `portable`
compares SSE2 with more. The times are those of the run with the widest registers; each other run
has a column of ratios."""
ON_A_GPU = """\
Where there is a GPU, `make bench` measures these rows too, and `make bench ONLY="cuda or gpu"` no
others. Our training step is replayed as one CUDA graph, while another thread draws pairs. The 64
steps that record the graph are not timed, nor is what plain loops compile. The pairs of the plain
loops on cube3 lie on the GPU beforehand; the usual loop has a DataLoader."""
REMARKS = "Notes on single rows, and what limits those that miss their target:"
SCALING = """\
A curve that follows a power law is a line here; its exponent is fitted to the upper half of its
points. Memory is the largest that the process has had. A million problems are solved in parts, so
beyond the mazes themselves their memory is bounded."""
LARGE = """\
One search of the cube by the number of states that it sees, and one query on a map by its side.
The search is best-first with a thousand expansions a round, led by zeros, so all that takes time is
the search. A map is of the percolation kind with three walls in ten cells, the query leads from
corner to corner, and nothing about the map is known before: the heuristic's time is that of reading
it, with the shipped metric (`landmark_wave`) or with exact distances from 64 cells (`landmarks`).
Breadth-first search finds the distances of all cells, so it answers every other query to the same
goal as well; on maps it is the faster way to one answer, and neither heuristic makes up for it."""
PROFILE = """\
Milliseconds on one thread. Compiled parts were timed by themselves, PyTorch's kernels by its
profiler; *calls* is what the whole takes beyond them, Python's work and PyTorch's own. In a real
run, batches are drawn in another thread while a step is computed."""


def page(
    benches: Sequence[Json],
    scaling: Json | None,
    profile: Json | None,
    on_gpu: Json | None = None,
) -> str:
    """The text of the page; what was not measured says so.

    Args:
        benches: runs of ``make bench``, that with the widest registers first.
        scaling, profile: what the other two scripts wrote.
        on_gpu: a run of ``make bench`` on a machine with a GPU.
    """
    bench = benches[0] if benches else None
    parts = [
        "# Benchmarks",
        section(bench, lambda _: image("Speed-ups beside their targets", "ratios")),
        section(bench, lambda _: CHART),
        INTRODUCTION,
        section(bench, lambda _: "\n".join(map(measured_on, benches)), "make bench"),
        rows_table(benches),
        REMARKS,
        remarks(ROWS),
        "## On a GPU",
        ON_A_GPU,
        section(on_gpu, gpu_tables, 'make bench ONLY="cuda or gpu"'),
        "## Cost against size",
        section(bench, lambda _: image("A distance field by size of the maze", "field_sizes")),
        SCALING,
        section(scaling, lambda _: image("Time and memory by size and number", "scaling")),
        section(scaling, scaling_tables, "python bench/scaling.py"),
        "### One large search, one large map",
        LARGE,
        section(scaling, lambda _: image("Large searches and large maps", "large")),
        section(scaling, large_tables, "python bench/scaling.py"),
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
    cores = f"{info['cpu'].get('count')} cores"
    machine = ", ".join(filter(None, (brand, cores, gpu_of(bench), info["system"])))
    versions = ", ".join(f"{n} {v}" for n, v in sorted(info["versions"].items()))
    return (
        f"- Registers {registers_of(bench)}: {machine}; "
        f"Python {info['python_version']}; {versions}. {bench['datetime'][:10]}."
    )


def rows_table(benches: Sequence[Json]) -> str:
    """Every row with its target and the ratio of each run; the times are of the first one."""
    seconds, *narrower = [seconds_of(bench) for bench in benches] or [{}]
    names = [f"ratio, {registers_of(bench)}" for bench in benches[1:]]
    headers = [*HEADERS[:-1], *names, HEADERS[-1]]
    lines = []
    for row in ROWS:
        *first, target = cells(row, seconds)
        lines.append([*first, *(ratio_in_words(row, times) for times in narrower), target])
    return as_markdown(headers, lines)


def gpu_tables(bench: Json) -> str:
    """The machine, the rows of ``gpu_rows.py`` and their remarks."""
    lines = [cells(row, seconds_of(bench)) for row in GPU_ROWS]
    return "\n\n".join([measured_on(bench), as_markdown(HEADERS, lines), remarks(GPU_ROWS)])


def remarks(rows: Sequence[Row]) -> str:
    """The remarks of rows, each with the rows that it is of."""
    works: dict[str, list[str]] = {}
    for row in rows:
        if row.remark:
            works.setdefault(row.remark, []).append(row.work.replace("*", r"\*"))
    return "\n".join(f"- *{'; '.join(dict.fromkeys(w))}*: {text}" for text, w in works.items())


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
        made |= {"scaling": figures.scaling(scaling), "large": figures.large(scaling)}
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


def runs_in(folder: Path) -> list[Path]:
    """Where ``make bench`` writes, the widest registers first."""
    return [folder / f"bench{of}.json" for of in ("", "-avx2", "-portable")]


def read(path: Path) -> Json | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def main() -> None:
    """Reads the results that exist and writes the page with its figures."""
    results = ROOT / "docs" / "results"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, nargs="+", default=runs_in(ROOT / "build"))
    parser.add_argument("--gpu", type=Path, default=results / "benchmarks-gpu.json")
    parser.add_argument("--scaling", type=Path, default=results / "scaling.json")
    parser.add_argument("--profile", type=Path, default=results / "profile.json")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md")
    options = parser.parse_args()
    benches = [found for path in options.bench if (found := read(path)) is not None]
    bench = benches[0] if benches else None
    scaling, profile, on_gpu = map(read, (options.scaling, options.profile, options.gpu))
    if options.out.parent == results.parent:
        for number, run in enumerate(benches):
            name = f"benchmarks-{registers_of(run)}" if number else "benchmarks"
            write_json(results / f"{name}.json", without_raw(run))
        if on_gpu is not None:
            write_json(results / "benchmarks-gpu.json", without_raw(on_gpu))
    images = options.out.parent / "images"
    images.mkdir(exist_ok=True)
    for name, figure in all_figures(bench, scaling).items():
        plots.save(figure, images / f"bench_{name}.png")
    with replacing(options.out) as temporary:
        temporary.write_text(page(benches, scaling, profile, on_gpu) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
