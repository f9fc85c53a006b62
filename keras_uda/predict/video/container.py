"""Opens footage: what FFmpeg may play, and which of the streams in a file is the clip."""

from fractions import Fraction

import av
from av.stream import Disposition

from keras_uda.core.console import say_line
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.outside import require_regular

# FFmpeg also "plays" text files, pictures and lists of addresses; those are not footage.
CONTAINERS = {"mov", "mp4", "matroska", "webm", "avi", "mpegts", "mpeg", "flv", "asf", "ogg", "mjpeg", "m4v", "h264"}
CONTAINERS |= {"hevc", "nut", "ivf", "mxf", "gif", "yuv4mpegpipe", "dv", "wtv", "mpegvideo", "obu", "rtsp"}
# What players show beside a clip: covers of taggers, thumbnails of cameras.
NO_FOOTAGE = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
PICTURES = {"mjpeg", "png", "bmp", "gif", "webp", "tiff", "jpegls", "jpeg2000", "ljpeg"}
LARGEST_PIXELS = 64_000_000
ODDEST_PIXELS = 4  # width against height of a pixel; what lies beyond is a mistake in the file
REMEDY = "Give a video file such as .mp4, an image, or a folder of images"


def open_container(source: str, name: str, address: bool) -> av.container.InputContainer:
    """Opens a file or an address for reading.

    Args:
        source: path or address.
        name: for messages, without credentials.
        address: `source` is one.
    Raises:
        DataError: no such file, or nothing that FFmpeg plays as footage.
    """
    if not address:
        require_regular(source, remedy="Check the path")
    options = {"format_whitelist": ",".join(sorted(CONTAINERS))}
    options |= {} if address else {"protocol_whitelist": "file"}
    # What stands before the first colon of a bare name is a protocol to FFmpeg: `10:22:33.mp4`.
    place = source if address else f"file:{source}"
    try:
        return av.open(place, options=options, metadata_errors="ignore", timeout=30)
    except (av.FFmpegError, ValueError) as error:
        raise DataError(name, f"not a playable video ({_short(error)})", REMEDY) from error


def choose_stream(container: av.container.InputContainer, name: str, number: int | None) -> av.VideoStream:
    """The stream that is decoded: of several the one with most pixels, or the one that is asked for.

    Args:
        container: opened.
        name: for messages.
        number: among the streams of footage, from 0, covers and thumbnails not counted; None chooses.
    Raises:
        DataError: no footage in it, or frames that are too large. UsageError: no stream of that number.
    """
    streams = _footage(container, name)
    if number is not None and not 0 <= number < len(streams):
        raise UsageError("--stream", f"{name} has no video stream {number}", f"There is {_listed(streams)}")
    chosen = max(range(len(streams)), key=lambda place: _pixels(streams[place])) if number is None else number
    if len(streams) > 1 and number is None:
        say_line(
            f"{name}: {len(streams)} video streams, {_listed(streams)}; {chosen} is read, --stream N takes another"
        )
    context = streams[chosen].codec_context
    if context is None or _pixels(streams[chosen]) * _stretch(streams[chosen]) > LARGEST_PIXELS:
        raise DataError(name, "frames too large or of an unknown codec", "Convert it to H.264 first")
    # Frames further on, which no header announces; decoders count a margin around each.
    context.options = {"max_pixels": str(5 * LARGEST_PIXELS // 4)}
    return streams[chosen]


def _footage(container: av.container.InputContainer, name: str) -> list[av.VideoStream]:
    streams = [stream for stream in container.streams.video if not stream.disposition & NO_FOOTAGE]
    if len(streams) > 1:  # a picture that is not marked as one, as some cameras write it
        streams = [stream for stream in streams if not _is_picture(stream)] or streams
    if not streams:
        what = "a picture, and no footage" if container.streams.video else "no video"
        raise DataError(name, f"{what} in it ({container.format.name})", REMEDY)
    return streams


def _is_picture(stream: av.VideoStream) -> bool:
    context = stream.codec_context
    return context is not None and context.name in PICTURES and stream.frames == 1


def _pixels(stream: av.VideoStream) -> int:
    """0 where FFmpeg knows no decoder."""
    return stream.codec_context.width * stream.codec_context.height if stream.codec_context is not None else 0


def _stretch(stream: av.VideoStream) -> float:
    """How much larger frames are shown, with square pixels, than they are stored."""
    pixel = stream.sample_aspect_ratio
    return float(max(pixel, 1 / pixel)) if has_shape(pixel) else 1.0


def has_shape(pixel: Fraction | None) -> bool:
    """Whether this can be the width against the height of a pixel."""
    return bool(pixel) and 1 / ODDEST_PIXELS <= pixel <= ODDEST_PIXELS


def _listed(streams: list[av.VideoStream]) -> str:
    contexts = [stream.codec_context for stream in streams]
    sizes = [f"{context.width}x{context.height}" if context is not None else "unknown" for context in contexts]
    return ", ".join(f"{number}: {size}" for number, size in enumerate(sizes))


def _short(error: Exception) -> str:
    return " ".join((getattr(error, "strerror", None) or str(error)).split())[:100]
