"""What a discriminator minimises, and with the labels exchanged, what the segmenter minimises."""

from keras import ops

# The published codes disagree on which is which; the released AdaptSegNet, ADVENT and weak-label codes have these.
SOURCE = 0.0
TARGET = 1.0


def domain_loss(scores, domain: float):
    """Binary cross-entropy of discriminator scores with one domain for every cell.

        L = mean_i softplus((1 - 2 b) z_i) = mean_i [max(z_i, 0) - z_i b + log(1 + exp(-|z_i|))],   b in {0, 1}

    Args:
        scores: float (batch, h, w, 1) or any shape, logits of "target".
        domain: `SOURCE` or `TARGET`.
    Returns:
        float32 scalar; log 2 for a discriminator that cannot tell.
    Source: torch.nn.BCEWithLogitsLoss, as called in github.com/wasidennis/AdaptSegNet and valeoai/ADVENT
    """
    return ops.mean(ops.softplus((1.0 - 2.0 * domain) * ops.cast(scores, "float32")))


def least_squares(scores, domain: float):
    """Squared distance of discriminator scores to one domain for every cell.

        L = mean_i (z_i - b)^2,   b in {0, 1}

    Args:
        scores: float (batch, h, w, 1) or any shape, not squashed.
        domain: `SOURCE` or `TARGET`.
    Returns:
        float32 scalar; 1/4 for a discriminator that answers 1/2 everywhere.
    Source: `--gan LS` of github.com/wasidennis/AdaptSegNet train_gta2cityscapes_multi.py
    """
    return ops.mean(ops.square(ops.cast(scores, "float32") - domain))
