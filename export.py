"""Exports a run: run folder -> SavedModel, LiteRT, serving folder. `python export.py --help` tells everything."""

import sys

from keras_uda.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["export", *sys.argv[1:]]))
