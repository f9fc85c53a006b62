"""Signs of a training that fails, in what was logged and observed of it: pure functions of a history."""

from collections.abc import Sequence

import numpy as np

# A loss below WINNING_LOSS, where log 2 is "cannot tell", for LONG log lines.
WINNING_LOSS, LONG = 0.02, 10
HEALTHY = 0.2, 0.5  # of a discriminator's loss, by the authors of AdaptSegNet
PRESENT, FALL = 0.003, 0.05


def discriminator_loss(logs: dict[str, float]) -> float | None:
    """What the main discriminator's loss is per domain; that of the auxiliary level may go to 0 without harm."""
    halves = [logs[name] for name in ("discriminator_source", "discriminator_target") if name in logs]
    if halves:
        return sum(halves) / len(halves)
    return next((logs[name] for name in ("discriminator_loss", "discriminator_kind") if name in logs), None)


def discriminator_won(history: Sequence[float], least: float = WINNING_LOSS) -> bool:
    """Whether a discriminator's loss has been below `least` for the last `LONG` log lines."""
    return len(history) >= LONG and max(history[-LONG:]) < least


def second_half(history: Sequence[float]) -> float | None:
    """Mean of the later half of a loss; None before it has `2 * LONG` log lines."""
    return float(np.mean(history[len(history) // 2 :])) if len(history) >= 2 * LONG else None


def has_fallen(history: Sequence[float]) -> bool:
    """Whether the last third of a loss is less than half of its first third, in the mean."""
    third = len(history) // 3
    return third >= LONG and np.mean(history[-third:]) < np.mean(history[:third]) / 2


def vanished_classes(shares: Sequence[np.ndarray]) -> list[int]:
    """Classes that were predicted once and are not any more.

    Args:
        shares: of every check, float (C,): share of the target pixels that each class is predicted for.
    Returns:
        Those with at least `PRESENT` in an earlier check and nothing in the last two.
    """
    if len(shares) < 3:
        return []
    absent = (shares[-1] == 0) & (shares[-2] == 0)
    return np.flatnonzero(absent & (np.max(shares[:-2], axis=0) >= PRESENT)).tolist()


def accuracy_fell(accuracies: Sequence[float]) -> bool:
    """Whether the last two checks are both more than `FALL` below the best one."""
    return len(accuracies) >= 3 and max(accuracies[-2:]) < max(accuracies) - FALL
