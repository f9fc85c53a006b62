"""A section of the report: source images beside what the translator of a stage made of them."""

import json
from collections.abc import Sequence

import numpy as np

from keras_uda.core.atomic import atomic_write
from keras_uda.core.json_records import Record
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.prepared import Prepared
from keras_uda.report.figures import figure_to_png
from keras_uda.report.figures import picture_grid
from keras_uda.report.sections.kept_images import Kept
from keras_uda.report.sections.kept_images import kept_image
from keras_uda.report.sections.kept_images import manifests_of
from keras_uda.runs.stage import Stage

IMAGES_SHOWN = 4
PICTURE = "pictures/translations.png"
TEXT = (
    "Source images as the translator left them; later stages train on these, with the labels of the originals. What "
    "changes its class in them teaches the segmenter something wrong. Steps of a translator are no source batches: the "
    "baselines have none of them. `change` is the mean difference of a value from its original, of 255."
)


class Manifest(Record):
    """What is read of a manifest."""

    images: dict[str, Kept]


def write_translation_section(stages: Sequence[Stage], source: Prepared) -> None:
    """Writes `sections/translations.json` and its picture; nothing for a run without translations.

    Args:
        stages: all of a run, finished.
        source: the images that were translated.
    """
    folder = stages[-1].run_folder
    places = {stage.name: stage.folder / "translations" for stage in stages if stage.facts.translates}
    manifests = manifests_of(places, Manifest)
    if not manifests or len(manifests) < len(places):
        return
    frames = list(evaluation_frames(source, IMAGES_SHOWN))
    originals, translated = [image for _, image, _ in frames], {}
    for stage, manifest in manifests.items():
        translated[stage] = [kept_image(places[stage], manifest["images"], name, channels=3) for name, _, _ in frames]
    steps = {stage.name: stage.steps for stage in stages}
    rows = [[n, steps[n], len(m["images"]), change(originals, translated[n])] for n, m in manifests.items()]
    section = {"title": "Translated source images", "text": TEXT, "pictures": [PICTURE]}
    section |= {"columns": ["stage", "steps", "images", "change"], "rows": rows}
    shown = {f"source as target ({stage})": images for stage, images in translated.items()}
    picture = figure_to_png(picture_grid({"source": originals} | shown))
    for name, content in (("sections/translations.json", json.dumps(section)), (PICTURE, picture)):
        (folder / name).parent.mkdir(exist_ok=True)
        atomic_write(folder / name, content)


def change(originals: Sequence[np.ndarray], translated: Sequence[np.ndarray]) -> float:
    """Mean absolute difference of all values, to a tenth."""
    pairs = zip(originals, translated, strict=True)
    return round(float(np.mean([np.abs(one.astype("float32") - other).mean() for one, other in pairs])), 1)
