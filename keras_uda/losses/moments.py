"""Distances between the distributions of two sets of vectors: covariances, means, and means in many kernels."""

from keras import ops

from keras_uda.losses.feature_distance import overlaps

KERNEL_EXPONENTS = (-3, -2, -1, 0, 1)  # as published


def pooled(features, grid: int):
    """The mean of a map, and its means over a grid of cells.

    Args:
        features: float (batch, h, w, d).
        grid: cells in a row and in a column; they share the pixels that lie in two of them. 0: the mean alone.
    Returns:
        float32 (batch, 1 + grid^2, d).
    """
    features = ops.cast(features, "float32")
    means = ops.mean(features, axis=(1, 2))[:, None]
    if not grid:
        return means
    rows, columns = (overlaps(pixels, grid) / pixels for pixels in features.shape[1:3])
    cells = ops.einsum("jx,nixd->nijd", columns, ops.einsum("iy,nyxd->nixd", rows, features))
    return ops.concatenate([means, ops.reshape(cells, (-1, grid * grid, features.shape[-1]))], axis=1)


def covariance(vectors):
    """Unbiased covariance of the columns.

        C = (x - m)^T (x - m) / (n - 1),   m = 1/n sum_i x_i

    Args:
        vectors: float (n, d), n of at least 2.
    Returns:
        float32 (d, d).
    """
    vectors = ops.cast(vectors, "float32")
    centred = vectors - ops.mean(vectors, axis=0, keepdims=True)
    return ops.matmul(ops.transpose(centred), centred) / (vectors.shape[0] - 1)


def coral(source, target):
    """Distance of two covariances.

        L = ||C_s - C_t||_F^2 / (4 d^2)

    Args:
        source: float (n, d). target: float (m, d).
    Returns:
        float32 scalar, not negative.
    Source: Sun and Saenko, Deep CORAL, ECCV 2016 workshops, section 3.1, equation 1, https://arxiv.org/abs/1607.01719
    """
    return covariance_distance(covariance(source), covariance(target))


def covariance_distance(source, target):
    """The same of covariances, float (d, d)."""
    return ops.sum(ops.square(source - target)) / (4 * source.shape[0] ** 2)


def mean_distance(source, target):
    """Mean squared difference of the means.

        L = 1/d ||m_s - m_t||^2

    Args:
        source: float (n, d). target: float (m, d).
    Returns:
        float32 scalar, not negative.
    Source: released code thuml/Transfer-Learning-Library, tllib/alignment/coral.py, which adds it to its CORAL loss
    """
    means = [ops.mean(ops.cast(vectors, "float32"), axis=0) for vectors in (source, target)]
    return ops.mean(ops.square(means[0] - means[1]))


def squared_distances(one, other):
    """||x_i - y_j||^2 of all pairs, float32 (n, m), of vectors (n, d) and (m, d), in memory for n x m numbers."""
    one, other = ops.cast(one, "float32"), ops.cast(other, "float32")
    middle = ops.stop_gradient(ops.mean(other, axis=0))  # differences stay, and lose fewer digits
    one, other = one - middle, other - middle
    squares = ops.sum(ops.square(one), axis=1)[:, None] + ops.sum(ops.square(other), axis=1)[None]
    return squares - 2 * ops.matmul(one, ops.transpose(other))


def bandwidths(source, target, exponents=KERNEL_EXPONENTS):
    """sigma_k^2 of the kernels: powers of two of the mean squared distance in the joined batch.

        sigma_k^2 = 2^k / N^2 sum_ij ||x_i - x_j||^2 = 2^(k + 1) / N sum_i ||x_i - m||^2,   N vectors of both domains

    Args:
        source, target: float (n, d) and (m, d); they get no gradient.
        exponents: k.
    Returns:
        float32 (kernels,), positive: at least 1e-12, where all vectors are one.
    Source: released code thuml/Transfer-Learning-Library, tllib/modules/kernels.py
    """
    joined = ops.stop_gradient(ops.cast(ops.concatenate([source, target]), "float32"))
    spread = 2 * ops.sum(ops.mean(ops.square(joined - ops.mean(joined, axis=0)), axis=0))
    return ops.maximum(spread * ops.convert_to_tensor([2.0**k for k in exponents], "float32"), 1e-12)


def kernel_sum(squares, widths):
    """sum_k exp(-squares / (2 sigma_k^2)), the shape of `squares`."""
    return sum(ops.exp(-squares / (2 * widths[k])) for k in range(widths.shape[0]))


def mk_mmd(source, target, exponents=KERNEL_EXPONENTS):
    """Squared maximum mean discrepancy in a sum of Gaussian kernels, over all pairs.

        L = mean_(i != j) k(s_i, s_j) + mean_(i != j) k(t_i, t_j) - 2 mean_ij k(s_i, t_j)

    Args:
        source, target: float (n, d) and (m, d), each of at least 2 vectors.
        exponents: of the bandwidths.
    Returns:
        float32 scalar; may be negative, by chance, where both come from one distribution.
    Source: Long et al., Learning Transferable Features with Deep Adaptation Networks, ICML 2015, section 3.1,
        https://arxiv.org/abs/1502.02791
    """
    widths = bandwidths(source, target, exponents)

    def within(vectors):
        count = vectors.shape[0]
        pairs = kernel_sum(squared_distances(vectors, vectors), widths) * (1 - ops.eye(count))
        return ops.sum(pairs) / (count * (count - 1))

    across = ops.mean(kernel_sum(squared_distances(source, target), widths))
    return within(source) + within(target) - 2 * across


def mk_mmd_linear(source, target, exponents=KERNEL_EXPONENTS):
    """The same over a ring of neighbours, in time linear in n; the order of the vectors matters.

        L = 1/n sum_i [k(s_i, s_j) + k(t_i, t_j) - k(s_i, t_j) - k(s_j, t_i)],   j = i + 1 modulo n

    Args:
        source, target: float (n, d), as many of each.
        exponents: of the bandwidths.
    Returns:
        float32 scalar, of either sign.
    Source: Long et al., ICML 2015, section 3.2
    """
    source, target = ops.cast(source, "float32"), ops.cast(target, "float32")
    widths = bandwidths(source, target, exponents)
    next_source, next_target = (ops.roll(vectors, -1, axis=0) for vectors in (source, target))

    def kernels(one, other):
        return kernel_sum(ops.sum(ops.square(one - other), axis=-1), widths)

    alike = kernels(source, next_source) + kernels(target, next_target)
    return ops.mean(alike - kernels(source, next_target) - kernels(next_source, target))
