"""What a student loses on what its teacher is sure of, and on all that its teacher says."""

from keras import ops

from keras_uda.core.classes import IGNORE
from keras_uda.losses.distillation import distillation
from keras_uda.losses.rare_classes import surest_of_each_class


def confident_labels(teacher_logits, thresholds, surest: float | None = None):
    """The first choice of a teacher where it is sure of it, by class.

        p = softmax(teacher);   c = argmax p;   y = c where max p >= t[c], else no label

    Args:
        teacher_logits: float (batch, height, width, C).
        thresholds: float (C,), t.
        surest: the surest pixels of each class in the batch, this share of them, are labelled too, whatever t is: a
            class that the teacher is never sure of keeps labels. None: no others.
    Returns:
        int32 (batch, height, width), `IGNORE` where there is no label.
    """
    probabilities = ops.softmax(ops.stop_gradient(ops.cast(teacher_logits, "float32")))
    confidence, label = ops.max(probabilities, -1), ops.cast(ops.argmax(probabilities, -1), "int32")
    sure = confidence >= ops.take(ops.convert_to_tensor(thresholds, "float32"), label)
    if surest is not None:
        sure = ops.logical_or(sure, surest_of_each_class(confidence, label, probabilities.shape[-1], surest))
    return ops.where(sure, label, IGNORE)


def softened_distillation(teacher_logits, student_logits, temperature: float):
    """Divergence of predictions that a temperature softens, with gradients of the size that they have without.

        L = T^2 mean over pixels of KL(softmax(teacher / T) || softmax(student / T))

    Args:
        teacher_logits: float (batch, height, width, C); no gradient goes to the teacher.
        student_logits: float (batch, height, width, C).
        temperature: T, above 0; 1 leaves the predictions as they are.
    Returns:
        float32 scalar, not negative.
    Source: Hinton et al., Distilling the Knowledge in a Neural Network, 2015, section 2, https://arxiv.org/abs/1503.02531
    """
    teacher, student = (ops.cast(one, "float32") / temperature for one in (teacher_logits, student_logits))
    return temperature**2 * distillation(teacher, student)
