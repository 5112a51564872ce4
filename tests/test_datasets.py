"""Data sets made in parts, mapped, and trained on."""

import json
import os
import shutil
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from mlsearch.base.errors import MazeFormatError
from mlsearch.base.seeding import child_seed
from mlsearch.base.settings import replaced
from mlsearch.data import datasets
from mlsearch.data.datasets import data_settings, generate
from mlsearch.data.pairs import PairSampler
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.learning.batches import TrajectoryBatches
from mlsearch.learning.methods import METHODS

KIND = MazeConfig(height=6, width=7)
ARRAYS = ("worlds", "states", "offsets", "lengths")
POLICIES = ["shortest", "noisy", "random_walk"]


def is_mapped(array):
    while array is not None and not isinstance(array, np.memmap):
        array = getattr(array, "base", None)
    return array is not None


def at_once(num, seed, **walks):
    mazes = KIND.make(num, child_seed(seed, "mazes"))
    return Trajectories.sample(mazes, seed=child_seed(seed, "trajectories"), **walks)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("at_a_time", [1, 3, 4, 9, 1000])
def test_parts_make_no_difference(tmp_path, monkeypatch, policy, at_a_time):
    """With 4 walks on each maze, parts of 1 and 3 begin in the middle of one."""
    walks = {"per_world": 4, "policy": policy, "max_length": 9}
    monkeypatch.setattr(datasets, "PART_BYTES", at_a_time * (42 + 4 * 10))
    done = []
    steps = generate(tmp_path / "data", 7, KIND, seed=5, progress=done.append, **walks)
    assert done[-1] == 28
    assert len(done) == -(-28 // {9: 8, 1000: 28}.get(at_a_time, at_a_time))
    loaded, expected = Trajectories.load(tmp_path / "data"), at_once(7, 5, **walks)
    assert loaded.domain == expected.domain
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(loaded, name), getattr(expected, name), name)
    assert steps == expected.lengths.sum()


def test_all_arrays_stay_on_disk(tmp_path):
    generate(tmp_path / "data", 5, KIND)
    loaded = Trajectories.load(tmp_path / "data")
    for array in (loaded.domain.walls, loaded.worlds, loaded.states, loaded.offsets):
        assert is_mapped(array)
        assert not array.flags.writeable


def test_meta_says_how_to_make_them_again(tmp_path):
    generate(tmp_path / "a", 5, KIND, seed=3, per_world=2, policy="noisy", epsilon=0.3)
    meta = json.loads((tmp_path / "a" / "meta.json").read_text())
    told = meta["provenance"]
    assert (meta["format"], meta["version"]) == ("mlsearch-trajectories", 2)
    kind = dict(told["generator"])
    walks = {name: told[name] for name in ("per_world", "policy", "epsilon", "max_length")}
    generate(tmp_path / "b", kind.pop("num"), MazeConfig(**kind), seed=told["seed"], **walks)
    assert json.loads((tmp_path / "b" / "meta.json").read_text()) == meta


def test_a_policy_that_is_a_function_is_asked_for_each_part(tmp_path, monkeypatch):
    asked = []

    def there_and_back(problems, seed):
        asked.append((len(problems), seed))
        return [[start] for start in problems.starts]

    monkeypatch.setattr(datasets, "PART_BYTES", 3 * (42 + 4 * 43))
    generate(tmp_path / "data", 7, KIND, policy=there_and_back)
    assert [num for num, _ in asked] == [3, 3, 1]
    assert len({seed for _, seed in asked}) == 3
    assert Trajectories.load(tmp_path / "data").lengths.tolist() == [0] * 7


def test_a_part_that_fails_leaves_nothing_behind(tmp_path):
    def fails(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "data", 5, KIND, progress=fails)
    with pytest.raises(ValueError, match="num: expected 1 to"):
        generate(tmp_path / "data", 0, KIND)
    with pytest.raises(TypeError, match="unexpected keyword"):
        generate(tmp_path / "data", 1, KIND, speed=3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["walls.npy", "states.npy", "meta.json"])
def test_links_are_refused(tmp_path, name):
    generate(tmp_path / "data", 5, KIND)
    shutil.move(tmp_path / "data" / name, tmp_path / name)
    try:
        (tmp_path / "data" / name).symlink_to(tmp_path / name)
    except OSError:
        pytest.skip("no links here")
    with pytest.raises(MazeFormatError, match=f"{name}: expected a file of the folder itself"):
        Trajectories.load(tmp_path / "data")


# Training ------------------------------------------------------------------------------------


def config_of(folder, **changes):
    small = {"training.batch_size": 8, **data_settings(folder), **changes}
    return replaced(METHODS["crtr"], small)


def test_batches_of_a_folder_are_its_pairs(tmp_path):
    generate(tmp_path / "data", 30, KIND, seed=4)
    config = config_of(tmp_path / "data")
    assert (config.domain, config.data.folder) == (KIND, str((tmp_path / "data").resolve()))
    batches = TrajectoryBatches(config)
    block = batches.block(2)
    other = TrajectoryBatches(config)
    other.trajectories = at_once(30, 4)
    for name in ("worlds", "states", "goals", "steps"):
        np.testing.assert_array_equal(getattr(block, name), getattr(other.block(2), name))
    assert batches._fixed_sampler() is batches._fixed_sampler()


def test_fragments_of_a_folder(tmp_path):
    generate(tmp_path / "data", 30, KIND, seed=4)
    config = config_of(tmp_path / "data", **{"data.fragment_length": 3})
    assert TrajectoryBatches(config).trajectories.lengths.max() == 3


def test_another_folder_than_the_run_began_with_is_refused(tmp_path):
    generate(tmp_path / "data", 5, KIND, seed=4)
    config = config_of(tmp_path / "data")
    shutil.rmtree(tmp_path / "data")
    generate(tmp_path / "data", 5, KIND, seed=5)
    with pytest.raises(MazeFormatError, match=r"data: expected the checksum .*, got"):
        TrajectoryBatches(config)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"domain.width": 8},
            r"expected the sizes of data\.folder, maps of 6 x 7, got maps of 6 x 8",
        ),
        ({"data.checksum": None}, r"data\.folder: expected data\.checksum with it"),
        ({"data.fresh": True}, r"data\.folder: expected supervision 'trajectories' and fresh"),
    ],
)
def test_settings_that_do_not_fit_a_folder(tmp_path, changes, message):
    generate(tmp_path / "data", 5, KIND)
    with pytest.raises(ValueError, match=message):
        TrajectoryBatches(config_of(tmp_path / "data", **changes))


# Memory --------------------------------------------------------------------------------------

WORK = """
import resource, sys
from mlsearch.data import datasets
from mlsearch.data.pairs import PairSampler
from mlsearch.data.trajectories import Trajectories

lines = open("/proc/self/status").read().splitlines()
[now] = [int(line.split()[1]) for line in lines if line.startswith("VmData:")]
limit = now * 1024 + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
datasets.PART_BYTES = 2**22
if sys.argv[3] == "parts":
    datasets.generate(sys.argv[1], 60_000, num_threads=1)
    data = Trajectories.load(sys.argv[1])
    PairSampler(data, num_threads=1).sample(0, 4)
else:
    Trajectories.sample(datasets.MazeConfig().make(60_000, 0), num_threads=1)
"""

ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1"}  # the stacks of others would count


@pytest.mark.skipif(sys.platform != "linux", reason="limits are those of Linux")
@pytest.mark.parametrize(("how", "is_enough"), [("parts", True), ("at once", False)])
def test_memory_is_that_of_a_part(tmp_path, how, is_enough):
    """60,000 default mazes take 24 MB and their walks as much; mapped files do not count."""
    arguments = [str(tmp_path / "data"), str(24 * 2**20), how]
    command = [sys.executable, "-c", textwrap.dedent(WORK), *arguments]
    done = subprocess.run(command, env=ONE_THREAD, capture_output=True, text=True)
    assert (done.returncode == 0) == is_enough, done.stderr
    assert is_enough or "MemoryError" in done.stderr


def test_pairs_of_mapped_trajectories(tmp_path):
    generate(tmp_path / "data", 30, KIND, seed=4)
    mapped = PairSampler(Trajectories.load(tmp_path / "data"), seed=1).sample(0, 3)
    plain = PairSampler(at_once(30, 4), seed=1).sample(0, 3)
    for name in ("trajectory", "position", "offset", "symmetry"):
        np.testing.assert_array_equal(getattr(mapped, name), getattr(plain, name))
