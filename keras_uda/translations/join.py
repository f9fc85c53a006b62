"""Translations as training images: with the labels of the images that they were made of."""

import dataclasses

from keras_uda.data.prepared import Prepared
from keras_uda.translations.folder import TranslationFolder


def with_translations(source: Prepared, folder: TranslationFolder, originals: bool) -> Prepared:
    """The source images and their translations, or the translations alone.

    Args:
        source: the images that were translated, with labels.
        folder: complete.
        originals: keep the images beside their translations: every one of both is drawn once in an epoch.
    """
    files = folder.files()
    translated = {
        "images": [files[name] for name in source.names],
        "names": [f"translated/{name}" for name in source.names],
        "digests": [folder.entries[name]["sha256"] for name in source.names],
    }
    if not originals:
        return dataclasses.replace(source, **translated, memory={})
    rows = range(len(source))
    twice = source.take([*rows, *rows])
    both = {key: getattr(source, key) + values for key, values in translated.items()}
    return dataclasses.replace(twice, **both, memory={})
