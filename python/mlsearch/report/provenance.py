"""Where the results of a page come from, and how to cite it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsearch import __version__
from mlsearch.base.files import without_places
from mlsearch.report.entries import Entry, folder_names

YEAR = 2026
BIBTEX = """@software{{mlsearch,
  title = {{mlsearch: learned distances as search heuristics}},
  author = {{{{The mlsearch developers}}}},
  version = {{{version}}},
  year = {{{year}}},
  license = {{MIT}}
}}"""


@dataclass(frozen=True)
class Method:
    """A trained method on the page.

    Attributes:
        name: what the tables call it.
        about: what it does, in a few words; may be empty.
        command: that trains its runs; may be empty.
        facts: seeds, steps, version and date.
    """

    name: str
    about: str
    command: str
    facts: list[str]


def methods_of(entries: Sequence[Entry]) -> list[Method]:
    """Each training run of the page, all of its seeds together; a classifier has one."""
    first = {entry.run: entry for entry in reversed(entries) if entry.is_learned}
    return [
        Method(e.run, e.about, e.command, _facts([_content(folder) for folder in e.folders]))
        for e in reversed(first.values())
    ]


def made_with(entries: Sequence[Entry]) -> str:
    """The version that made the page, and when its runs were trained, if that is known."""
    contents = [_content(folder) for folder in folder_names(entries)]
    return ", ".join([f"mlsearch {__version__}", *_dates(contents)])


def runs_of(entries: Sequence[Entry]) -> dict[str, dict[str, str]]:
    """Config and provenance of each run folder, as text, by the folder's name.

    Of absolute paths in a config, such as that of its data, the last part is shown.
    """
    found = {}
    for folder, name in folder_names(entries).items():
        content = _content(folder)
        found[name] = {
            "config": json.dumps(without_places(content["config"]), indent=2),
            "made_with": json.dumps(content["made_with"], indent=2),
        }
    return found


def bibtex() -> str:
    """An entry for the package, as README.md has it."""
    return BIBTEX.format(version=__version__, year=YEAR)


def _content(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return content


def _facts(contents: Sequence[dict[str, Any]]) -> list[str]:
    configs = [content["config"] for content in contents]
    seeds = ", ".join(str(config["seed"]) for config in configs)
    versions = sorted({content["made_with"]["mlsearch"] for content in contents})
    return [
        f"{'seed' if len(configs) == 1 else 'seeds'} {seeds}",
        f"{configs[0]['training']['steps']:,} steps",
        f"mlsearch {', '.join(versions)}",
        *_dates(contents),
    ]


def _dates(contents: Sequence[dict[str, Any]]) -> list[str]:
    """When runs were trained; nothing of runs of older versions, which did not note it."""
    dates = sorted({c["made_with"]["date"] for c in contents if "date" in c["made_with"]})
    return [f"trained {' to '.join(dict.fromkeys([dates[0], dates[-1]]))}"] if dates else []
