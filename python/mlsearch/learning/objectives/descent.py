"""Local descent: of a state's neighbours, the right one should be predicted nearest."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def local_descent(
    distances: Tensor, is_move: Tensor, target: Tensor, sharpness: float = 2.0
) -> Tensor:
    """Cross-entropy of softmax(-sharpness * distances) over the neighbours of each state.

    Greedy search goes where the prediction is smallest; this term is the log-likelihood
    of the right neighbours under a soft version of that choice.

    Args:
        distances: float [N, K], predicted steps from each neighbour to the goal.
        is_move: bool [N, K], False where a move is blocked.
        target: float [N, K], the probability that each neighbour should have; rows sum
            to 1, or to 0 for states without a lesson (they count as zero).
        sharpness: positive, per step; larger is closer to greedy search.

    Returns:
        A float scalar, the mean over the states.
    """
    logits = (-sharpness * distances).masked_fill(~is_move, -1e9)
    log_likelihood = (target * functional.log_softmax(logits, dim=-1)).sum(dim=-1)
    return -log_likelihood.mean()
