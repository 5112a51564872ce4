"""Objectives that compare predictions with numbers of steps."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def classification(logits: Tensor, steps: Tensor) -> Tensor:
    """Cross-entropy over distance classes; steps beyond the last class count as the last.

    Args:
        logits: float [N, num_classes].
        steps: number of steps [N], any real dtype, not negative.

    Returns:
        A float scalar, the mean over the pairs.
    """
    labels = steps.long().clamp(max=logits.shape[-1] - 1)
    return functional.cross_entropy(logits, labels)


def distance_regression(predicted: Tensor, steps: Tensor) -> Tensor:
    """Smooth L1 between predicted and known steps: quadratic below 1 step, then linear.

    Args:
        predicted: float [N], in steps.
        steps: number of steps [N].

    Returns:
        A float scalar, the mean over the pairs.

    Source: Huber 1964.
    """
    return functional.smooth_l1_loss(predicted, steps.to(predicted.dtype))


def squared_error(predicted: Tensor, steps: Tensor) -> Tensor:
    """Mean of (predicted - steps)**2, in steps squared.

    Where the same pair comes with several numbers of steps, as on random walks, it is smallest at
    their mean: what is learned from walks is the mean walk length of a state, not its distance.

    Args:
        predicted: float [N], in steps.
        steps: number of steps [N]; infinity for pairs without a lesson, which count as zero.

    Returns:
        A float scalar, the mean over the pairs.
    """
    error = predicted - steps.to(predicted.dtype)
    return error.masked_fill(steps == float("inf"), 0.0).square().mean()


def bellman_target(
    neighbour_steps: Tensor, is_move: Tensor, to_goal: Tensor, at_goal: Tensor
) -> Tensor:
    """One step more than the nearest neighbour: what a distance fulfils at every state.

    Args:
        neighbour_steps: float [N, K], predicted steps to the goal from each neighbour.
        is_move: bool [N, K], False where a move is blocked.
        to_goal: bool [N, K], whether the neighbour is the goal, which is 0 steps away.
        at_goal: bool [N], whether the state is.

    Returns:
        float [N]: 0 at the goal, infinity where all moves are blocked.

    Source: value iteration (Bellman 1957); with networks and a slow copy of them, Agostinelli
    et al. 2019, "Solving the Rubik's cube with deep reinforcement learning and search".
    """
    known = neighbour_steps.masked_fill(to_goal, 0.0).masked_fill(~is_move, float("inf"))
    return (1 + known.amin(dim=-1)).masked_fill(at_goal, 0.0)
