"""Clips as they come from a dashcam or a phone: frames at an interval, held out by clip."""

from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from keras_uda.config.ranges import Count
from keras_uda.config.ranges import Positive
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import list_files
from keras_uda.core.outside import require_regular
from keras_uda.data.cache.location import cache_folder
from keras_uda.data.formats.images import OTHER_PICTURES
from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.formats.images import reason_of
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.reader import Reader
from keras_uda.predict.sieve import Sieve

if TYPE_CHECKING:
    from keras_uda.data.cache.clips import Clip

PROXIES = (".lrv",)  # action cameras write each clip a second time, small
FEW = 40  # frames; the documents say the same
FASTEST_SECONDS = 0.1  # neighbouring frames of a clip look alike
HELD_OUT_SHARE = 0.2  # of all frames, at most, where that can be kept


class Footage(Reader):
    """The frames of a clip, or of all clips below a folder, as `<clip>/<seconds>s.jpg`; they have no labels.

    `train/` and `val/` below the root, where they are there, say which clips are held out; so does `held_out`. Without
    either, the last clips by name are held out that make up a fifth of the frames at most, or the shortest one; of a
    single clip nothing is, since its frames are neighbours.

    Args:
        every_seconds: from one frame to the next.
        held_out: patterns (`*`, `?`, `[...]`) of names of clips that are never trained on; (): none; null: see above.
        stream: which video stream of files with several; null: the one with most pixels.
    """

    takes_files = True
    holds_out = True

    def __init__(
        self, *, every_seconds: Positive = 1.0, held_out: tuple[str, ...] | None = None, stream: Count | None = None
    ):
        self.every_seconds, self.held_out, self.stream = every_seconds, held_out, stream

    def pairs(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        if split not in ("train", "val"):
            raise DataError(root, f"footage has no split `{split}`", "Use train or val")
        clips = self._decoded(root, self._clips(root))
        held_out, why = self._held_out(root, clips)
        if split == "val" and not held_out:
            remedy = "Add a clip, or name some: data.target.arguments.held_out"
            raise DataError(root, f"no clip is held out ({why})", remedy)
        frames, alike = _without_duplicates(clips, held_out, split)
        if not frames:
            what = f"no frame is left of `{split}`; left out: {_left_out(clips, alike)}"
            raise DataError(root, what, "Add clips, or correct data.target.arguments")
        if split == "train":
            self.remarks = (*self._told(clips, held_out, why, alike), *_left_alone(root))
        return sorted(frames)

    def look(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        clips = self._clips(root)
        for path in clips.values():
            require_regular(path)
        return [Pair(name, path, None) for name, path in clips.items()]

    def _clips(self, root: Path) -> dict[str, Path]:
        from keras_uda.predict.inputs import VIDEOS

        if root.is_file():
            return {root.name: root}
        suffixes = tuple(suffix for suffix in VIDEOS if suffix not in PROXIES)
        clips = {path.relative_to(root).as_posix(): path for path in list_files(root, suffixes)}
        if not clips:
            remedy = "Give a video file, or for images --data.target.name folder"
            raise DataError(root, "no clip below this folder", remedy)
        return clips

    def _decoded(self, root: Path, paths: dict[str, Path]) -> "dict[str, Clip]":
        from keras_uda.data.cache.clips import cut_clip

        clips, problems = {}, []
        for name, path in paths.items():
            try:
                clips[name] = cut_clip(path, cache_folder(self.cache), self.every_seconds, self.stream)
            except DataError as error:
                problems.append(Problem(name, getattr(error, "what", reason_of(error))))
        if problems and not (self.skip_bad and clips):
            remedy = "Repair them, take them out of the folder, or leave them out (`on_bad_sample: skip`)"
            raise data_error(root, problems, len(paths), remedy)
        if problems:
            warn(f"{root}: {len(problems)} of {len(paths)} clips left out, the first is {problems[0]}")
        return clips

    def _held_out(self, root: Path, clips: "dict[str, Clip]") -> tuple[list[str], str]:
        """Names of the clips of `val`, and what decided."""
        if self.held_out is not None:
            found = [name for name in clips if any(_named(name, pattern) for pattern in self.held_out)]
            strange = [pattern for pattern in self.held_out if not any(_named(name, pattern) for name in clips)]
            if strange or (found and len(found) == len(clips)):
                what = f"no clip has a name like {', '.join(strange)}" if strange else "every clip is held out"
                raise UsageError("data.target.arguments.held_out", what, f"There are {', '.join(list(clips)[:5])}")
            return found, "as `held_out` says"
        if root.is_dir() and ((root / "val").is_dir() or (root / "train").is_dir()):
            return [name for name in clips if name.startswith("val/")], "as the folders `train` and `val` say"
        if sum(bool(clip.sizes) for clip in clips.values()) == 1:
            return [], "one clip, and its frames are neighbours"
        return _last(clips), "by clip"

    def _told(self, clips: "dict[str, Clip]", held_out: list[str], why: str, alike: int) -> list[str]:
        kept = sum(len(clip.sizes) for clip in clips.values()) - alike
        named = f"{len(clips)} clips" if len(clips) > 1 else "1 clip"
        lines = [f"{named}: {kept} frames, one every {self.every_seconds:g} s; left out: {_left_out(clips, alike)}"]
        shown = f"{', '.join(held_out[:5])}{', ...' if len(held_out) > 5 else ''}" if held_out else "nothing"
        lines.append(f"held out (`val`): {shown} ({why})")
        if kept < FEW:
            lines.append(f"few frames: about {FEW} are enough to try it; {self._more(kept)}")
        return lines + [f"{name}: {clip.loss}" for name, clip in clips.items() if clip.loss]

    def _more(self, kept: int) -> str:
        """How to get more frames: an interval at which these clips would give enough, if they moved all the time."""
        seconds = max(self.every_seconds * max(kept, 1) / FEW, FASTEST_SECONDS)
        if seconds >= self.every_seconds:
            return "add clips"
        return f"take them more often (--data.target.arguments.every_seconds {seconds:.2g}), or add clips"


def _left_out(clips: "dict[str, Clip]", alike: int) -> str:
    """How many frames were not taken, by reason."""
    dropped = sum((Counter(clip.dropped) for clip in clips.values()), Counter())
    if alike:
        dropped["like a frame of another clip"] = alike
    return ", ".join(f"{count} {reason}" for reason, count in dropped.items()) or "none"


def _left_alone(root: Path) -> list[str]:
    pictures = list_files(root, (*SUFFIXES, *OTHER_PICTURES), irregular=True) if root.is_dir() else []
    return [f"{len(pictures)} pictures are not read: the reader `folder` takes them"] if pictures else []


def _named(name: str, pattern: str) -> bool:
    return any(fnmatchcase(one, pattern) for one in (name, Path(name).name, Path(name).stem))


def _last(clips: "dict[str, Clip]") -> list[str]:
    """The last clips that make up `HELD_OUT_SHARE` of the frames at most; where none is so short, the shortest one."""
    counts = {name: len(clip.sizes) for name, clip in clips.items() if clip.sizes}
    left, found = HELD_OUT_SHARE * sum(counts.values()), []
    for name in reversed(counts):
        if counts[name] > left:
            break
        left -= counts[name]
        found.insert(0, name)
    return found or (sorted(counts, key=counts.get)[:1] if len(counts) > 1 else [])


def _without_duplicates(clips: "dict[str, Clip]", held_out: list[str], split: str) -> tuple[list[Pair], int]:
    """Frames of a split, each like none of another clip; held-out clips come first: none of theirs is trained on.

    Returns:
        Frames of the split, and how many of it were left out.
    """
    sieve, pairs, alike = Sieve(), [], 0
    training = [name for name in clips if name not in held_out]
    for name in held_out + (training if split == "train" else []):
        clip, of_split = clips[name], (name in held_out) == (split == "val")
        new = [not sieve.knows(small) for small in clip.small]  # within a clip all of them are
        for frame, small, is_new in zip(clip.sizes, clip.small, new, strict=True):
            if is_new:
                sieve.keep(small)
            if is_new and of_split:
                pairs.append(Pair(f"{name}/{frame}", clip.folder / frame, None))
            alike += of_split and not is_new
    return pairs, alike
