"""Options that say how figures are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


class FigureFile(click.Path):
    """The file of a figure, whose suffix is one of those that can be written."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        from mlsearch.plots import figure_format

        try:
            figure_format(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return super().convert(value, param, ctx)


FIGURE_OPTIONS = (
    click.option(
        "--figures",
        type=click.Choice(["png", "pdf", "svg"]),
        default="png",
        show_default=True,
        help="Format of the figures.",
    ),
    click.option(
        "--figure-width",
        type=click.FloatRange(1, 40),
        metavar="INCHES",
        help="In inches, such as 3.4 for a column of a paper.",
    ),
    click.option("--dpi", type=click.FloatRange(10, 2400), help="Dots per inch; default 150."),
)


def figure_options(command: Command) -> Command:
    """``--figures``, ``--figure-width`` and ``--dpi``; see ``figure_arguments``."""
    for option in reversed(FIGURE_OPTIONS):
        command = option(command)
    return command


def figure_arguments(options: dict[str, Any]) -> tuple[str, dict[str, float]]:
    """Takes them out of the options of a command: the suffix, and arguments of ``plots.save``."""
    suffix = f".{options.pop('figures')}"
    given = {"width": options.pop("figure_width"), "dpi": options.pop("dpi")}
    return suffix, {name: value for name, value in given.items() if value is not None}
