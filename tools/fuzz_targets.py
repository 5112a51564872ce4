"""What tools/fuzz.py damages and reads: one line in TARGETS for each reader of mlsearch."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mlsearch.base.errors import CheckpointError, MazeFormatError
from mlsearch.base.settings import replaced
from mlsearch.cli.train import _file_settings
from mlsearch.config import RunConfig
from mlsearch.data.folder import ARRAYS, META
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.one_way.mazes import OneWayMazes
from mlsearch.domains.problems import Problems
from mlsearch.domains.puzzles.cube import Cube
from mlsearch.domains.puzzles.lights_out import LightsOut
from mlsearch.domains.puzzles.line_puzzles import Pancake
from mlsearch.domains.puzzles.sokoban import Sokoban
from mlsearch.domains.puzzles.tiles import Tiles
from mlsearch.learning.methods import METHODS
from mlsearch.learning.training import Trainer
from mlsearch.runs.checkpoint import load_model, load_tensors, read_config
from mlsearch.runs.scalars import read_scalars

SMALL = {
    "domain.height": 4,
    "domain.width": 5,
    "data.num_trajectories": 4,
    "model.hidden": 3,
    "model.num_blocks": 1,
    "model.embedding": 2,
    "training.batch_size": 4,
    "training.steps": 2,
    "training.log_every": 1,
}


class Target(NamedTuple):
    """A reader, and what to feed it.

    Attributes:
        make: fills an empty folder with what can be read.
        file: the file in it that is damaged.
        read: reads the folder.
        allowed: the exceptions that its documentation names.
        repair: called with the folder after the damage, to get past a checksum.
    """

    make: Callable[[Path], object]
    file: str
    read: Callable[[Path], object]
    allowed: type[Exception]
    repair: Callable[[Path], object] = lambda folder: None


def config() -> RunConfig:
    """A run that takes no time."""
    return replaced(METHODS["contrastive"], SMALL)


def make_run(folder: Path) -> None:
    """A whole run."""
    Trainer(config(), folder).run()


def make_trajectories(folder: Path) -> None:
    """A folder of trajectories."""
    Trajectories.sample(Mazes.generate(3, (4, 5)), seed=1).save(folder / "data")


def make_costly_trajectories(folder: Path) -> None:
    """A folder of trajectories in mazes with eight moves and costs."""
    data = Trajectories.sample(costly_mazes(), policy="random_walk", max_length=6, seed=1)
    data.save(folder / "data")


def make_scrambles(folder: Path) -> None:
    """A folder of trajectories of a cube."""
    Trajectories.sample(Cube(2), num=3, max_length=6, seed=1).save(folder / "data")


def make_mazes(folder: Path) -> None:
    """A file of mazes."""
    Mazes.generate(3, (4, 5)).save(folder / "mazes.npz")


def stored_mazes(folder: Path) -> None:
    """A file of mazes that is not compressed, so that damage reaches the array's header."""
    np.savez(folder / "mazes.npz", walls=Mazes.generate(3, (4, 5)).walls)


def drawn_maze(name: str) -> Callable[[Path], object]:
    """What writes a maze to a file of that name."""
    return lambda folder: Mazes.generate(1, (4, 5), seed=2).save(folder / name)


def drawn_problem(folder: Path) -> None:
    """A drawing with a start and a goal."""
    Problems.sample(Mazes.generate(1, (4, 5), seed=2)).save(folder / "maze.txt")


def colourful_picture(folder: Path) -> None:
    """A picture of more kinds of chunks: a palette, what is transparent in it, and text."""
    walls = Mazes.generate(1, (4, 5), seed=2).walls[0]
    picture = Image.fromarray(walls).convert("P")
    notes = PngInfo()
    notes.add_text("Title", "a maze")
    notes.add_text("Comment", "a maze" * 20, zip=True)
    picture.save(folder / "maze.png", pnginfo=notes, transparency=1, dpi=(72, 72))


def repair_chunks(folder: Path) -> None:
    """Gives each chunk of a damaged picture the sum that it should have."""
    data = bytearray((folder / "maze.png").read_bytes())
    begin = 8
    while begin + 12 <= len(data):
        end = begin + 8 + int.from_bytes(data[begin : begin + 4], "big")
        data[end : end + 4] = zlib.crc32(data[begin + 4 : end]).to_bytes(4, "big")
        begin = end + 4
    (folder / "maze.png").write_bytes(data[:10_000])


def photograph(name: str) -> Callable[[Path], object]:
    """What draws a maze with cells of 2 x 2 pixels to a picture of that name."""

    def make(folder: Path) -> None:
        walls = Mazes.generate(1, (4, 5), seed=2).walls[0]
        pixels = np.where(walls == 1, 0, 255).astype(np.uint8).repeat(2, 0).repeat(2, 1)
        Image.fromarray(pixels).convert("RGB").save(folder / name, quality=95)

    return make


def maze_file(name: str, make: Callable[[Path], object] | None = None, **options: Any) -> Target:
    """A file with a maze."""
    read = lambda folder: Mazes.load(folder / name, **options)  # noqa: E731
    return Target(make or drawn_maze(name), name, read, MazeFormatError)


def repair_checksums(folder: Path) -> None:
    """Makes ``meta.json`` agree with the damaged arrays."""
    path = folder / "data" / META
    meta = json.loads(path.read_text())
    files = {name: folder / "data" / f"{name}.npy" for name in meta["sha256"]}
    meta["sha256"] = {n: hashlib.sha256(file.read_bytes()).hexdigest() for n, file in files.items()}
    path.write_text(json.dumps(meta))


def read_mazes(folder: Path) -> object:
    """The mazes."""
    return Mazes.load(folder / "mazes.npz")


def read_trajectories(folder: Path) -> object:
    """The trajectories, each of which is looked at."""
    return Trajectories.load(folder / "data").states.sum()


SOLVED = "".join(9 * letter for letter in "URFDLB")
SCRAMBLES = f"# a comment\nR U R' U'\n\nF2 B' L2 D U2 R'\n{SOLVED}\n"
BOARDS = "1 2 3 4 5 6 7 8 9 10 11 12 13 0 14 15\n1,2,3,4,5,6,7,8,9,10,0,12,13,14,11,15\nD R U L\n"
LEVELS = "; 0\n#######\n#  @  #\n#.$*$.#\n#     #\n#######\n\n; 1\n#####\n#+$ #\n#####\n"


def written(name: str, text: str) -> Callable[[Path], object]:
    """What writes a text to a file of that name."""
    return lambda folder: (folder / name).write_text(text, encoding="ascii")


def saved_problems(name: str) -> Callable[[Path], object]:
    """What saves problems of a cube, some with their optima, to a file of that name."""
    return lambda folder: Problems.sample(Cube(3), num=3, scramble=4).save(folder / name)


def saved_worlds(domain: Any, name: str) -> Callable[[Path], object]:
    """What saves problems in several worlds to a file of that name."""
    return lambda folder: Problems.sample(domain, seed=1).save(folder / name)


def costly_mazes() -> Mazes:
    """Mazes with eight moves and costs."""
    walls = Mazes.generate(2, (4, 5), seed=1).walls
    return Mazes(walls, "eight", costs=1.5 + walls)


LIGHTS = "1 0 0 0 1 0 0 0 1\n000111000\n"
STACKS = "# flips, and a stack\n3 2 1 4 5\n1,2,3,5,4\n"
CODES = "^.#.\n.>.#\n..<.\nv..#\n"
COSTLY_MAP = "type octile\nheight 4\nwidth 5\nmap\n.....\n.SW@.\n..W..\nTT...\n"


def old_config(folder: Path) -> None:
    """The config of a run of format version 1."""
    make_run(folder)
    path = folder / "config.json"
    content = json.loads(path.read_text())
    values = content["config"]
    values["mazes"] = values.pop("domain")
    values["mazes"].pop("name")
    content["format_version"] = 1
    path.write_text(json.dumps(content))


SCENARIOS = "version 1\n0\tmaze.map\t5\t4\t{}\t{}\t{}\t{}\t3.41421356\n"


def scenarios(folder: Path) -> None:
    """Scenarios beside their map."""
    maze = Mazes.generate(1, (4, 5), seed=2)
    maze.save(folder / "maze.map")
    problem = Problems.sample(maze)
    ends = (int(cells[0]) for cells in (problem.starts, problem.goals))
    columns_and_rows = [number for cell in ends for number in divmod(cell, 5)[::-1]]
    (folder / "maze.scen").write_text(SCENARIOS.format(*columns_and_rows), encoding="ascii")


def problem_file(name: str, domain: Any, make: Callable[[Path], object]) -> Target:
    """A file of problems."""
    read = lambda folder: Problems.load(folder / name, domain)  # noqa: E731
    return Target(make, name, read, MazeFormatError)


def array(name: str) -> Target:
    """An array of a folder of trajectories."""
    path = f"data/{name}.npy"
    return Target(make_trajectories, path, read_trajectories, MazeFormatError, repair_checksums)


FILES = ("walls", *ARRAYS)
STATE = "training_state/last.safetensors"
TARGETS = {
    "mazes": Target(make_mazes, "mazes.npz", read_mazes, MazeFormatError),
    "stored_mazes": Target(stored_mazes, "mazes.npz", read_mazes, MazeFormatError),
    "npy": maze_file("maze.npy"),
    "map": maze_file("maze.map"),
    "drawing": maze_file("maze.txt"),
    "problem": Target(
        drawn_problem, "maze.txt", lambda f: Problems.load(f / "maze.txt"), MazeFormatError
    ),
    "costly_map": maze_file(
        "maze.map", written("maze.map", COSTLY_MAP), costs={"S": 3, "W": 5.5}, moves="eight"
    ),
    "jpg": maze_file("maze.jpg", photograph("maze.jpg"), cell_pixels=2, threshold=100),
    "webp": maze_file("maze.webp", photograph("maze.webp"), cell_pixels=2),
    "png": maze_file("maze.png"),
    "colourful_png": maze_file("maze.png", colourful_picture)._replace(repair=repair_chunks),
    "scrambles": problem_file("cubes.txt", Cube(3), written("cubes.txt", SCRAMBLES)),
    "boards": problem_file("boards.txt", Tiles(4), written("boards.txt", BOARDS)),
    "lights": problem_file("lights.txt", LightsOut(3), written("lights.txt", LIGHTS)),
    "stacks": problem_file("stacks.txt", Pancake(5), written("stacks.txt", STACKS)),
    "one_way": Target(
        written("maze.txt", CODES),
        "maze.txt",
        lambda f: OneWayMazes.parse((f / "maze.txt").read_text(encoding="latin-1")),
        ValueError,
    ),
    "levels": problem_file("levels.xsb", None, written("levels.xsb", LEVELS)),
    "scenarios": problem_file("maze.scen", None, scenarios),
    "scenario_map": problem_file("maze.scen", None, scenarios)._replace(file="maze.map"),
    "levels_json": problem_file(
        "levels.json", None, saved_worlds(Sokoban.parse(LEVELS), "levels.json")
    ),
    "levels_npz": problem_file(
        "levels.npz", None, saved_worlds(Sokoban.parse(LEVELS), "levels.npz")
    ),
    "one_way_json": problem_file(
        "mazes.json", None, saved_worlds(OneWayMazes.generate(2, 4), "mazes.json")
    ),
    "costs_json": problem_file("mazes.json", None, saved_worlds(costly_mazes(), "mazes.json")),
    "costs_npz": problem_file("mazes.npz", None, saved_worlds(costly_mazes(), "mazes.npz")),
    "problems_json": problem_file("cubes.json", None, saved_problems("cubes.json")),
    "problems_npz": problem_file("cubes.npz", None, saved_problems("cubes.npz")),
    "meta": Target(make_trajectories, f"data/{META}", read_trajectories, MazeFormatError),
    **{name: array(name) for name in FILES},
    "costs": array("costs")._replace(make=make_costly_trajectories),
    "scramble_meta": Target(make_scrambles, f"data/{META}", read_trajectories, MazeFormatError),
    "scramble_states": array("states")._replace(make=make_scrambles),
    "old_config": Target(old_config, "config.json", read_config, CheckpointError),
    "config": Target(make_run, "config.json", read_config, CheckpointError),
    "model": Target(make_run, "config.json", load_model, CheckpointError),
    "tensors": Target(make_run, STATE, lambda f: load_tensors(f / STATE), CheckpointError),
    "weights": Target(make_run, "model.safetensors", load_model, CheckpointError),
    "state": Target(make_run, STATE, lambda f: Trainer.resume(f).record.release(), CheckpointError),
    "scalars": Target(
        make_run, "scalars.csv", lambda f: read_scalars(f / "scalars.csv"), CheckpointError
    ),
    "settings": Target(
        make_run, "config.json", lambda f: _file_settings(str(f / "config.json")), ValueError
    ),
}
