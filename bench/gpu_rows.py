"""The rows that need a GPU: training steps, and a search whose network is on one."""

from __future__ import annotations

from measured import Row

SMALL = (
    "The 150 small kernels of a step take 350 us, one after the other, whatever starts them. Two "
    "cores of a CPU take 510 to 740 us: these networks gain little from a GPU."
)
DRAWN = (
    "The kernels of a step take 0.73 ms here. Walks are drawn as slowly on this machine, 0.63 to "
    "0.85 ms a step, so with a network of this width drawing binds. Since this run the features "
    "of drawn states have a kernel, which makes drawing 1.5 times as fast on two cores of an AMD "
    "EPYC (490 and 320 us). The best plain loop is "
    '`torch.compile(mode="reduce-overhead")`, CUDA graphs too.'
)
WIDE = (
    "Products of matrices in float32 take more than 2.1 ms on both sides. Ours also averages the "
    "weights and looks whether the gradient is finite, passes over 18 million numbers. Compiled "
    "plain loops were not timed at this width."
)
HALVES = "While the GPU works for one half of the problems, the other half is expanded."


def step_rows(hidden: int, remark: str) -> list[Row]:
    """A step on cube3 beside plain loops, and in bfloat16 beside itself."""
    modes = (None, "default", "reduce-overhead")
    best = tuple(f"test_cube_plain_loop_on_a_gpu[{hidden}-{mode}]" for mode in modes)
    plain, brief = (f"test_cube_step_on_a_gpu[{hidden}-{d}]" for d in ("float32", "bfloat16"))
    work = f"training step, cube3, hidden {hidden}"
    return [
        Row(work, plain, best, "the best plain loop, same GPU", None, remark=remark),
        Row(f"{work}, bfloat16", brief, (plain,), "the same in float32", None),
    ]


GPU_ROWS = [
    *(
        Row(
            f"training step, {method}",
            f"test_mlsearch[{method}-0-cuda]",
            (f"test_data_loader_loop[{method}-cuda]",),
            "the usual loop, same GPU",
            8,
            remark=SMALL,
        )
        for method in ("contrastive", "supervised")
    ),
    *step_rows(512, DRAWN),
    *step_rows(2048, WIDE),
    Row(
        "search on cube3, two halves",
        "test_cube_with_a_network_on_a_gpu[side_by_side]",
        ("test_cube_with_a_network_on_a_gpu[in_turn]",),
        "one search",
        1.3,
        remark=HALVES,
    ),
]
