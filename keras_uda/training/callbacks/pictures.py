"""Pictures of predictions, and of what a method can show, during training."""

import json
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from keras_uda.core.atomic import atomic_write
from keras_uda.report.figures import figure_to_image
from keras_uda.report.figures import figure_to_png
from keras_uda.report.figures import picture_grid
from keras_uda.report.figures import prediction_strip
from keras_uda.runs.folder import read_json
from keras_uda.runs.stage import Stage
from keras_uda.segmenters.inference import label_map_of
from keras_uda.training.callbacks.step import StepCallback


def steps_between_pictures(stage: Stage) -> int:
    return max(stage.run.checkpoint_every, stage.steps // 10)


class PredictionPictures(StepCallback):
    """The same target frames with the prediction of the moment, in TensorBoard, at most ten times a stage.

    Args:
        stage: that is trained.
        images: uint8 (n, H, W, 3) target frames.
        labels: of the frames (n, H, W), None: they have none.
    """

    def __init__(self, first_step: int, stage: Stage, images: np.ndarray, labels: np.ndarray | None = None):
        super().__init__(first_step)
        self.images, self.labels, self.stage, self.every = images, labels, stage, steps_between_pictures(stage)
        place = str(stage.run_folder / "tensorboard")
        self._writer = tf.summary.create_file_writer(place, filename_suffix=".pictures")

    def after_step(self, step: int, logs: dict) -> None:
        if step % self.every:
            return
        label_maps = label_map_of(self.model.segmenter, self.images, self.images).astype("uint8")
        predictions, classes = {"prediction": label_maps}, self.stage.run.data.classes
        figure = prediction_strip(self.images, self.labels, predictions, classes)
        with self._writer.as_default(step):
            tf.summary.image(f"{self.stage.name}/predictions", figure_to_image(figure)[None])
        self._writer.flush()


class MethodPictures(StepCallback):
    """What a method shows of one batch (`method.pictures`): in TensorBoard and in `pictures/` of the run folder.

    Args:
        stage: that is trained.
        batch: function that gives the batch; called when there are pictures to make.
    """

    def __init__(self, first_step: int, stage: Stage, batch: Callable[[], dict]):
        super().__init__(first_step)
        self.stage, self.batch, self.every = stage, batch, steps_between_pictures(stage)

    def after_step(self, step: int, logs: dict) -> None:
        if step % self.every and step != self.stage.steps:
            return
        pictures = self.model.pictures(self.batch())
        if not pictures:
            self.every = self.stage.steps + 1
            return
        writer = tf.summary.create_file_writer(str(self.stage.run_folder / "tensorboard"), filename_suffix=".method")
        with writer.as_default(step):
            for name, images in pictures.items():
                tf.summary.image(f"{self.stage.name}/{name}", images, max_outputs=len(images))
        writer.close()
        self.keep(step, pictures)

    def keep(self, step: int, pictures: dict) -> None:
        """The latest picture, with its caption, for the report."""
        place = self.stage.run_folder / "pictures"
        place.mkdir(exist_ok=True)
        name, captions = f"{self.stage.name}_{type(self.model).__name__.lower()}.png", place / "captions.json"
        atomic_write(place / name, figure_to_png(picture_grid(pictures)))
        known = read_json(captions, dict[str, str])
        text = f"{self.model.caption} Stage {self.stage.name}, step {step}."
        atomic_write(captions, json.dumps(known | {name: text}, indent=1))
