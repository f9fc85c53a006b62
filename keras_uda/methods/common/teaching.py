"""What a teacher says of images."""

import keras
from keras import ops


def teacher_outputs(teacher: keras.Model, image, resize) -> tuple[dict, object, object]:
    """Outputs of a teacher that normalises with its batch, as the released codes have it.

    Args:
        teacher: a slow copy of a segmenter.
        image: (batch, H, W, 3), 0..255.
        resize: logits, images -> logits at the size of the images.
    Returns:
        Its outputs, dict; the id of its first choice, int32 (batch, H, W), and the probability of that, float32.
    """
    outputs = teacher(ops.cast(image, "float32"), training=True)
    probabilities = ops.softmax(resize(outputs["logits"], image))
    return outputs, ops.cast(ops.argmax(probabilities, -1), "int32"), ops.max(probabilities, -1)
