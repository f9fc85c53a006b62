"""Which pixels get a label, and which one: functions of one predicted map and the thresholds."""

import numpy as np

from keras_uda.core.classes import IGNORE

SMALLEST = np.float32(1e-7)


def select(probabilities: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Labels of the pixels that are certain enough, relative to the threshold of their class.

        y = argmax_c P_c / kappa_c  where  max_c P_c / kappa_c >= 1, else ignore

    Args:
        probabilities: float32 (H, W, C), perhaps times a prior.
        thresholds: float32 (C,), kappa, above 0.
    Returns:
        uint8 (H, W); it may differ from the plain arg-max.
    Source: Zou et al., CBST, ECCV 2018, equation 7, https://arxiv.org/abs/1810.07911
    """
    weighted = probabilities / thresholds
    return np.where(weighted.max(-1) >= 1, weighted.argmax(-1), IGNORE).astype("uint8")


def soften(probabilities: np.ndarray, thresholds: np.ndarray, alpha: float) -> np.ndarray:
    """Soft labels that keep some entropy (LRENT).

        y_c = (P_c / kappa_c)^(1/alpha) / sum_c' (P_c' / kappa_c')^(1/alpha)

    Args:
        probabilities: float32 (H, W, C), perhaps times a prior.
        thresholds: float32 (C,), kappa.
        alpha: weight of the entropy; towards 0 the labels become hard.
    Returns:
        float32 (H, W, C), sums to 1.
    Source: Zou et al., CRST, ICCV 2019, table 1, https://arxiv.org/abs/1908.09822
    """
    scores = _scores(probabilities, thresholds, alpha)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def select_soft(probabilities: np.ndarray, thresholds: np.ndarray, alpha: float) -> np.ndarray:
    """The arg-max of the soft labels where keeping them costs less than leaving the pixel out (LRENT).

        kept where  sum_c [-y_c log P_c + alpha y_c log y_c] < sum_c -y_c log kappa_c
        which is    sum_c (P_c / kappa_c)^(1/alpha) > 1

    Args:
        probabilities, thresholds, alpha: as in `soften`.
    Returns:
        uint8 (H, W).
    Source: Zou et al., CRST, ICCV 2019, section 4.1; released code
    """
    scores = _scores(probabilities, thresholds, alpha)
    kept = np.exp(np.minimum(scores, 1)).sum(-1) > 1
    return np.where(kept, scores.argmax(-1), IGNORE).astype("uint8")


def _scores(probabilities, thresholds, alpha):
    return (np.log(np.maximum(probabilities, SMALLEST)) - np.log(thresholds)) / np.float32(alpha)


def rare_classes(pixels: np.ndarray, share: float = 1e-3, least: int = 3) -> np.ndarray:
    """Classes whose patches are mined, the rarest first.

    Args:
        pixels: int (C,), how many pixels were predicted as each class.
        share: of all pixels below which a class is rare.
        least: so many of the rarest if none is below `share`.
    Returns:
        int64 ids.
    Source: Zou et al., CBST, ECCV 2018, section 5.1 ("mining"); released code. The paper takes the worst five
    """
    order = np.argsort(pixels, kind="stable")
    rare = int((pixels < share * pixels.sum()).sum())
    return order[: rare or least]
