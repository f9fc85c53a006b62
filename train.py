"""Adapts a segmenter: configuration -> run folder. `python train.py --help` tells everything."""

import sys

from keras_uda.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
