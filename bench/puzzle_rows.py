"""The rows of puzzles: moves, walks and searches."""

from __future__ import annotations

from measured import Row

NEXT_STATE = "`next_state` of deepxube"
REGISTERS = (
    "The same kernel by its three kinds of registers: `portable` transposes 16 states at a time, "
    "`avx2` shuffles 32 bytes, `avx512` looks 64 bytes up where the processor has VBMI."
)
WALKS = (
    "This NumPy knows the puzzle: it asks for no neighbours and makes 10,000 walks side by side. "
    "Ours walks in any puzzle, one walk after the other, and looks which moves change the state."
)
GRAPH = (
    "Both sides ask one compiled network, which takes some 22 us a state on one thread. The search "
    "of deepxube takes 2.3 us beside it, ours 0.12, so a tenth is all that is left to gain; 3 "
    "times needs a network of less than 1.1 us. deepxube gets the form of the cube that is fastest "
    "there: states are plain bytes and children come from our kernel. It also asks for states that "
    "it has seen, 11 to 17 % of all, and they count for it."
)
DEVICE = (
    "The heuristic sleeps for 50 us a call and 0.2 us a state, as a GPU might take. While one half "
    "of the problems waits for it, the other half is expanded."
)
OUTSIDE = "1.17 times the network alone is 15 % of the whole outside it."


def graph_rows() -> list[Row]:
    """The rows of ``test_bench_graph.py``."""
    work = "batched best-first search on cube3"

    def against_deepxube(case: str, words: str, target: float, remark: str = "") -> Row:
        batches = tuple(f"test_cube_graph_by_deepxube[{case}-{b}]" for b in (64, 256, 1024, 4096))
        ours, against = f"test_cube_graph[{case}]", "deepxube's graph search, its best batch"
        return Row(f"{work}, {words}", ours, batches, against, target, remark=remark)

    one, two = (f"test_cube_graph[network-{threads}]" for threads in (1, 2))
    alone = ("test_cube_network_alone[1]",)
    same = "the network alone on the same states"
    return [
        against_deepxube("network-1", "hidden 512, 1 thread", 3, GRAPH),
        against_deepxube("network-2", "hidden 512, 2 threads", 3, GRAPH),
        against_deepxube("sum-1", "next to no network", 10),
        Row(f"{work}, hidden 512, 1 thread", one, alone, same, 1.17, True, OUTSIDE),
        Row(f"{work}, hidden 512, 2 threads", two, (one,), "1 thread", 1.7),
    ]


PUZZLE_ROWS = [
    Row(
        "search on cube3, a heuristic on another device, two halves",
        "test_cube_on_a_device[side_by_side]",
        ("test_cube_on_a_device[in_turn]",),
        "one search",
        1.3,
        remark=DEVICE,
    ),
    *(
        Row(
            f"neighbours of cube3, {registers}",
            f"test_cube_neighbours[{registers}]",
            ("test_cube_neighbours_by_numpy",),
            "a gather of NumPy into memory that it keeps",
            5,
            remark=REGISTERS,
        )
        for registers in ("portable", "avx2", "avx512")
    ),
    Row(
        "neighbours of cube3, avx512",
        "test_cube_neighbours[avx512]",
        ("test_cube_neighbours_by_cayleypy[auto]", "test_cube_neighbours_by_cayleypy[None]"),
        "cayleypy on the CPU",
        None,
    ),
    Row(
        "neighbours of cube3, avx512",
        "test_cube_neighbours[avx512]",
        ("test_cube_neighbours_by_deepxube",),
        NEXT_STATE,
        100,
    ),
    Row(
        "neighbours of tiles4",
        "test_tiles_neighbours",
        ("test_tiles_neighbours_by_deepxube",),
        NEXT_STATE,
        100,
    ),
    Row(
        "neighbours of tiles4",
        "test_tiles_neighbours",
        ("test_tiles_neighbours_by_numpy",),
        "a gather of NumPy into memory that it keeps",
        5,
    ),
    *(
        Row(
            f"features of cube3, threads {on}",
            f"test_cube_features[{on}]",
            ("test_cube_features_by_numpy",),
            "takes of NumPy",
            target,
        )
        for on, target in ((1, 2), (2, None))
    ),
    Row(
        "random walks on cube3",
        "test_cube_walks",
        ("test_cube_walks_by_a_gather_of_all_moves",),
        "a gather of all moves by NumPy, side by side",
        5,
    ),
    Row(
        "random walks on cube3",
        "test_cube_walks",
        ("test_cube_walks_by_numpy",),
        "NumPy that knows which move undoes each",
        None,
        remark=WALKS,
    ),
    Row(
        "random walks on cube3",
        "test_cube_walks",
        ("test_cube_walks_by_cayleypy",),
        "cayleypy on the CPU",
        None,
    ),
    Row(
        "beam search on cube3, width 1,024, the shipped metric",
        "test_cube_beam[network]",
        ("test_cube_beam_by_cayleypy[network]",),
        "cayleypy on the CPU, led by our network",
        None,
    ),
    Row(
        "beam search on cube3, width 1,024, next to no network",
        "test_cube_beam[sum]",
        ("test_cube_beam_by_cayleypy[sum]",),
        "cayleypy on the CPU",
        2,
    ),
    Row(
        "random walks on tiles4",
        "test_tiles_walks",
        ("test_tiles_walks_by_a_gather_of_all_moves",),
        "a gather of all moves by NumPy, side by side",
        5,
    ),
    Row(
        "random walks on tiles4",
        "test_tiles_walks",
        ("test_tiles_walks_by_numpy",),
        "NumPy that keeps the place of the blank",
        None,
        remark=WALKS,
    ),
    Row(
        "shortest solutions of 15-puzzles, IDA*",
        "test_tiles_ida",
        ("test_tiles_ida_in_numba",),
        "numba, over the same tables",
        None,
    ),
    Row(
        "shortest solutions of 15-puzzles, A*",
        "test_tiles_astar",
        ("test_tiles_astar_in_numba",),
        "numba, with one integer for a board",
        None,
        remark="Ours asks NumPy for the Manhattan distance once a round, of four states at a time.",
    ),
    *graph_rows(),
]
