import io
import zipfile

import numpy as np
import pytest
import reference_maze as reference

from mlsearch.base.errors import MazeFormatError
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems

WALLS = np.array([[0, 0, 1], [1, 0, 0]], np.uint8)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int64, np.uint32, ">i4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_any_integer_walls(dtype, order):
    mazes = Mazes(np.asarray([WALLS, WALLS], dtype, order=order))
    assert (len(mazes), mazes.shape, mazes.num_cells) == (2, (2, 3), 6)
    assert (mazes.shape.height, mazes.shape.width) == (2, 3)
    assert mazes.walls.dtype == np.uint8
    assert mazes.walls.flags.c_contiguous
    assert not mazes.walls.flags.writeable
    np.testing.assert_array_equal(mazes.walls, [WALLS, WALLS])


def test_one_maze_and_lists():
    assert Mazes(WALLS.tolist()) == Mazes(WALLS) == Mazes(WALLS[None])
    assert Mazes(WALLS) != Mazes(1 - WALLS)
    assert Mazes(WALLS) != "maze"
    assert repr(Mazes(WALLS)) == "Mazes(1 of 2 x 3)"


def test_walls_are_copied():
    walls = WALLS.copy()
    mazes = Mazes(walls)
    walls[0, 0] = 1
    assert mazes.walls[0, 0, 0] == 0


@pytest.mark.parametrize(
    ("walls", "error", "message"),
    [
        ([], ValueError, r"walls: expected shape .* got \[0\]"),
        (np.zeros((0, 3, 3), int), ValueError, "walls: expected shape"),
        (np.zeros(4, int), ValueError, "walls: expected shape .* got \\[4\\]"),
        (np.zeros((1, 1, 3, 3), int), ValueError, "walls: expected shape"),
        (np.zeros((0, 9), int), ValueError, "height and width from 1 to 8192, got \\[1, 0, 9\\]"),
        (np.zeros((2, 8193), bool), ValueError, "height and width from 1 to 8192"),
        ([[0, 1], [0]], ValueError, "walls: .* rows of different lengths"),
        ([[0, 1], [0, 2]], ValueError, "walls: expected 0 or 1, got 2 at \\[0, 1, 1\\]"),
        ([[0, 1], [0, -1]], ValueError, "walls: expected 0 or 1, got -1 at \\[0, 1, 1\\]"),
        ([[0, np.nan], [0, 0]], TypeError, "walls: expected bool or integers, got dtype float64"),
        (["##", "#."], TypeError, "walls: expected bool or integers, got dtype <U2"),
    ],
)
def test_bad_walls(walls, error, message):
    with pytest.raises(error, match=message):
        Mazes(walls)


def test_selection():
    mazes = Mazes.generate(6, (4, 5), wall_probability=0.2)
    np.testing.assert_array_equal(mazes[2].walls, mazes.walls[2:3])
    np.testing.assert_array_equal(mazes[-2:].walls, mazes.walls[4:])
    np.testing.assert_array_equal(mazes[[5, 0, 5]].walls, mazes.walls[[5, 0, 5]])
    np.testing.assert_array_equal(mazes[np.arange(6) > 3].walls, mazes.walls[4:])
    assert [maze.walls.shape for maze in mazes] == 6 * [(1, 4, 5)]
    assert not mazes[::2].walls.flags.writeable


@pytest.mark.parametrize("index", [6, slice(0, 0), (0, 0), [[0, 1], [2, 3]], "a"])
def test_bad_selection(index):
    with pytest.raises(IndexError):
        Mazes.generate(6, (4, 5))[index]


def test_is_free_and_num_free():
    mazes = Mazes([WALLS, 1 - WALLS])
    np.testing.assert_array_equal(mazes.is_free([0, 0]), [True, False])
    np.testing.assert_array_equal(mazes.is_free([[2, 1], [2, 1]]), [[False, True], [True, False]])
    np.testing.assert_array_equal(mazes.num_free, [4, 2])


def test_distances():
    mazes = Mazes(WALLS)
    assert mazes.distances([0]).tolist() == [[[0, 1, -1], [-1, 2, 3]]]
    assert mazes.distances(np.array([[0, 2]], np.uint8)).shape == (1, 2, 2, 3)
    np.testing.assert_array_equal(
        mazes.all_distances()[0].reshape(6, 2, 3),
        [reference.distance_field(WALLS, goal) for goal in range(6)],
    )


@pytest.mark.parametrize(
    ("goals", "error", "message"),
    [
        (0, ValueError, "goals: expected one entry for each of 2 mazes, got shape \\[\\]"),
        ([0], ValueError, "goals: expected one entry for each of 2 mazes, got shape \\[1\\]"),
        ([0, 6], ValueError, "goals: expected cells from 0 to 5, got 6 at \\[1\\]"),
        ([0, -1], ValueError, "goals: expected cells from 0 to 5, got -1 at \\[1\\]"),
        ([0, 2**32], ValueError, "goals: expected cells from 0 to 5, got 4294967296"),
        ([0.0, 1.0], TypeError, "goals: expected integers, got dtype float64"),
        ([True, False], TypeError, "goals: expected integers, got dtype bool"),
        ([[[0]], [[0]]], ValueError, "goals: expected shape \\[B\\] or \\[B, K\\]"),
        ([[0], [0, 1]], ValueError, "goals: .* rows of different lengths"),
    ],
)
def test_bad_goals(goals, error, message):
    with pytest.raises(error, match=message):
        Mazes([WALLS, WALLS]).distances(goals)


def test_all_distances_refuse_to_fill_the_memory():
    with pytest.raises(ValueError, match=r"would take 1024\.0 GiB, the limit is 16 GiB"):
        Mazes(np.zeros((1, 1024, 512), np.uint8)).all_distances()


def test_file_round_trip(tmp_path):
    mazes = Mazes.generate(7, (5, 9))
    path = tmp_path / "mazes.npz"
    Mazes.generate(1).save(path)
    mazes.save(path)
    assert Mazes.load(str(path)) == mazes
    assert list(tmp_path.iterdir()) == [path]
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays.files == ["walls"]


def archive(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def zip_of_text():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("walls.npy", "no array")
    return buffer.getvalue()


def plain_array():
    buffer = io.BytesIO()
    np.save(buffer, WALLS)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        archive(walls=WALLS)[:-30],
        archive(walls=WALLS).replace(WALLS.tobytes(), bytes(6)),
        archive(other=WALLS),
        archive(walls=WALLS + 1),
        archive(walls=WALLS * 1.0),
        archive(walls=np.array([None])),
        zip_of_text(),
        plain_array(),
    ],
    ids=["empty", "text", "cut", "flipped", "name", "values", "dtype", "object", "zip", "npy"],
)
def test_damaged_files(tmp_path, content):
    path = tmp_path / "mazes.npz"
    path.write_bytes(content)
    with pytest.raises(
        MazeFormatError, match=r"mazes\.npz: (expected an \.npz file|walls: expected 0 or 1)"
    ):
        Mazes.load(path)


def test_missing_files(tmp_path):
    with pytest.raises(FileNotFoundError):
        Mazes.load(tmp_path / "none.npz")
    with pytest.raises(FileNotFoundError):
        Mazes(WALLS).save(tmp_path / "no" / "folder.npz")


def test_a_failed_save_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken.npz").mkdir()
    with pytest.raises(OSError, match="taken"):
        Mazes(WALLS).save(tmp_path / "taken.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.npz"]


def test_sampled_problems():
    mazes = Mazes.generate(40, (6, 7))
    problems = Problems.sample(mazes, seed=3, per_world=5)
    assert len(problems) == 200
    np.testing.assert_array_equal(problems.domain.walls, np.repeat(mazes.walls, 5, axis=0))
    assert problems.domain.is_free(problems.starts).all()
    assert problems.domain.is_free(problems.goals).all()
    fields = problems.domain.distances(problems.goals).reshape(200, -1)
    np.testing.assert_array_equal(problems.optimal, fields[np.arange(200), problems.starts])
    assert problems.optimal is problems.optimal
    assert problems.optimal.min() >= 0


def test_a_sampled_problem_depends_on_seed_and_index_alone():
    mazes = Mazes.generate(40, (6, 7))
    all_problems, some = (Problems.sample(m, seed=4) for m in (mazes, mazes[:10]))
    np.testing.assert_array_equal(all_problems.starts[:10], some.starts)
    np.testing.assert_array_equal(all_problems.goals[:10], some.goals)
    assert (Problems.sample(mazes, seed=5).starts != all_problems.starts).any()


@pytest.mark.parametrize("num_free", [3, 40])
def test_starts_and_goals_are_uniform_and_independent(num_free):
    walls = np.ones((30, 30), np.uint8)  # 3 of 900 cells: mostly the slow way of drawing
    walls.flat[np.arange(num_free) * 7] = 0
    problems = Problems.sample(Mazes(walls), per_world=20000)
    pairs = np.zeros((num_free, num_free))
    np.add.at(pairs, (problems.starts // 7, problems.goals // 7), 1)
    expected = 20000 / num_free**2
    chi_squared = ((pairs - expected) ** 2 / expected).sum()
    freedom = num_free**2 - 1
    assert chi_squared < freedom + 5 * np.sqrt(2 * freedom)


def test_sampling_needs_free_cells():
    walls = np.zeros((3, 4, 4), np.uint8)
    walls[1] = 1
    with pytest.raises(ValueError, match="mazes: maze 1 has no free cell"):
        Problems.sample(Mazes(walls), per_world=2)
    with pytest.raises(ValueError, match=r"per_world: expected 1 to .* got 0"):
        Problems.sample(Mazes(walls), per_world=0)


def test_own_problems():
    problems = Problems(Mazes([WALLS, WALLS]), [0, 5], np.array([5, 5]))
    assert problems.starts.dtype == problems.goals.dtype == np.int32
    assert problems.optimal.tolist() == [3, 0]
    assert not problems.starts.flags.writeable
    last = problems[1]
    assert (len(last), last.starts.tolist(), last.optimal.tolist()) == (1, [5], [0])
    assert problems[::-1].optimal.tolist() == [0, 3]
    with pytest.raises(AttributeError):
        problems.starts = problems.goals


def test_unreachable_goals():
    assert Problems(Mazes([[0, 1, 0], [1, 1, 1]]), [0], [2]).optimal.tolist() == [-1]


@pytest.mark.parametrize(
    ("starts", "goals", "error", "message"),
    [
        ([0, 2], [0, 0], ValueError, "starts: cell 2 of problem 1 is a wall"),
        ([0, 0], [3, 2], ValueError, "goals: cell 3 of problem 0 is a wall"),
        ([0, 0], [0, 6], ValueError, "goals: problem 1: cell 6 is outside 0 .. 5"),
        ([0], [0, 0], ValueError, "starts: expected 2 states, one for each world, got 1"),
        ([[0], [0]], [0, 0], ValueError, "starts: expected shape \\[N\\], got \\[2, 1\\]"),
        ([0.0, 0.0], [0, 0], TypeError, "starts: expected states of int32, got dtype float64"),
    ],
)
def test_bad_problems(starts, goals, error, message):
    with pytest.raises(error, match=message):
        Problems(Mazes([WALLS, WALLS]), starts, goals)


def test_problems_need_a_domain():
    with pytest.raises(TypeError, match="domain: expected a domain, got ndarray without states"):
        Problems(WALLS[None], [0], [0])
