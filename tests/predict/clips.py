"""Small clips, whole and damaged, drawn on the spot."""

import io
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from keras_uda.predict.video.read import Video
from tests.pictures import frame


def make_clip(path: Path, frames: int = 12, width: int = 80, height: int = 48, **options) -> Path:
    """Writes a clip whose frames differ.

    Args:
        options: `codec`, `rate`, `pixels`, `container` (of FFmpeg), `pixel` (width against height of one), `ticks`
            (times of the frames, in frames, as many as there are), `group` (frames between key frames), `draw`
            (index -> picture).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    codec = options.get("codec", "libx264")
    with av.open(str(path), "w", options=options.get("container", {})) as container:
        stream = container.add_stream(codec, rate=options.get("rate", 25))
        stream.width, stream.height, stream.pix_fmt = width, height, options.get("pixels", "yuv420p")
        if codec == "libx264":
            stream.options = {"g": str(options.get("group", 4)), "bf": "0"}
        if "pixel" in options:
            stream.codec_context.sample_aspect_ratio = options["pixel"]
        draw = options.get("draw", lambda index: frame(index, width, height))
        for index, tick in enumerate(options.get("ticks", range(frames))):
            picture = av.VideoFrame.from_ndarray(draw(index), format="rgb24")
            picture.pts, picture.time_base = tick, 1 / Fraction(options.get("rate", 25))
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def make_several(path: Path, sizes=((80, 48), (160, 96)), frames: int = 6) -> Path:
    """A file with a video stream of each size."""
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("libx264", rate=25) for _ in sizes]
        for stream, (stream.width, stream.height) in zip(streams, sizes, strict=True):
            stream.pix_fmt = "yuv420p"
        for index in range(frames):
            for stream in streams:
                picture = av.VideoFrame.from_ndarray(frame(index, stream.width, stream.height), format="rgb24")
                container.mux(stream.encode(picture))
        for stream in streams:
            container.mux(stream.encode())
    return path


def add_cover(path: Path, size: tuple[int, int] = (640, 640)) -> Path:
    """Puts a cover into an MP4 as taggers do (`moov/udta/meta/ilst/covr`); FFmpeg shows it as the first stream."""
    jpeg = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(jpeg, "JPEG")
    cover = _box(b"covr", _box(b"data", struct.pack(">II", 13, 0) + jpeg.getvalue()))
    handler = _box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    more = _box(b"udta", _box(b"meta", bytes(4) + handler + _box(b"ilst", cover)))
    content = path.read_bytes()
    start = content.rfind(b"moov") - 4
    length, first = (struct.unpack_from(">I", content, place)[0] for place in (start, start + 8))
    moov = content[start + 8 : start + 8 + first] + more + content[start + 8 + first : start + length]
    path.write_bytes(content[:start] + _box(b"moov", moov) + content[start + length :])
    return path


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def show_half(path: Path) -> Path:
    """Trims an MP4 as phones do: the edit list shows the first half, all packets stay in the file."""
    content = bytearray(path.read_bytes())
    place = content.find(b"elst") + 12
    struct.pack_into(">I", content, place, struct.unpack_from(">I", content, place)[0] // 2)
    path.write_bytes(content)
    return path


def copy_from(path: Path, to: Path, seconds: float) -> Path:
    """What `ffmpeg -ss SECONDS -c copy` keeps: packets from there on, key frame or not."""
    with av.open(str(path)) as source, av.open(str(to), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size and packet.pts * packet.time_base >= seconds:
                packet.stream = stream
                target.mux(packet)
    return to


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
