"""Domain adaptation of semantic segmentation in Keras 3 / TensorFlow, from training to the device."""

__version__ = "0.1.0"
