"""Small clips, whole and damaged, drawn on the spot."""

from pathlib import Path

import av
import numpy as np

from keras_uda.predict.video.read import Video
from tests.toy_export import frame


def make_clip(path: Path, frames: int = 12, width: int = 80, height: int = 48, **options) -> Path:
    """Writes a clip whose frames differ; codec and rate by `options`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    codec = options.get("codec", "libx264")
    with av.open(str(path), "w", options=options.get("container", {})) as container:
        stream = container.add_stream(codec, rate=options.get("rate", 25))
        stream.width, stream.height, stream.pix_fmt = width, height, options.get("pixels", "yuv420p")
        if codec == "libx264":
            stream.options = {"g": "4", "bf": "0"}
        for index in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame(index, width, height), format="rgb24")))
        container.mux(stream.encode())
    return path


def turn(path: Path, to: Path, degrees: int) -> Path:
    """The same pictures, packet by packet, with a rotation for the player."""
    with av.open(str(path)) as source, av.open(str(to), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(degrees)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    return to


def cut(path: Path, share: float) -> Path:
    """Keeps the first part of the file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def spoil(path: Path, seed: int = 0, count: int = 300) -> Path:
    """Overwrites random bytes in the second third of the file, where the frames are."""
    content = bytearray(path.read_bytes())
    random = np.random.default_rng(seed)
    for place in random.integers(len(content) // 3, 2 * len(content) // 3, count):
        content[place] = random.integers(256)
    path.write_bytes(content)
    return path


def count_frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def read(path):
    video = Video(path)
    return video, list(video.frames())
