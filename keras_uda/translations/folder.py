"""The translations of one stage on disk: PNGs that are whole or absent, see `runs.stage_files`."""

import numpy as np

from keras_uda.core.json_records import Record
from keras_uda.data.cache.conversion import encode_png
from keras_uda.runs.stage_files import StageFiles


class Entry(Record):
    """The translation of one image."""

    file: str
    sha256: str


class Line(Entry):
    """The translation of one image in `written.jsonl`."""

    name: str


class Manifest(Record):
    """`manifest.json`, with the identity beside it."""

    images: dict[str, Entry]


class TranslationFolder(StageFiles):
    """The folder of the translations that one stage leaves: `images/<name>`, PNG of 8-bit RGB."""

    plural, singular, key = "translations", "translation", "images"
    causes = {
        "model": "the translator of another checkpoint",
        "size": "another size",
        "source": "other source images",
    }
    line, record = Line, Manifest

    def add(self, name: str, image: np.ndarray) -> None:
        """Writes the translation of one image.

        Args:
            name: of the sample.
            image: uint8 (H, W, 3).
        Raises:
            ResourceError: the disk refuses; what was written before stays usable.
        """
        file, digest = self._write("images", name, encode_png(image))
        self.listed(name, {"file": file, "sha256": digest})
