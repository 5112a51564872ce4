"""Which measurements are set against each other, and what was aimed at."""

from __future__ import annotations

from collections.abc import Sequence

from gpu_rows import GPU_ROWS
from kernel_rows import KERNEL_ROWS
from measured import Row
from puzzle_rows import PUZZLE_ROWS


def fields(kind: str, others: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Ours and the others of a group of ``test_bench_bfs.py``."""
    return f"test_field_mlsearch[{kind}]", tuple(f"test_field_{o}[{kind}]" for o in others)


NUMBA = ("numba_queue",)
ALL = ("numba_queue", "scipy_breadth_first_order", "tcod", "scikit_image")
SEARCH = "test_network_search"
PLAIN = [(c, n) for c in (False, True) for n in (1, 2)]


def training_rows(method: str) -> list[Row]:
    """The rows of one method's training step."""
    ours, on_one = (f"test_mlsearch[{method}-{threads}-cpu]" for threads in (0, 1))
    best = tuple(f"test_best_plain_loop[{method}-{c}-{n}]" for c, n in PLAIN)
    work = f"training step, {method}"
    loop = (f"test_data_loader_loop[{method}-cpu]",)
    sampling = f"test_sampling_alone[{method}]"
    return [
        Row(work, ours, loop, "the usual loop with a DataLoader", 6),
        Row(work, ours, best, "the best plain PyTorch loop", 1.4, remark=TRAINING),
        Row(f"{work}, 1 thread", on_one, best, "the best plain PyTorch loop", None),
        Row(f"sampling, {method}", sampling, (ours,), "the training step", 0.03, True),
    ]


def network_rows() -> list[Row]:
    """The rows of ``test_bench_networks.py``."""
    made = []
    for hidden, target, remark in ((256, None, ""), (512, 2, CUBE)):
        best = tuple(
            f"test_cube_plain_loop[{hidden}-{one_hot}-{c}-{n}]"
            for one_hot in (False, True)
            for c, n in PLAIN
        )
        for on in (1, 2):
            work = f"training step, cube3, hidden {hidden}, threads {on}"
            ours = f"test_cube_step[{hidden}-{on}]"
            made.append(Row(work, ours, best, "the best plain PyTorch loop", target, remark=remark))
    step, walks = "test_cube_step[512-2]", "test_cube_walks_alone"
    made.append(Row("walks of a step, cube3", walks, (step,), "the training step", 0.03, True))
    for hidden in (256, 512, 1024):
        for what, work in (("forward", "forward"), ("step", "forward and backward")):
            for on in (1, 2):
                name = f"test_trunk[{what}-{hidden}-{on}]"
                product = (f"test_one_product[{hidden}-{on}]",)
                work_on = f"trunk {work}, hidden {hidden}, threads {on}"
                made.append(Row(work_on, name, product, "PyTorch's product of matrices", 0.8))
    return made


CUBE = (
    "Twice the best plain loop is out of reach in float32 on this processor: both sides spend "
    "nearly all of a step in products of matrices, which run at 80 to 100 GFLOP/s a thread, all "
    "that the processor gives. The best plain loop looks rows up with `embedding_bag` and has two "
    "threads; `torch.compile` makes it no faster."
)
TRAINING = (
    "A step is two compiled calls: the loss with its gradient, and AdamW. Its matrix products run "
    "at 100 GFLOP/s on one thread, nearly all that the processor gives; the plain loops are given "
    "the number of threads that suits them best. `torch.compile` makes the plain contrastive loop "
    "a fifth faster and the supervised one hardly, after half a minute of compiling. The shortest "
    "of ten short rounds counts on both sides; runs gave the contrastive row 6.4 to 7.5 times the "
    "DataLoader loop."
)
NETWORK = (
    "Of 250 us a problem, the network takes 180 if it is asked for 8,192 states at once. A search "
    "asks for 585 on average, in 179 rounds: for these batches it takes 205, the search in C++ 20, "
    "and the rest are caches that the other has emptied."
)
BUSY = (
    "Runs gave 1.63, 1.86 and 1.95. On this virtual machine two busy threads at times each run "
    "slower, for seconds, which other programs show as well; why is not known."
)
TABLE = (
    "A search is a chain of pops that depend on one another, most of its time is the heap's, in "
    "C++ as in numba; ours also checks every prediction and can be interrupted."
)
DEPTH_FIRST = "Each step of the walk waits for the one before; ours takes some 1.1 us a maze."
BFS = (
    "Two, four or eight floods side by side, a lane each. A flood takes a fixed number of "
    "instructions for each level, however few cells that level has: mazes with long corridors "
    "gain less."
)
ALL_PAIRS = (
    "Nearly all of it is the fields of free goals; those of walls, more than a third of the cells, "
    "take less than a tenth of the time."
)

ROWS = [
    Row("BFS field, 20 x 20 percolation", *fields("bfs-20", NUMBA), "numba, a queue", 8),
    Row(
        "BFS field, 20 x 20 depth-first",
        *fields("bfs-20-depth-first", NUMBA),
        "numba, a queue",
        6,
        remark=BFS,
    ),
    Row(
        "BFS fields of all cells, 20 x 20",
        "test_all_pairs_mlsearch",
        ("test_all_pairs_numba_queue",),
        "numba, a queue",
        8,
        remark=ALL_PAIRS,
    ),
    Row("BFS field, 512 x 512", *fields("bfs-512", ALL), "the fastest of four", 3),
    Row("BFS field, 2048 x 2048", *fields("bfs-2048", ALL), "the fastest of four", 3),
    Row(
        "generation, 20 x 20 percolation",
        "test_percolation_mlsearch",
        ("test_percolation_maze_dataset",),
        "maze-dataset",
        1000,
    ),
    Row(
        "generation, 20 x 20 depth-first",
        "test_depth_first_mlsearch",
        ("test_depth_first_maze_dataset",),
        "maze-dataset",
        1000,
        remark=DEPTH_FIRST,
    ),
    *(
        Row(
            f"generation, {kind}, 2 threads",
            f"test_threads_mlsearch[{kind}-2]",
            (f"test_threads_mlsearch[{kind}-1]",),
            "1 thread",
            1.8,
        )
        for kind in ("percolation", "depth_first")
    ),
    Row(
        "batches of 64 pairs",
        "test_mlsearch",
        ("test_torch_data_loader",),
        "DataLoader",
        100,
    ),
    Row(
        "search, BroNet, 1,000 problems",
        SEARCH,
        ("test_network_search_one_by_one",),
        "heapq, one call per expansion",
        25,
    ),
    Row(
        "search, BroNet, 1,000 problems",
        SEARCH,
        ("test_network_search_child_by_child",),
        "heapq, one call per child and goal",
        60,
    ),
    Row(
        "search, BroNet, 1,000 problems",
        SEARCH,
        ("test_network_search_deepxube",),
        "deepxube, batched graph search",
        10,
    ),
    Row(
        "search, BroNet, 1,000 problems",
        SEARCH,
        tuple(f"test_network_alone[{batch}]" for batch in (512, 2048, 8192)),
        "the network alone on the same states",
        1.3,
        is_limit=True,
        remark=NETWORK,
    ),
    *(
        Row(
            f"search, table ({kind}), 1,000 problems",
            f"test_table_search[{kind}]",
            (f"test_table_search_in_numba[{kind}]",),
            "the same in numba, 1 thread",
            1.5,
            remark=TABLE,
        )
        for kind in ("manhattan", "random")
    ),
    Row(
        "search, table, 2 threads",
        "test_table_search_threads[2]",
        ("test_table_search_threads[1]",),
        "1 thread",
        1.8,
        remark=BUSY,
    ),
    Row(
        "search, 8-puzzle as a domain, 1,000 problems",
        "test_domain_search",
        ("test_domain_search_in_python",),
        "heapq and dictionaries in Python",
        None,
    ),
    *PUZZLE_ROWS,
    *training_rows("contrastive"),
    *training_rows("supervised"),
    *network_rows(),
    *KERNEL_ROWS,
    *(
        Row(
            f"waves of a training step{on}",
            f"test_waves_mlsearch[{threads}]",
            ("test_waves_pytorch[1]", "test_waves_pytorch[2]"),
            "PyTorch's convolution",
            None,
        )
        for on, threads in (("", 0), (", 1 thread", 1))
    ),
    Row(
        "1,000 heatmaps, whole-maze encoder",
        "test_heatmaps[whole maze]",
        ("test_heatmaps[cell by cell]",),
        "BroNet, cell by cell",
        None,
    ),
]
"""Those that need no GPU."""

ALL_ROWS = [*ROWS, *GPU_ROWS]
