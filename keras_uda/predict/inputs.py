"""What an input is called in outputs and records, without secrets, and how it is told from another of the same name."""

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import SplitResult
from urllib.parse import urlsplit

from keras_uda.core.files import resource_errors
from keras_uda.core.outside import opened

CAMERA, WORLD = "camera:", "world:"
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
VIDEOS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".mjpeg", ".mjpg", ".wmv")
VIDEOS += (
    ".m2ts",
    ".3gp",
    ".3g2",
    ".flv",
    ".f4v",
    ".vob",
    ".mod",
    ".tod",
    ".asf",
    ".ogv",
    ".mxf",
    ".dv",
    ".qt",
    ".divx",
)
VIDEOS += (".h264", ".264", ".h265", ".hevc", ".ivf", ".y4m", ".nut", ".lrv", ".insv", ".360")
# Pictures that other programs and cameras write and we may not read; an animated .gif alone is footage.
OTHER_PICTURES = (".tif", ".tiff", ".webp", ".gif", ".heic", ".heif", ".hif", ".avif", ".jfif", ".jpe", ".jif", ".jxl")
OTHER_PICTURES += (
    ".jp2",
    ".j2k",
    ".jpf",
    ".jpx",
    ".ppm",
    ".pgm",
    ".pbm",
    ".pnm",
    ".pfm",
    ".tga",
    ".dib",
    ".psd",
    ".exr",
)
OTHER_PICTURES += (".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw", ".gpr", ".insp")
PIECES, PIECE_BYTES = 16, 2**16


def escaped(name: str | Path) -> str:
    r"""Names of files, as they can be printed and written: bytes that are no UTF-8 become `\xdf`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def file_of(source: str) -> Path | None:
    """The file or folder; None for a camera, a built-in clip or an address."""
    return None if source.startswith((CAMERA, WORLD)) or ADDRESS.match(source) else Path(source)


def stem_of(source: str) -> str:
    """What outputs are called after.

    `drive.mp4` -> `drive`, `world:drive` -> `world-drive`, `camera:/dev/video2` -> `camera-video2`,
    `rtsp://me:secret@host/live?key=1` -> `live`.
    """
    if ADDRESS.match(source):
        parts = _split(source)
        return (parts and (Path(parts.path).stem or parts.hostname)) or "input"
    if source.startswith(WORLD):
        return escaped(source.replace(":", "-"))
    camera = source.startswith(CAMERA)
    return f"camera-{Path(source.removeprefix(CAMERA)).name}" if camera else escaped(Path(source).stem)


def name_of(source: str) -> str:
    """The last part of a path; of an address scheme, host and path: secrets are in the user, or in the query."""
    if not ADDRESS.match(source):
        return escaped(Path(source).name)
    parts = _split(source)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts else "an address"


def _split(address: str) -> SplitResult | None:
    """None for what is no address: where its password ends is unknown then."""
    try:
        parts = urlsplit(address)
        return parts if parts.port != 0 else None  # asking for the port checks it
    except ValueError:
        return None


def fingerprint(source: str) -> str | None:
    """Tells inputs of the same name apart; None for cameras, built-in clips and addresses.

    Of a file: its size and pieces of its content, so that a clip is known again wherever it lies, and one of many hours
    is not read twice. Of a folder: where it is, hashed, as records are passed on; its images have a `stamp` each.
    """
    path = file_of(source)
    if path is None:
        return None
    if path.is_dir():
        return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()
    with resource_errors(path), opened(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        digest = hashlib.sha256(str(size).encode())
        for place in range(0, size, max(PIECE_BYTES, size // PIECES)):
            stream.seek(place)
            digest.update(stream.read(PIECE_BYTES))
    return digest.hexdigest()


def stamp(file: Path) -> str:
    """Size and time of the last change of a file; empty for one that cannot be looked at."""
    try:
        status = file.stat()
    except OSError:
        return ""
    return f"{status.st_size}-{status.st_mtime_ns}"
