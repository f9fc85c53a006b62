"""Pictures of predictions, and of what a method can show, during training."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_uda.core.atomic import atomic_write
from keras_uda.report.figures import figure_to_image
from keras_uda.report.figures import figure_to_png
from keras_uda.report.figures import picture_grid
from keras_uda.report.figures import prediction_strip
from keras_uda.segmenters.inference import label_map_of
from keras_uda.training.callbacks.step import StepCallback


class PredictionPictures(StepCallback):
    """The same target frames with the prediction of the moment, in TensorBoard, every `every` steps."""

    def __init__(self, first_step: int, tensorboard: Path, images: np.ndarray, labels, classes, every: int, stage: str):
        super().__init__(first_step)
        self.images, self.labels, self.classes, self.every, self.stage = images, labels, classes, every, stage
        self._writer = tf.summary.create_file_writer(str(tensorboard), filename_suffix=".pictures")

    def after_step(self, step: int, logs: dict) -> None:
        if step % self.every:
            return
        label_maps = label_map_of(self.model.segmenter, self.images, self.images).astype("uint8")
        figure = prediction_strip(self.images, self.labels, {"prediction": label_maps}, self.classes)
        with self._writer.as_default(step):
            tf.summary.image(f"{self.stage}/predictions", figure_to_image(figure)[None])
        self._writer.flush()


class MethodPictures(StepCallback):
    """What a method shows of one batch (`method.pictures`): in TensorBoard and in `pictures/` of the run folder.

    Args:
        last_step: of the stage.
        folder: of the run.
        stage: its name.
        every: steps between two looks.
        batch: function that gives the batch; asked for at the first look.
    """

    def __init__(self, first_step: int, last_step: int, folder: Path, stage: str, every: int, batch):
        super().__init__(first_step)
        self.last_step, self.folder, self.stage, self.every, self.batch = last_step, folder, stage, every, batch

    def after_step(self, step: int, logs: dict) -> None:
        if step % self.every and step != self.last_step:
            return
        pictures = self.model.pictures(self.batch())
        if not pictures:
            self.every = self.last_step + 1
            return
        writer = tf.summary.create_file_writer(str(self.folder / "tensorboard"), filename_suffix=".method")
        with writer.as_default(step):
            for name, images in pictures.items():
                tf.summary.image(f"{self.stage}/{name}", images, max_outputs=len(images))
        writer.close()
        self.keep(step, pictures)

    def keep(self, step: int, pictures: dict) -> None:
        """One picture of the latest look, with its caption, for the report."""
        place = self.folder / "pictures"
        place.mkdir(exist_ok=True)
        name, captions = f"{self.stage}_{type(self.model).__name__.lower()}.png", place / "captions.json"
        atomic_write(place / name, figure_to_png(picture_grid(pictures)))
        known = json.loads(captions.read_text()) if captions.exists() else {}
        text = f"{self.model.caption} Stage {self.stage}, step {step}."
        atomic_write(captions, json.dumps(known | {name: text}, indent=1))
