"""Mazes in the files of others: what is written can be read, what is wrong is named."""

import io
import struct
import zipfile
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from mlsearch.base.errors import MazeFormatError
from mlsearch.domains.maze.files import FORMATS
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.search.solve import solve

WALLS = np.array([[0, 0, 1, 0], [1, 0, 0, 0], [1, 1, 0, 1]], np.uint8)
MAP = "type octile\nheight 3\nwidth 4\nmap\n..@.\n@...\n@@.@\n"
WRITABLE = [suffix for suffix, form in FORMATS.items() if form.write]
TERRAIN = "'.' 'G' 'S' '@' 'O' 'T' 'W' '#' 'g' 's' 'o' 't' 'w'"
shapes = st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12))
walls_of_any_size = shapes.flatmap(lambda s: arrays.arrays(np.uint8, s, elements=st.integers(0, 1)))
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)


def load(folder, name, content):
    path = folder / name
    path.write_bytes(content.encode("latin-1") if isinstance(content, str) else content)
    return Mazes.load(path)


def failure(folder, name, content):
    with pytest.raises(MazeFormatError) as caught:
        load(folder, name, content)
    assert str(caught.value).startswith(f"{folder / name}: ")
    return str(caught.value).removeprefix(f"{folder / name}: ")


# Every format --------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", WRITABLE)
@same_folder
@given(walls=walls_of_any_size)
def test_round_trip(tmp_path, suffix, walls):
    mazes = Mazes(walls if FORMATS[suffix].holds_several else walls[0])
    path = tmp_path / f"mazes{suffix}"
    mazes.save(path)
    assert Mazes.load(str(path)) == mazes
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@same_folder
@given(walls=walls_of_any_size, ends=st.tuples(*[st.integers(0, 2**16)] * 2))
def test_problems_round_trip(tmp_path, walls, ends):
    assume(walls.shape[2] > 1)
    walls[:, 0, :2] = 0
    mazes = Mazes(walls[0])
    free = np.flatnonzero(walls[0] == 0)
    start, goal = ends[0] % len(free), ends[1] % (len(free) - 1)
    goal += goal >= start
    problems = Problems(mazes, free[[start]], free[[goal]])
    problems.save(tmp_path / "one.txt")
    loaded = Problems.load(tmp_path / "one.txt")
    assert loaded.domain == mazes
    assert (loaded.starts, loaded.goals) == (problems.starts, problems.goals)
    assert Mazes.load(tmp_path / "one.txt") == mazes


@pytest.mark.parametrize("suffix", [s for s in WRITABLE if not FORMATS[s].holds_several])
def test_one_maze_for_a_file(tmp_path, suffix):
    with pytest.raises(ValueError, match=f"expected one maze, all that {suffix} holds, not 2"):
        Mazes([WALLS, WALLS]).save(tmp_path / f"two{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_unknown_format(tmp_path):
    for use in (Mazes.load, Mazes(WALLS).save):
        with pytest.raises(ValueError, match=r"one of (.*, )?\.map, \.npy, \.npz, \.png, \.txt"):
            use(tmp_path / "maze.gif")


@pytest.mark.parametrize("suffix", WRITABLE)
def test_large_letters_in_the_name(tmp_path, suffix):
    path = tmp_path / f"maze{suffix.upper()}"
    Mazes(WALLS).save(path)
    assert Mazes.load(path) == Mazes(WALLS)


@pytest.mark.parametrize("suffix", [".map", ".png", ".txt"])
def test_the_largest_maze(tmp_path, suffix):
    mazes = Mazes(np.random.default_rng(0).integers(0, 2, (4096, 4096), np.uint8))
    mazes.save(tmp_path / f"large{suffix}")
    assert Mazes.load(tmp_path / f"large{suffix}") == mazes


# Moving AI -----------------------------------------------------------------------------------


def test_map(tmp_path):
    for content in (MAP, MAP.replace("\n", "\r\n"), MAP[:-1], MAP + "\n\n"):
        assert load(tmp_path, "a.map", content) == Mazes(WALLS)
    Mazes(WALLS).save(tmp_path / "b.map")
    assert (tmp_path / "b.map").read_text() == MAP


def test_every_terrain(tmp_path):
    terrain = load(tmp_path, "a.map", "type octile\nheight 2\nwidth 5\nmap\n.GS@#\n.OTWo\n")
    np.testing.assert_array_equal(terrain.walls[0], [[0, 0, 0, 1, 1], [0, 1, 1, 1, 1]])


ROWS = MAP.partition("map\n")[2]
IN_THE_WILD = [
    "height 3\nwidth 4\nmap\n",
    "type octile\nwidth 4\nheight 3\nmap\n",
    "TYPE OCTILE\nHeight 3\nWIDTH 4\nMap\n",
    "type  octile \nheight\t3\nwidth  4\t\nmap \n",
    "\xef\xbb\xbftype octile\nheight 3\nwidth 4\nmap\n",
    "type octile\n\nheight 3\nwidth 4\n\nmap\n",
    "type octile\nheight 3\nwidth 4\n",
    "map\n",
    "",
]


@pytest.mark.parametrize("header", IN_THE_WILD)
def test_headers_as_they_are_found(tmp_path, header):
    assert load(tmp_path, "a.map", header + ROWS) == Mazes(WALLS)
    other = ROWS.replace("@", "#").replace("\n", " \t\r\n").lower()
    assert load(tmp_path, "b.map", header + other) == Mazes(WALLS)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1)])
def test_sides_of_one(tmp_path, shape):
    mazes = Mazes(np.zeros(shape, np.uint8))
    for suffix in WRITABLE:
        mazes.save(tmp_path / f"a{suffix}")
        assert Mazes.load(tmp_path / f"a{suffix}") == mazes
    cells = np.arange(mazes.num_cells)
    assert mazes.distances([0]).reshape(-1).tolist() == cells.tolist()
    result = solve(mazes, 0, cells[-1], "manhattan")
    assert result.cost.tolist() == [cells[-1]]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("type octile", "type hex", "line 1: expected 'type octile', got 'type hex'"),
        ("height 3", "height x", "line 2: expected 'height N', got 'height x'"),
        ("height 3", "height 4", "expected 4 rows, as line 2 says, got 3"),
        ("height 3", "height 3 4", "line 2: expected 'height N', got 'height 3 4'"),
        ("height 3", "height 1", "expected 1 rows, as line 2 says, got 3"),
        ("height 3", "height 0", "expected a height from 1 to 8192, got 0"),
        ("height 3", "height 3000000", "expected a height from 1 to 8192, got 3000000"),
        ("height 3", "height 9999999999", "line 2: expected 'height N', got 'height 9999999999'"),
        ("width 4", "width 8193", "expected a width from 1 to 8192, got 8193"),
        ("width 4", "width 5", "line 5: expected 5 columns, got 4"),
        ("@...", "@.x.", f"line 6, column 3: expected one of {TERRAIN}, got 'x'"),
        ("@...", "@. .", f"line 6, column 3: expected one of {TERRAIN}, got ' '"),
        ("type octile", "kind octile", f"line 1, column 1: expected one of {TERRAIN}, got 'k'"),
        ("@@.@\n", "@@.@\n....\n", "expected 3 rows, as line 2 says, got 4"),
        (MAP, "", "expected a height from 1 to 8192, got 0"),
        (MAP, "type octile\nmap\n", "expected a height from 1 to 8192, got 0"),
    ],
)
def test_bad_maps(tmp_path, old, new, message):
    assert old in MAP
    assert failure(tmp_path, "a.map", MAP.replace(old, new)) == message


def test_a_file_too_large_for_a_map_is_not_read(tmp_path):
    with (tmp_path / "a.map").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(MazeFormatError, match="expected at most"):
        Mazes.load(tmp_path / "a.map")


# Drawings ------------------------------------------------------------------------------------


def test_drawing(tmp_path):
    assert load(tmp_path, "a.txt", "  # \n#...\r\n##.#\n\n") == Mazes(WALLS)
    with pytest.raises(MazeFormatError, match="expected a start S and a goal G, got no start S"):
        Problems.load(tmp_path / "a.txt")


@pytest.mark.parametrize("letter", ["G", "E"])
def test_marks(tmp_path, letter):
    (tmp_path / "a.txt").write_text(f"S.#.\n#..{letter}\n##.#\n")
    problem = Problems.load(tmp_path / "a.txt")
    assert (problem.domain, problem.starts, problem.goals) == (Mazes(WALLS), 0, 7)
    problem.save(tmp_path / "b.txt")
    assert (tmp_path / "b.txt").read_text() == "S.#.\n#..G\n##.#\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected a width from 1 to 8192, got 0"),
        ("##\n" * 9000, "expected a height from 1 to 8192, got 8209"),
        ("#" * 8193 + "\n##", "expected a width from 1 to 8192, got 8193"),
        (".##\n.#\n", "line 2: expected 3 columns, got 2"),
        (".##\n.#x\n", "line 2, column 3: expected one of '#' '.' ' ' 'S' 'G' 'E', got 'x'"),
        ("SS.\n...\n", "line 1, column 2: expected one start at most, got a second"),
        ("G..\n..E\n", "line 2, column 3: expected one goal at most, got a second"),
    ],
)
def test_bad_drawings(tmp_path, content, message):
    assert failure(tmp_path, "a.txt", content) == message


def test_problems_that_cannot_be_drawn(tmp_path):
    problem = Problems(Mazes(WALLS), [0], [0])
    with pytest.raises(ValueError, match="goal: expected another cell than the start, got 0"):
        problem.save(tmp_path / "a.txt")
    with pytest.raises(ValueError, match=r"a name that ends in one of \.json, \.npz, \.txt"):
        problem.save(tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


# Pictures ------------------------------------------------------------------------------------

BRIGHTNESS = np.where(WALLS, 40, 200).astype(np.uint8)
PICTURES = {
    "grey": Image.fromarray(BRIGHTNESS),
    "black and white": Image.fromarray(WALLS == 0),
    "colours": Image.fromarray(np.stack([BRIGHTNESS] * 3, axis=2)),
    "palette": Image.fromarray(BRIGHTNESS).convert("P"),
    "16 bits": Image.fromarray(BRIGHTNESS.astype(np.uint16) * 256),
    "transparent": Image.merge(
        "LA", [Image.new("L", (4, 3)), Image.fromarray(np.where(WALLS, 255, 0).astype(np.uint8))]
    ),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_pictures_of_all_kinds(tmp_path, kind):
    PICTURES[kind].save(tmp_path / "a.png")
    assert Mazes.load(tmp_path / "a.png") == Mazes(WALLS)


def test_dark_is_below_the_middle_or_the_threshold(tmp_path):
    Image.fromarray(np.array([[127, 128], [0, 255]], np.uint8)).save(tmp_path / "a.png")
    assert Mazes.load(tmp_path / "a.png") == Mazes([[1, 0], [1, 0]])
    assert Mazes.load(tmp_path / "a.png", threshold=127) == Mazes([[0, 0], [1, 0]])
    assert Mazes.load(tmp_path / "a.png", threshold=255) == Mazes([[1, 1], [1, 0]])
    for threshold in (0, 256):
        with pytest.raises(ValueError, match=f"threshold: expected 1 to 255, got {threshold}"):
            Mazes.load(tmp_path / "a.png", threshold=threshold)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".webp"])
def test_cells_of_several_pixels(tmp_path, suffix):
    large = Image.fromarray(BRIGHTNESS).resize((32, 24), Image.Resampling.NEAREST)
    large.convert("RGB").save(tmp_path / f"a{suffix}")
    assert Mazes.load(tmp_path / f"a{suffix}", cell_pixels=8) == Mazes(WALLS)


@given(
    walls=arrays.arrays(
        np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20)), elements=st.integers(0, 1)
    ),
    cell_pixels=st.integers(1, 7),
)
@same_folder
def test_a_cell_is_a_wall_if_a_pixel_of_it_is(tmp_path, walls, cell_pixels):
    Mazes(walls).save(tmp_path / "a.png")
    height, width = (-(-side // cell_pixels) for side in walls.shape)
    expected = np.zeros((height, width), np.uint8)
    for row, column in np.argwhere(walls):
        expected[row // cell_pixels, column // cell_pixels] = 1
    assert Mazes.load(tmp_path / "a.png", cell_pixels=cell_pixels) == Mazes(expected)


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 0, 255), (0, 200, 0)])
def test_coloured_marks_are_free_and_told(tmp_path, caplog, colour):
    pixels = np.stack([BRIGHTNESS] * 3, axis=2)
    pixels[0, 1] = colour
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert Mazes.load(tmp_path / "a.png") == Mazes(WALLS)
    [message] = caplog.messages
    assert f"1 pixels are coloured, such as {colour} at row 0, column 1" in message
    assert "mark no start or goal" in message


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("most", [1, 40])
def test_pictures_without_a_bright_pixel_are_refused(tmp_path, dtype, most):
    """Arrays of 0 and 1 that were saved as a picture look black."""
    Image.fromarray(((WALLS == 0) * most).astype(dtype)).save(tmp_path / "a.png")
    with pytest.raises(MazeFormatError, match="no pixel is as bright as the threshold of 128"):
        Mazes.load(tmp_path / "a.png")
    if dtype == np.uint8:
        assert Mazes.load(tmp_path / "a.png", threshold=1) == Mazes(WALLS)


def test_options_of_another_format_are_refused(tmp_path):
    Mazes(WALLS).save(tmp_path / "a.map")
    with pytest.raises(ValueError, match=r"threshold: expected a name that ends in one of \.jpeg"):
        Mazes.load(tmp_path / "a.map", threshold=3)
    with pytest.raises(
        ValueError, match=r"a name that ends in one of \.map, \.npy, \.npz, \.png, \.txt"
    ):
        Mazes(WALLS).save(tmp_path / "a.jpg")


def picture(width, height):
    """A picture of that size by its header, of far too few pixels."""

    def chunk(kind, data):
        sum_of = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + sum_of

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rest = chunk(b"IDAT", zlib.compress(b"\0" * 10)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rest


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (picture(2**31 - 1, 2**31 - 1), "expected a width from 1 to 8192, got 2147483647"),
        (picture(20, 8193), "expected a height from 1 to 8192, got 8193"),
        (picture(0, 20), "expected a width from 1 to 8192, got 0"),
        (picture(20, 20), "expected a PNG picture, got a damaged one"),
        (b"GIF89a" + bytes(100), "expected a PNG picture, got bytes 47 49 46 38 39 61 00 00"),
        (b"", "expected a PNG picture, got bytes "),
    ],
)
def test_bad_pictures(tmp_path, content, message):
    assert failure(tmp_path, "a.png", content).startswith(message)


# NumPy ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, ">i2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_all_kinds(tmp_path, dtype, order):
    np.save(tmp_path / "a.npy", np.asarray([WALLS, 1 - WALLS], dtype, order=order))
    assert Mazes.load(tmp_path / "a.npy") == Mazes([WALLS, 1 - WALLS])
    np.savez_compressed(tmp_path / "a.npz", walls=np.asarray(WALLS, dtype, order=order))
    assert Mazes.load(tmp_path / "a.npz") == Mazes(WALLS)


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected an .npy file of mazes"),
        (npy(WALLS)[:-1], "expected 12 bytes for shape [3, 4], got 11"),
        (npy(WALLS) + b"x", "expected 12 bytes for shape [3, 4], got 13"),
        (npy(WALLS).replace(b"(3, 4)", b"(-3,4)"), "bytes at most, got shape [-3, 4]"),
        (
            npy(WALLS).replace(b"4), }" + b" " * 7, b"4000000000)}"),
            "bytes at most, got shape [3, 40000",
        ),
        (npy(WALLS * 1.0), "expected bool or integers, got dtype float64"),
        (npy(WALLS + 1), "walls: expected 0 or 1, got 2 at [0, 0, 2]"),
        (npy(WALLS[0]), "walls: expected shape [B, H, W] or [H, W], got [4]"),
        (npy(np.zeros((2, 9000), bool)), "walls: expected height and width from 1 to 8192"),
    ],
)
def test_bad_arrays(tmp_path, content, message):
    assert message in failure(tmp_path, "a.npy", content)


def test_an_archive_that_promises_more_than_it_can_hold(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("walls.npy", npy(WALLS))
    content = (tmp_path / "a.npz").read_bytes()
    size = struct.pack("<I", len(npy(WALLS)))
    bomb = content.replace(size, struct.pack("<I", 2**31 - 1))
    assert bomb != content
    assert "2147483647 bytes are not in a file of this size" in failure(tmp_path, "a.npz", bomb)


# maze-dataset --------------------------------------------------------------------------------


@pytest.fixture(params=["stand-in", "package"])
def lattice_kinds(request):
    """What makes lattice mazes and solved ones: of the package, or plain objects like them."""
    if request.param == "stand-in":
        return SimpleNamespace, SimpleNamespace
    package = pytest.importorskip("maze_dataset", reason="needs the package maze-dataset")
    return package.LatticeMaze, lambda **fields: package.SolvedMaze(
        **fields, solution=np.array([fields["start_pos"], fields["end_pos"]]), allow_invalid=True
    )


def connections(walls):
    """Rooms at even rows and columns, the slow way."""
    height, width = walls.shape
    found = np.zeros((2, (height + 1) // 2, (width + 1) // 2), bool)
    for row in range(0, height, 2):
        for column in range(0, width, 2):
            found[0, row // 2, column // 2] = row + 1 < height and not walls[row + 1, column]
            found[1, row // 2, column // 2] = column + 1 < width and not walls[row, column + 1]
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(seed=st.integers(0, 1000), rows=st.integers(2, 6), columns=st.integers(2, 6))
def test_lattices(lattice_kinds, seed, rows, columns):
    make, _ = lattice_kinds
    size = (2 * rows - 1, 2 * columns - 1)
    mazes = Mazes.generate(3, size, "wilson", loops=0.3, seed=seed)
    lattices = [make(connection_list=connections(walls)) for walls in mazes.walls]
    assert Mazes.from_maze_dataset(lattices) == mazes
    assert Mazes.from_maze_dataset(lattices[0]) == mazes[0]


def test_solved_lattices(lattice_kinds):
    _, make = lattice_kinds
    walls = Mazes.generate(1, (5, 7), "prim").walls[0]
    ends = {"start_pos": np.array([1, 2]), "end_pos": np.array([0, 3])}
    problems = Problems.from_maze_dataset(make(connection_list=connections(walls), **ends))
    assert problems.domain == Mazes(walls)
    assert (problems.starts, problems.goals) == (2 * 7 + 4, 6)


def test_lattices_for_the_package():
    pytest.importorskip("maze_dataset", reason="needs the package maze-dataset")
    mazes = Mazes.generate(3, (5, 7), "depth_first")
    lattices = mazes.to_maze_dataset()
    assert [maze.lattice_dim for maze in lattices] == [2, 2, 2]
    assert Mazes.from_maze_dataset(lattices) == mazes
    with pytest.raises(ValueError, match="mazes: maze 0 is no lattice: expected odd sides"):
        Mazes(WALLS).to_maze_dataset()


OPEN = connections(np.zeros((5, 5)))


@pytest.mark.parametrize(
    ("mazes", "error", "message"),
    [
        (3, TypeError, "mazes: expected objects with 'connection_list', got int"),
        ([3], TypeError, "mazes: expected objects with 'connection_list', got int"),
        ([], ValueError, "mazes: expected at least one, got none"),
        (OPEN * 1.0, TypeError, "connection_list: expected bool, got dtype float64"),
        (OPEN[:1], ValueError, r"connection_list: expected shape \[2, R, C\], got \[1, 3, 3\]"),
        (OPEN | True, ValueError, "connection_list: expected no connection from the last row"),
    ],
)
def test_bad_lattices(mazes, error, message):
    if isinstance(mazes, np.ndarray):
        mazes = SimpleNamespace(connection_list=mazes)
    with pytest.raises(error, match=message):
        Mazes.from_maze_dataset(mazes)


def test_lattices_of_several_sizes_and_without_ends():
    kinds = [SimpleNamespace(connection_list=connections(np.zeros((n, 5)))) for n in (5, 7)]
    with pytest.raises(ValueError, match=r"mazes of one size, got \(5, 5\) and \(7, 5\) cells"):
        Mazes.from_maze_dataset(kinds)
    with pytest.raises(ValueError, match="start_pos: expected a row and a column below"):
        Problems.from_maze_dataset(kinds[0])
