"""Figures of the page of benchmarks, from the JSON of what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from measured import seconds_of
from rows import ROWS

from mlsearch.plots import palette, style

OURS = "mlsearch"
NAMES = (OURS, "numba queue", "scipy", "tcod", "scikit-image", "networkx")
MARKERS = "osvD^P"


@style.styled
def ratios(results: Mapping[str, Any]) -> Figure:
    """The speed-ups of all measured rows, beside their targets."""
    seconds = seconds_of(results)
    found = [(row, row.ratio(seconds)) for row in ROWS if row.target and not row.is_limit]
    measured = [(row, ratio) for row, ratio in found if ratio is not None]
    figure = style.new_figure(style.PAGE_WIDTH + 1.5, 0.19 * len(measured) + 0.7)
    axes = figure.subplots()
    places = range(len(measured), 0, -1)
    blue = palette.line_styles(["contrastive"])["contrastive"].color
    colours = [blue if row.is_met(r) else style.ACCENT for row, r in measured]
    axes.barh(places, [ratio for _, ratio in measured], height=0.6, color=colours)
    targets = [row.target for row, _ in measured]
    axes.plot(targets, places, "|", color=style.INK, markersize=11)
    works = [f"{row.work}: {row.against}".replace("`", "") for row, _ in measured]
    axes.set_yticks(places, works, fontsize=7.5)
    axes.set(xscale="log", xlabel="times as fast", ylim=(0.3, len(measured) + 0.7))
    marks = [Patch(color=blue), Patch(color=style.ACCENT), *axes.lines]
    axes.legend(marks, ["target met", "target missed", "target"], loc="lower right")
    return figure


def field_times(results: Mapping[str, Any]) -> dict[str, dict[int, float]]:
    """Seconds of a distance field in percolation mazes, by program and side of the maze."""
    seconds = seconds_of(results)
    times: dict[str, dict[int, float]] = {name: {} for name in NAMES}
    for benchmark in results["benchmarks"]:
        prefix, _, program = benchmark["name"].split("[")[0].partition("test_field_")
        name = program.replace("_breadth_first_order", "").replace("scikit_image", "scikit-image")
        name = name.replace("_", " ")
        if prefix or name not in times or benchmark["group"].endswith("depth-first"):
            continue
        times[name][benchmark["extra_info"]["side"]] = seconds[benchmark["name"]]
    return {name: values for name, values in times.items() if values}


@style.styled
def field_sizes(results: Mapping[str, Any]) -> Figure:
    """The cost of a distance field against the size of the maze, for each program."""
    figure = style.new_figure(0.7 * style.PAGE_WIDTH, 2.8)
    axes = figure.subplots()
    colours = palette.line_styles(NAMES[1:])
    for marker, (name, values) in zip(MARKERS, field_times(results).items(), strict=False):
        sides = sorted(values)
        colour = style.INK if name == OURS else colours[name].color
        axes.plot(sides, [values[s] for s in sides], marker=marker, color=colour, label=name)
    axes.set(xscale="log", yscale="log", xlabel="side of the maze", ylabel="seconds, one thread")
    style.legend_right(figure, axes)
    return figure


@style.styled
def scaling(results: Mapping[str, Any]) -> Figure:
    """Time and memory against the size and number of problems; training against the batch."""
    figure = style.new_figure(style.PAGE_WIDTH, 4.4)
    (time_side, time_number, rate), (memory_side, memory_number, empty) = figure.subplots(2, 3)
    sides, numbers, batches = (results[name] for name in ("by_side", "by_number", "by_batch"))
    curve(time_side, sides, "side", "field", "distance field")
    curve(time_side, sides, "side", "search", "table search")
    curve(memory_side, sides, "side", "grown", "100 problems")
    for name, rows in numbers.items():
        curve(time_number, rows, "num", "seconds", f"search, {name}")
        curve(memory_number, rows, "num", "peak", f"search, {name}")
    curve(time_number, numbers["manhattan"], "num", "bfs", "optimal costs")
    curve(rate, batches, "batch", "pairs_per_second", "contrastive")
    time_side.set(xlabel="side of the maze", ylabel="seconds, one thread", title="One problem")
    memory_side.set(xlabel="side of the maze", ylabel="bytes more", title="Memory")
    time_number.set(
        xlabel="problems, 20 x 20", ylabel="seconds, all threads", title="Many problems"
    )
    memory_number.set(xlabel="problems, 20 x 20", ylabel="bytes at most", title="Memory")
    bottom, top = time_number.get_ylim()
    time_number.set_ylim(bottom, top * 2000)  # room for the legend
    rate.set(xlabel="batch size", ylabel="pairs per second", title="Training")
    empty.set_axis_off()
    return figure


@style.styled
def large(results: Mapping[str, Any]) -> Figure:
    """Time and memory of one search by its states; time and expansions of one query by the map."""
    figure = style.new_figure(style.PAGE_WIDTH, 4.4)
    (time_states, time_map), (memory, expansions) = figure.subplots(2, 2)
    curve(time_states, results["by_states"], "states", "seconds", "best-first search, cube3")
    curve(memory, results["by_states"], "states", "grown", "best-first search, cube3")
    for method, rows in results["by_map"].items():
        name = method.replace("breadth_first", "breadth-first search")
        curve(time_map, rows, "side", "seconds", name)
        curve(expansions, rows, "side", "expansions", name)
    time_states.set(xlabel="states", ylabel="seconds, all threads", title="One search")
    memory.set(xlabel="states", ylabel="bytes more", title="Memory")
    time_map.set(xlabel="side of the map", ylabel="seconds", title="One query")
    expansions.set(xlabel="side of the map", ylabel="expansions / optimal", title="Expansions")
    return figure


def curve(axes: Axes, rows: Sequence[Mapping[str, float]], x: str, y: str, label: str) -> None:
    """A column of measurements against another, both on logarithmic axes."""
    marker = MARKERS[len(axes.lines)]
    axes.plot([row[x] for row in rows], [row[y] for row in rows], marker=marker, label=label)
    axes.set(xscale="log", yscale="log")
    axes.legend(loc="best")
