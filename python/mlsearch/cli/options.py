"""Options that several commands have."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def seed_option(default: int = 0) -> Callable[[Command], Command]:
    """``--seed``."""
    return click.option(
        "--seed", type=click.IntRange(0), default=default, show_default=True, help="Random seed."
    )


def device_option(command: Command) -> Command:
    """``--device cpu|cuda|auto``; see ``chosen_device``."""
    option = click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda"]),
        default="auto",
        show_default=True,
        help="Where the network runs; auto takes the GPU when there is one.",
    )
    return option(command)


def chosen_device(name: str) -> str:
    """The device that an option names, made ready.

    On the CPU, PyTorch is set to one thread unless ``OMP_NUM_THREADS`` says otherwise: these
    networks are too small to gain from more, and lose much when other programs run.

    Raises:
        ValueError: "cuda" was asked for and PyTorch sees no GPU.
    """
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device: expected a CUDA GPU, but PyTorch sees none; use cpu or auto")
    if name == "cuda" or (name == "auto" and torch.cuda.is_available()):
        return "cuda"
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)
    return "cpu"


class WithMethods(click.Command):
    """A command whose help ends in what each method does."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the methods, then the examples."""
        from mlsearch.learning.methods import ABOUT, METHODS

        with formatter.section("Methods"):
            formatter.write_dl([(name, ABOUT.get(name, "")) for name in METHODS])
        super().format_epilog(ctx, formatter)


def quiet_option(command: Command) -> Command:
    """``--quiet``."""
    return click.option("--quiet", is_flag=True, help="Print no progress.")(command)


def json_option(command: Command) -> Command:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")(command)


FORMATS = ("table", "markdown", "latex", "csv", "json")
SHORT = "mlsearch.json"  # whether --json was given


def format_option(command: Command) -> Command:
    """``--format``, as ``output``; ``--json``, which all commands have, is short for one of them.

    See ``mlsearch.cli.output.print_tables``.
    """
    choice = click.option(
        "--format",
        "output",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        callback=lambda context, option, value: "json" if context.meta[SHORT] else value,
        help="How results are printed; csv has all digits.",
    )
    short = click.option(
        "--json",
        is_flag=True,
        is_eager=True,  # known before --format is looked at
        expose_value=False,
        callback=lambda context, option, value: context.meta.update({SHORT: value}),
        help="Short for --format json.",
    )
    return choice(short(command))


def num_option(command: Command) -> Command:
    """``--n``, how many problems."""
    option = click.option(
        "-n",
        "--n",
        "num",
        type=click.IntRange(1),
        default=1000,
        show_default=True,
        help="How many problems.",
    )
    return option(command)


NO_SEARCH = click.option(
    "--no-search", is_flag=True, help="Greedy descent instead of best-first search."
)
SEARCH_OPTIONS = (
    click.option(
        "--beam-width", type=click.IntRange(1), help="Beam search: states kept of each layer."
    ),
    click.option(
        "--weight", type=click.FloatRange(0), help="Weighted A*: priority g + weight * h."
    ),
    click.option(
        "--expansions-per-round", type=click.IntRange(1), help="States expanded together; 1."
    ),
    click.option("--max-expansions", type=click.IntRange(0), help="Budget of each problem."),
    click.option(
        "--max-generated",
        type=click.IntRange(0),
        help="Budget of each problem in generated states.",
    ),
    click.option(
        "--max-bytes",
        type=click.IntRange(1),
        help="Budget of each problem in memory; default 4 GiB.",
    ),
)


SEARCH_NAMES = (
    "beam_width",
    "weight",
    "expansions_per_round",
    "max_expansions",
    "max_generated",
    "max_bytes",
)


def search_options(command: Command) -> Command:
    """Options that say how to search; see ``search_arguments``."""
    for option in reversed(SEARCH_OPTIONS):
        command = option(command)
    return command


def search_arguments(options: dict[str, Any]) -> dict[str, Any]:
    """Takes the options of how to search out of those of a command, as arguments of ``solve``."""
    given = _given({name: options.pop(name) for name in SEARCH_NAMES})
    return {**given, "search": False} if options.pop("no_search", False) else given


def domain_option(command: Command) -> Command:
    """``--domain``, as a name or None; see ``domain_settings_from``."""
    option = click.option(
        "--domain",
        metavar="NAME",
        help="Such as cube3 or tiles4:blank=first; default that of the run, or maze.",
    )
    return option(command)


if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:  # which is generic in new versions of click alone
    ParamType = click.ParamType


class Scramble(ParamType):
    """A number of moves, or "uniform"."""

    name = "N|uniform"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value == "uniform" or isinstance(value, int):
            return value
        if str(value).isdecimal():
            return int(value)
        message = f"expected a number of moves or uniform, got {value!r}"
        raise click.BadParameter(message, ctx, param)


def scramble_option(command: Command) -> Command:
    """``--scramble``, an int, "uniform" or None; see ``Problems.sample``."""
    option = click.option(
        "--scramble",
        type=Scramble(),
        help="Moves of each scramble, or uniform; default the domain's.",
    )
    return option(command)


MAZE_OPTIONS = (
    click.option("--size", help="Of mazes: height x width, for example 20 or 30x40."),
    click.option(
        "--generator",
        type=click.Choice(["percolation", "depth_first", "wilson", "prim"]),
        help="How mazes are made.",
    ),
    click.option("--wall-probability", type=float, help="Of a cell, in percolation mazes."),
    click.option("--loops", type=float, help="Fraction of inner walls opened, in tree mazes."),
)


def domain_options(command: Command) -> Command:
    """Options that say which worlds; None where not given. See ``domain_settings_from``."""
    for option in reversed(MAZE_OPTIONS):
        command = option(command)
    return domain_option(command)


def domain_named(domain: str | None = None, **mazes: Any) -> str | None:
    """The domain that the options ask for: the one named, mazes for maze options, or None.

    Raises:
        ValueError: maze options were given for another domain.
    """
    given = _given(mazes)
    if given and domain not in (None, "maze"):
        _refuse(given, domain)
    return "maze" if given else domain


def domain_settings_from(base: Any, domain: str | None = None, **mazes: Any) -> Any:
    """The settings of the domain that the options ask for.

    Args:
        base: settings to start from, those of a run, or None for those of mazes. They stay as
            they are unless ``domain`` names another one.
        domain: of ``--domain``.
        mazes: the options of ``MAZE_OPTIONS``.

    Raises:
        ValueError: the domain is unknown, a value is out of range, or maze options were given
            for another domain.
    """
    from mlsearch.base.settings import replaced
    from mlsearch.domains.maze.config import MazeConfig
    from mlsearch.domains.registry import domain_settings, registered_name

    settings = domain_settings("maze") if base is None else base
    if domain is not None and not is_named(domain, settings):
        settings = domain_settings(domain)
    given = _given(mazes)
    if given and not isinstance(settings, MazeConfig):
        _refuse(given, registered_name(settings))
    return replaced(settings, _maze_changes(given))


def is_named(domain: str, settings: Any) -> bool:
    """Whether a name means settings: "cube" those of any cube, "cube3" those of size 3.

    "cube3:turns=half" means those settings alone.

    Raises:
        ValueError: the domain is unknown.
    """
    from mlsearch.domains.registry import domain_settings, registered_name

    named = domain_settings(domain)
    if type(named) is not type(settings):
        return False
    if ":" in domain:
        return bool(named == settings)
    return domain == registered_name(settings) or bool(named.size == settings.size)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _refuse(given: dict[str, Any], domain: str) -> NoReturn:
    flags = ", ".join(f"--{name.replace('_', '-')}" for name in given)
    raise ValueError(f"{flags}: expected with mazes alone, but the domain is {domain!r}")


def _maze_changes(given: dict[str, Any]) -> dict[str, Any]:
    """The maze options that were given, by the names of ``MazeConfig``."""
    changes = {name: value for name, value in given.items() if name != "size"}
    if "size" in given:
        changes["height"], changes["width"] = _parsed_size(given["size"])
    return changes


def _parsed_size(text: str) -> tuple[int, int]:
    try:
        sides = [int(side) for side in text.lower().split("x")]
    except ValueError:
        sides = []
    if len(sides) not in (1, 2):
        message = f"expected a size such as 20 or 30x40, got {text!r}"
        raise click.BadParameter(message, param_hint="--size")
    return sides[0], sides[-1]
