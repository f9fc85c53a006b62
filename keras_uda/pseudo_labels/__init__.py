"""Labels that a segmenter gives to target images: thresholds, selection, files with a manifest, and what makes them.

`thresholds` and `selection` are numpy in, numpy out; `label_folder` keeps the files; `generate` runs the segmenter.
"""
