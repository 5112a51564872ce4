"""The page: figures and tables of a report in one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure
from PIL import Image

from mlsearch import plots
from mlsearch.base.files import replacing
from mlsearch.evaluation.drawn import problems_to_draw
from mlsearch.evaluation.evaluation import Evaluation
from mlsearch.evaluation.score_table import MARK, yardstick_of
from mlsearch.plots.palette import shared_styles
from mlsearch.report.entries import Entry
from mlsearch.report.examples import telling_problems
from mlsearch.report.explorer import explorer_data, is_grid
from mlsearch.report.provenance import bibtex, made_with, methods_of, runs_of
from mlsearch.report.puzzle import has_picture, puzzle_data
from mlsearch.report.tables import all_tables

_log = logging.getLogger("mlsearch")
FOLDER = Path(__file__).parent
NARROW_DPI = 200
STYLES = ("page.css", "explorer.css", "puzzle.css")


class Explorer(NamedTuple):
    """An explorer of the page: its data from the entries, its template, and its scripts.

    The scripts come in this order, in one.
    """

    data: Callable[[Sequence[Entry]], dict[str, Any] | None]
    template: str
    scripts: tuple[str, ...]


OF_GRIDS = Explorer(
    explorer_data,
    "explorer.html.j2",
    ("search.js", "tables.js", "drawing.js", "explorer.js"),
)
OF_PICTURES = Explorer(puzzle_data, "puzzle.html.j2", ("charts.js", "pictures.js", "puzzle.js"))


@dataclass(frozen=True)
class Picture:
    """A figure on the page.

    Attributes:
        source: the image itself, as a ``data:`` address.
        narrow: the same for the screen of a phone.
        title: what stands above it, and in its place where it is not shown.
        caption: what to know when reading it.
        width: in inches, as drawn.
    """

    source: str
    narrow: str
    title: str
    caption: str
    width: float


def build_report(
    entries: Sequence[Entry], path: str | os.PathLike[str], title: str, subtitle: str = ""
) -> None:
    """Writes one self-contained HTML file: tables, figures, configs and provenance.

    Bars and curves are over the seeds of each entry, as the tables are; pictures of single
    problems and correlations show the first seed. Those that need maps, exact tables or known
    optima are left out where the domain has none; so is the explorer in domains that are no grids
    and have no picture of their states.

    Args:
        entries: learned heuristics, at least one, and baselines, all on the same problems.
        path: the file.
        title: of the page.
        subtitle: a line below it.

    Raises:
        ValueError: no entry is learned, or two have the same name.
        OSError: a run folder cannot be read, or the file not be written.
    """
    if not any(entry.is_learned for entry in entries):
        raise ValueError("entries: expected at least one learned heuristic, got none")
    domain = entries[0].problems.domain
    names = [*(entry.name for entry in entries), *(e.run for e in entries if e.is_learned)]
    with shared_styles(names, [entry.name for entry in entries if not entry.is_learned]):
        drawn = {
            "explorer": _explorer_of(entries).data(entries),
            "pictures": _pictures(entries),
        }
    _write(
        "page.html.j2",
        entries,
        path,
        **drawn,
        title=title,
        subtitle=subtitle,
        has_explorer=is_grid(domain) or has_picture(domain),
        tables=all_tables(entries),
        methods=methods_of(entries),
        runs=runs_of(entries),
        made_with=made_with(entries),
        bibtex=bibtex(),
        num_seeds=max(len(entry.evaluations) for entry in entries),
    )


def build_explorer(entries: Sequence[Entry], path: str | os.PathLike[str], title: str) -> None:
    """Writes the explorer of a report alone, as one self-contained HTML file.

    Args:
        entries: as of :func:`build_report`.
        path: the file.
        title: of the page.

    Raises:
        ValueError: the domain has no explorer, or its data is too large for a page.
        OSError: the file cannot be written.
    """
    data = _explorer_of(entries).data(entries)
    if data is None:
        raise ValueError("entries: expected a domain and problems that an explorer can show")
    _write("alone.html.j2", entries, path, title=title, explorer=data)


def _explorer_of(entries: Sequence[Entry]) -> Explorer:
    return OF_GRIDS if is_grid(entries[0].problems.domain) else OF_PICTURES


def _write(
    template: str, entries: Sequence[Entry], path: str | os.PathLike[str], **parts: Any
) -> None:
    """Renders a page that extends ``frame.html.j2``."""
    explorer = _explorer_of(entries)
    script = _assets(explorer.scripts)
    page = (
        _environment(entries)
        .get_template(template)
        .render(
            style=_assets(STYLES),
            script=script,
            script_hash=_hash(script),
            explorer_template=explorer.template,
            **parts,
        )
    )
    _log.info("Writing %s", path)
    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _environment(entries: Sequence[Entry]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sentence"] = lambda text: f"{text[:1].upper()}{text[1:]}."
    learned = {entry.name for entry in entries if entry.is_learned}
    environment.tests["learned"] = lambda name: name.removesuffix(f" {MARK}") in learned
    return environment


def _assets(names: Sequence[str]) -> Markup:
    """Files of our own in one text, which the template takes as it is."""
    texts = [(FOLDER / "assets" / name).read_text(encoding="utf-8") for name in names]
    return Markup("\n".join(texts))


def _hash(script: str) -> Markup:
    """The one script that the page allows, as its security policy names it."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return Markup(f"'sha256-{base64.b64encode(digest).decode('ascii')}'")


def _pictures(entries: Sequence[Entry]) -> dict[str, list[Picture]]:
    """The figures of each section."""
    _log.info("Drawing the figures of the page")
    evaluations = [entry.evaluations for entry in entries]
    learned = [entry.evaluations[0] for entry in entries if entry.is_learned]
    yardstick = [e for e, *_ in evaluations if e.name == yardstick_of(e)]
    return {
        "comparison": [
            _picture(
                plots.comparison([_wrapped(seeds) for seeds in evaluations]),
                "All heuristics",
                "Whiskers are the 95 % intervals of the table.",
            )
        ],
        "correlation": _correlations([*learned, *yardstick]) + _trajectories(learned),
        "heatmaps": _heatmaps(learned),
        "distance": _by_distance(evaluations),
        "training": _training(entries, yardstick),
    }


def _correlations(evaluations: Sequence[Evaluation]) -> list[Picture]:
    """Of those heuristics for which shortest paths are known."""
    known = [e for e in evaluations if any(map(len, e.along_paths))]
    if not known:
        return []
    return [
        _picture(
            plots.correlations(known),
            "Predicted against true distance",
            "States on shortest paths. The dashed line is where both are equal; "
            "thin lines follow ten problems. The gradient is the least-squares factor from true "
            "to predicted distance.",
            plots.correlations(known, columns=1),
        )
    ]


def _trajectories(learned: Sequence[Evaluation]) -> list[Picture]:
    drawn = problems_to_draw("varied", learned)
    if not any(len(learned[0].paths[number]) > 2 for number in drawn):
        return []
    return [
        _picture(
            plots.trajectories(learned, drawn),
            "Ten problems",
            "A shortest path of each, and Spearman's rho along it. The dashed line is where "
            "predicted and true distance are equal.",
        )
    ]


def _heatmaps(learned: Sequence[Evaluation]) -> list[Picture]:
    if not plots.has_fields(learned[0].problems.domain):
        return []
    return [
        _picture(
            plots.heatmaps(_wrapped(learned), problem, columns=4),
            name,
            "Below each field is its error. The shortest path is one of the shortest.",
            plots.heatmaps(_wrapped(learned), problem, columns=2),
        )
        for name, problem in telling_problems(learned).items()
    ]


def _by_distance(evaluations: Sequence[Sequence[Evaluation]]) -> list[Picture]:
    budget = _picture(plots.solved_by_budget(evaluations), "Solved with search, by budget")
    if not (evaluations[0][0].problems.optimal > 0).any():
        return [budget]
    return [
        _picture(plots.solved_by_distance(evaluations), "Solved without search, by distance"),
        _picture(plots.expansions_by_distance(evaluations), "Expansions, by distance"),
        budget,
    ]


def _training(entries: Sequence[Entry], yardstick: Sequence[Evaluation]) -> list[Picture]:
    references = {
        e.name: {name: value.mean for name, value in e.scores().items()} for e in yardstick
    }
    runs = {e.run: [f / "scalars.csv" for f in e.folders] for e in entries if e.is_learned}
    if not plots.has_curves(runs):
        return []
    caption = (
        "Each term of a loss, smoothed by a running mean over a tenth of the log, with a faint "
        "line of what was logged; and scores on validation problems."
    )
    if any(len(folders) > 1 for folders in runs.values()):
        caption += " Lines are means of seeds; bands reach from the lowest to the highest."
    curves = plots.training_curves(runs, log_x=True, baselines=references)
    return [_picture(curves, "Training", caption)]


def _wrapped(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """The same with a line break in names such as "supervised (argmax)", to save width."""
    return [replace(e, name=e.name.replace(" (", "\n(")) for e in evaluations]


def _picture(
    figure: Figure, title: str, caption: str = "", narrow: Figure | None = None
) -> Picture:
    """A figure, and another one for phones; without that, the same in the width of a column."""
    width = figure.get_figwidth()
    source = _address(figure)
    if narrow is None:
        other = _address(figure, dpi=NARROW_DPI, width=plots.COLUMN_WIDTH)
    else:
        other = _address(narrow, dpi=NARROW_DPI)
    return Picture(source, other, title, caption, width)


def _address(figure: Figure, **how: float) -> str:
    """The figure as WebP without loss, which takes a third of what a PNG does."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "figure.png"
        plots.save(figure, path, **how)
        small = BytesIO()
        with Image.open(path) as image:
            image.save(small, "WEBP", lossless=True, method=2, quality=50)
    return f"data:image/webp;base64,{base64.b64encode(small.getvalue()).decode('ascii')}"
