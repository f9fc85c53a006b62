"""The target frames that int8 takes its ranges from, without the few on which the network blows up."""

from pathlib import Path

import keras
import numpy as np

from keras_uda.core import apart
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import UdaError
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.export.check_frames import CheckFrames
from keras_uda.export.source import Source
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.places import read_run
from keras_uda.segmenters.inference import outputs_of

OUTLIER = 4.0  # times the median over frames; ordinary frames of all segmenters here stay below 2


class Calibration:
    """Reads the frames when they are asked for, once, and remembers what was read.

    Args:
        source: the run, and the branch of its segmenter.
        most: how many frames, spread over the target.
        fallback: taken where the target of the run is not at hand any more.
    """

    def __init__(self, source: Source, most: int, fallback: CheckFrames):
        self.source, self.most, self.fallback, self.used, self._images = source, most, fallback, None, None

    def __call__(self) -> np.ndarray:
        if self._images is None:
            self._images = self._ordinary()
        return self._images

    def _ordinary(self) -> np.ndarray:
        images, origin = self._read()
        kept = ~apart.call(outliers_of, self.source, images)
        left_out = len(images) - int(kept.sum())
        if left_out:
            what = f"their activations are over {OUTLIER:g} times those of the others, and would take the 8 bits"
            say(f"int8: {left_out} of {len(images)} calibration frames left out, {what}")
        self.used = {"frames": int(kept.sum()), "left_out": left_out, "from": origin}
        return images[kept]

    def _read(self) -> tuple[np.ndarray, str]:
        """uint8 (n, height, width, 3), and where they come from."""
        if not (Path(self.source.run) / "config.yaml").is_file():
            return self.fallback.images[: self.most], self.fallback.origin
        config = read_run(RunFolder(self.source.run))
        try:
            target = Domains(config.data, LabelLedger()).target
        except UdaError as error:
            warn(f"int8 is calibrated on the frames of the check: {error}")
            return self.fallback.images[: self.most], self.fallback.origin
        images = np.stack([image for _, image, _ in evaluation_frames(target, self.most)])
        return images, f"{config.data.target.split} images of the target {config.data.target.name}"


def outliers_of(source: Source, images: np.ndarray) -> np.ndarray:
    """`outliers` of the segmenter of a run."""
    return outliers(source.load(), images)


def outliers(segmenter: keras.Model, images: np.ndarray) -> np.ndarray:
    """The frames on which the network blows up: its largest activation there is far above that of most frames.

    int8 spreads its 256 values from the smallest to the largest value that calibration meets. A deep network after a
    short training answers one odd frame in fifty with logits of thousands; with ranges from that frame, all the others
    have a handful of values left.

    Args:
        segmenter: float32, RGB 0..255 -> {"logits", "features", ...}.
        images: uint8 (n, height, width, 3).
    Returns:
        bool (n,): any output exceeds `OUTLIER` times its median over the frames.
    """
    largest = []
    for image in images:
        outputs = keras.tree.flatten(outputs_of(segmenter, image[None]))
        largest.append([np.abs(keras.ops.convert_to_numpy(output)).max() for output in outputs])
    largest = np.array(largest)
    return (largest > OUTLIER * np.median(largest, axis=0)).any(axis=1)
