"""What a teacher says of images."""

import keras
from keras import ops


def teacher_outputs(teacher: keras.Model, image, resize, flip: bool = False) -> tuple[dict, object, object]:
    """Outputs of a teacher that normalises with its batch, as the released codes have it.

    Args:
        teacher: a slow copy of a segmenter.
        image: (batch, H, W, 3), 0..255.
        resize: logits, images -> logits at the size of the images.
        flip: the probabilities are the mean of those of the images and of their mirror images.
    Returns:
        Its outputs, dict; the id of its first choice, int32 (batch, H, W), and the probability of that, float32.
    """
    outputs = teacher(ops.cast(image, "float32"), training=True)
    probabilities = ops.softmax(resize(outputs["logits"], image))
    if flip:
        mirrored = teacher(ops.cast(ops.flip(image, axis=2), "float32"), training=True)
        probabilities += ops.flip(ops.softmax(resize(mirrored["logits"], image)), axis=2)
        probabilities /= 2
    return outputs, ops.cast(ops.argmax(probabilities, -1), "int32"), ops.max(probabilities, -1)


def belief(progress, warm_up: tuple[float, float]):
    """How much the labels of a young teacher count.

        b(p) = 0 for p < begin, 1 from p = end on, (p - begin) / (end - begin) between them

    Args:
        progress: p, share of the training that is done, scalar.
        warm_up: begin and end.
    Returns:
        float32 scalar in [0, 1].
    Source: none; ours.
    """
    begin, end = warm_up
    progress = ops.cast(progress, "float32")
    if begin == end:
        return ops.cast(progress >= end, "float32")
    return ops.clip((progress - begin) / (end - begin), 0.0, 1.0)
