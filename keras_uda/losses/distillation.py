"""What a student loses where it differs from its teacher."""

from keras import ops

from keras_uda.ops.replicas import divisor


def distillation(teacher_logits, student_logits):
    """Divergence of the student's prediction from that of the teacher.

        L = mean over pixels of KL(p || q) = mean over pixels of sum_c p[c] (log p[c] - log q[c])

    Args:
        teacher_logits: float (batch, height, width, C); no gradient goes to the teacher.
        student_logits: float (batch, height, width, C).
    Returns:
        float32 scalar, not negative.
    Source: Hinton et al., Distilling the Knowledge in a Neural Network, 2015, https://arxiv.org/abs/1503.02531;
        Zhang et al., ProDA, CVPR 2021, section 3.4
    """
    teacher = ops.stop_gradient(ops.cast(teacher_logits, "float32"))
    divergence = ops.log_softmax(teacher) - ops.log_softmax(ops.cast(student_logits, "float32"))
    return ops.mean(ops.sum(ops.softmax(teacher) * divergence, axis=-1))


def released_distillation(teacher_logits, student_logits):
    """The term that the released ProDA code computes: probabilities where their logarithm was meant.

        L = mean over pixels and classes of p (log p - q) = const - mean of p q

    Args:
        teacher_logits, student_logits: float (batch, height, width, C).
    Returns:
        float32 scalar.
    Source: `step_distillation` of microsoft/ProDA models/adaptation_modelv2.py; an author confirms the mistake in
        github.com/microsoft/ProDA/issues/20
    """
    teacher = ops.stop_gradient(ops.cast(teacher_logits, "float32"))
    student = ops.softmax(ops.cast(student_logits, "float32"))
    return ops.mean(ops.softmax(teacher) * (ops.log_softmax(teacher) - student))


def assignment_divergence(teacher_distances, student_distances, valid, sharpness: float = 1.0):
    """How differently two views of an image are assigned to the prototypes.

        z = softmax(-tau d);   L = sum over valid pixels and classes of z_T (log z_T - log z_S) / (C * valid pixels)

    Args:
        teacher_distances: float (batch, height, width, C), warped to the view of the student; no gradient.
        student_distances: float (batch, height, width, C).
        valid: bool (batch, height, width), where both show the same place.
        sharpness: tau.
    Returns:
        float32 scalar, not negative; 0 if nothing is valid.
    Source: Zhang et al., ProDA, CVPR 2021, section 3.3; mean over pixels and classes as released
    """
    teacher = -sharpness * ops.stop_gradient(ops.cast(teacher_distances, "float32"))
    student = -sharpness * ops.cast(student_distances, "float32")
    divergence = ops.softmax(teacher) * (ops.log_softmax(teacher) - ops.log_softmax(student))
    mask = ops.cast(valid, "float32")
    number = divisor(ops.sum(mask)) * teacher.shape[-1]
    return ops.sum(mask[..., None] * divergence) / number
