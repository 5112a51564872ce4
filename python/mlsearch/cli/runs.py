"""Which run a command takes, and which baselines it shows beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.cli.options import chosen_device, is_named

if TYPE_CHECKING:
    from mlsearch.metrics.learned import LearnedMetric

RUNS = Path("runs")
LATEST = "latest"
SEED = re.compile(r"-seed\d+$")


class RunFolder(click.Path):
    """A path that exists, the name of a metric in the package, or "latest"; "./cube3" is a path."""

    def __init__(self, **options: Any) -> None:
        super().__init__(exists=True, path_type=Path, **options)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        from mlsearch.base.settings import did_you_mean
        from mlsearch.metrics.shipped import SHIPPED

        if value in SHIPPED:
            return SHIPPED[value]
        if value == LATEST:
            return newest_run() or self.fail(f"There is no run under {RUNS}/", param, ctx)
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            if not SHIPPED or Path(value).name != str(value):
                raise
            hint = f"It is no metric of the package either; {did_you_mean(str(value), SHIPPED)}"
            self.fail(f"{error.message} {hint}", param, ctx)


def newest_run() -> Path | None:
    """The run anywhere under ``runs/`` whose weights were written last, or None.

    A folder is a run if it has weights and the config of a run.
    """
    files = sorted(RUNS.rglob("model.safetensors"), key=lambda f: f.stat().st_mtime, reverse=True)
    return next((file.parent for file in files if domain_of(file.parent)), None)


def shipped_run(domain: str | None) -> Path | None:
    """The folder of the metric in the package for a domain, or None.

    Args:
        domain: a name; "cube" means any cube, before all that of the default size. None for
            mazes.
    """
    from mlsearch.domains.registry import domain_settings
    from mlsearch.metrics.shipped import DEFAULT, SHIPPED
    from mlsearch.runs.checkpoint import read_config

    if domain is None:
        return SHIPPED.get(DEFAULT)
    meant = domain_settings(domain)
    runs = [folder for folder in SHIPPED.values() if is_of(folder, domain)]
    return max(runs, key=lambda run: bool(read_config(run).domain == meant), default=None)


def domain_of(run: Path) -> str | None:
    """The name of the domain of a run; None if its config cannot be read."""
    from mlsearch.base.errors import CheckpointError
    from mlsearch.domains.registry import registered_name
    from mlsearch.runs import checkpoint

    try:
        return registered_name(checkpoint.read_config(run).domain)
    except (CheckpointError, OSError):
        return None


def is_of(run: Path, domain: str) -> bool:
    """Whether a run is of the domain of a name, such as "cube" or "cube3".

    Raises:
        ValueError: the domain is unknown.
    """
    from mlsearch.base.errors import CheckpointError
    from mlsearch.runs import checkpoint

    try:
        settings = checkpoint.read_config(run).domain
    except (CheckpointError, OSError):
        return False
    return is_named(domain, settings)


def grouped(runs: Sequence[Path], label: Callable[[Path], str] = str) -> dict[str, list[Path]]:
    """Runs by what to call them; those that differ in their seed alone are one heuristic.

    Folders ``NAME-seed0``, ``NAME-seed1`` and so on, two or more of them, are called ``NAME``.

    Args:
        runs: run folders.
        label: what to call the folder of a run.

    Raises:
        ValueError: the configs of such folders differ in more than their seed.
    """
    found: dict[str, list[Path]] = {}
    for run in dict.fromkeys(runs):
        found.setdefault(SEED.sub("", label(run)), []).append(run)
    for folders in found.values():
        if len(folders) > 1:
            _check_alike(folders)
    return {
        name if len(folders) > 1 else label(folders[0]): folders for name, folders in found.items()
    }


def _check_alike(folders: Sequence[Path]) -> None:
    from mlsearch.base.settings import replaced
    from mlsearch.runs.checkpoint import read_config

    first, *others = [replaced(read_config(folder), {"seed": 0}) for folder in folders]
    for folder, other in zip(folders[1:], others, strict=True):
        if other != first:
            raise ValueError(
                f"{folder}: expected the config of {folders[0]} but for the seed; "
                f"rename one of the folders to show them apart"
            )


def chosen_run(run: Path | None, domain: str | None) -> Path | None:
    """The run folder that a command takes.

    That is ``run``, or else the one of the domain that comes with the package: never a folder that
    happens to be there. Prints a note and returns None if there is neither.

    Args:
        run: a run folder, or None.
        domain: the name of a domain; None for mazes.
    """
    if chosen := run or shipped_run(domain):
        return chosen
    option = f" --domain {domain}" if domain else ""
    click.echo(
        f"No metric for domain {domain or 'maze'!r} comes with the package, so only baselines are "
        f"shown; name a run, or {LATEST!r} for the one trained last, or train one with: "
        f"mlsearch train{option}",
        err=True,
    )
    return None


def chosen_metric(
    run: Path | None, domain: str | None, device: str
) -> tuple[str, LearnedMetric] | None:
    """The metric of ``chosen_run``, and what to call it.

    Args:
        run: a run folder, or None.
        domain: the name of a domain; None for mazes.
        device: as of ``--device``.
    """
    from mlsearch.metrics.learned import load
    from mlsearch.metrics.shipped import label_of

    chosen = chosen_run(run, domain)
    return (label_of(chosen), load(chosen, chosen_device(device))) if chosen else None


def beside(domain: Any) -> dict[str, str]:
    """The baselines to show beside a heuristic: the yardstick, then those that know something."""
    from mlsearch.domains.extras import extra
    from mlsearch.search.heuristics import baselines_of

    names = [name for name in baselines_of(domain) if name not in ("zero", "random")]
    return {name: name for name in (extra(domain, "yardstick"), *names)}
