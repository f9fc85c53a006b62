"""Image files looked at with suspicion: the header first, the size limit before any decoding, all bytes if asked."""

import io
import os
import warnings
from pathlib import Path
from typing import BinaryIO
from typing import NamedTuple

import numpy as np
from PIL import Image
from PIL import ImageFile
from PIL import UnidentifiedImageError

from keras_uda.core.errors import DataError
from keras_uda.core.errors import ResourceError
from keras_uda.core.outside import LARGEST_PIXELS
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import opened

SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pnm")
FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "TIFF", "PPM")
SHOWN_FORMATS = "PNG, JPEG, BMP, WebP, TIFF, PPM"
# Pictures and clips that people have among their images and that are not read: they are counted.
OTHER_PICTURES = (".gif", ".heic", ".heif", ".avif", ".jp2", ".j2k", ".jxl", ".dng", ".cr2", ".cr3", ".nef", ".arw")
OTHER_PICTURES += (".rw2", ".orf", ".raf", ".exr", ".hdr", ".tga", ".dds", ".psd", ".svg")
LONGEST_SIDE = 32_768
MOST_BYTES_OF_A_PIXEL = 9  # four channels of 16 bits, and what a format adds
UNSUSPICIOUS = 16 * MEGABYTE  # notes, colour profiles, previews and second pictures stand beside the pixels
LARGEST_FILE = UNSUSPICIOUS + MOST_BYTES_OF_A_PIXEL * LARGEST_PIXELS
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
EXIF_ORIENTATION = 0x0112
# The half of a JPEG must be an error, not a picture with a grey lower half.
ImageFile.LOAD_TRUNCATED_IMAGES = False


class Header(NamedTuple):
    """What the first bytes of an image file say.

    Args:
        kind: `PNG`, `JPEG`, `BMP`, `WEBP`, `TIFF`, `PPM`.
        width, height: in pixels, as stored.
        bits: per channel.
        channels: stored channels; a palette has 1.
        palette: the pixels are indices.
        orientation: of EXIF, 1 (upright) to 8.
    """

    kind: str
    width: int
    height: int
    bits: int
    channels: int
    palette: bool
    orientation: int = 1

    @property
    def rotated(self) -> bool:
        """An EXIF orientation other than upright is noted."""
        return self.orientation != 1


def reason_of(error: BaseException) -> str:
    """The middle part of a `DataError`, or a short form of what a decoder raised."""
    return getattr(error, "reason", None) or " ".join(str(error).split())[:120] or type(error).__name__


def reason_and_guess(error: DataError) -> str:
    """`reason_of`, and the remedy where it is a guess at what the file is ("Looks like ...")."""
    _, _, remedy = str(error).rpartition(". ")
    return f"{reason_of(error)}; {remedy.rstrip('.')}" if remedy.startswith("Looks like") else reason_of(error)


def bad_image(path: object, reason: str, remedy: str = "Replace the file or leave it out") -> DataError:
    """A `DataError` whose `reason` can stand in a list of bad files."""
    error = DataError(path, reason, remedy)
    error.reason = reason
    return error


def read_bytes(path: Path | str) -> bytes:
    """All bytes of a regular file that a picture of ours can have.

    A pipe or a device is refused before it can block, and a file far larger than the picture that its header describes
    before it is read.
    """
    try:
        with opened(path, LARGEST_FILE, error=bad_image, remedy="Remove it from the folder") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > UNSUSPICIOUS:
                _require_fitting(stream, size, path)
            return stream.read(size + 1)
    except ResourceError as error:
        raise bad_image(path, error.what, "Check the disk and the permissions") from error
    except OSError as error:
        raise bad_image(path, error.strerror or "cannot be read", "Check the disk and the permissions") from error


def _require_fitting(stream: BinaryIO, size: int, path: object) -> None:
    image = _open(stream, path)
    stream.seek(0)
    width, height = _possible_size(image, path)
    if size > UNSUSPICIOUS + MOST_BYTES_OF_A_PIXEL * width * height:
        raise bad_image(path, f"{size // MEGABYTE} MB for {width}x{height} pixels, which no picture takes")


def _possible_size(image: Image.Image, path: object) -> tuple[int, int]:
    width, height = image.size
    if width * height > LARGEST_PIXELS or max(width, height) > LONGEST_SIDE:
        limits = f"more than {LARGEST_PIXELS // 10**6} million pixels or {LONGEST_SIDE} on a side"
        raise bad_image(path, f"{width}x{height} is too large ({limits})", "Scale it down")
    return width, height


def header(content: bytes, path: object) -> Header:
    """Reads the header only.

    Raises:
        DataError: empty, not an image of a kind we read, or larger than 64 million pixels.
    """
    if not content:
        raise bad_image(path, "empty file (0 bytes)")
    image = _open(io.BytesIO(content), path)
    width, height = _possible_size(image, path)
    if image.format == "PNG":
        return _png_header(content, path, image)
    if image.mode == "F" or (image.format == "TIFF" and image.mode == "I"):
        raise bad_image(path, "holds values of 32 bits, not a picture", "Save it with 8 or 16 bits per channel")
    kind = "JPEG" if image.format == "MPO" else image.format  # a JPEG with a second picture, as phones write it
    bits = 16 if image.mode.startswith("I") else 8
    return Header(kind, width, height, bits, len(image.getbands()), image.mode == "P", _orientation(image))


def _open(stream: BinaryIO, path: object) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(stream, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise bad_image(path, "too large (decompression bomb)", "Scale it down") from error
    except UnidentifiedImageError as error:
        stream.seek(0)
        what = f"not a supported picture format, not a {SHOWN_FORMATS} (starts with {stream.read(12)!r})"
        raise bad_image(path, what, "Convert it to PNG or JPEG, or leave it out") from error
    except Exception as error:  # decoders raise SyntaxError, struct.error, ValueError, OSError for damaged headers
        raise bad_image(path, f"damaged header ({reason_of(error)})") from error


def _orientation(image: Image.Image) -> int:
    if image.format == "TIFF":
        return 1  # Pillow gives the pixels of a TIFF upright
    try:
        noted = int(image.getexif().get(EXIF_ORIENTATION, 1))
    except Exception:  # damaged EXIF data: nothing that pixels depend on
        return 1
    return noted if noted in range(1, 9) else 1


def _png_header(content: bytes, path: object, image: Image.Image) -> Header:
    if content[12:16] != b"IHDR" or len(content) < 33:
        raise bad_image(path, "damaged PNG header")
    bits, colour_type = content[24], content[25]
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type]
    return Header("PNG", *image.size, bits, channels, colour_type == 3, _orientation(image))


def read_image(path: Path | str) -> np.ndarray:
    """An image as stored (EXIF rotation is not applied), uint8 RGB (H,W,3).

    Grey is repeated, alpha is dropped, a palette is looked up, 16 bits are cut to the upper 8, CMYK is converted.

    Raises:
        DataError: whatever is wrong with the file.
    """
    content = read_bytes(path)
    head = header(content, path)
    image = decode(content, path)
    if head.bits == 16 and head.channels == 1:
        grey = (np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    return np.asarray(image.convert("RGB"))


def read_upright(path: Path | str) -> np.ndarray:
    """`read_image`, turned as its EXIF orientation says: what a viewer shows, uint8 RGB (H,W,3)."""
    image = read_image(path)
    orientation = _orientation(_open(io.BytesIO(read_bytes(path)), path))
    if orientation in (5, 6, 7, 8):  # stored column by column
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)


def decode(content: bytes, path: object) -> Image.Image:
    """The decoded picture in Pillow's mode for it; damage and truncation raise `DataError`."""
    image = _open(io.BytesIO(content), path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.load()
    except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error, zlib.error
        raise bad_image(path, f"truncated or damaged ({reason_of(error)})") from error
    return image


def needs_conversion(head: Header) -> bool:
    """Whether TensorFlow would decode the pixels differently from `read_image`, or not at all."""
    exact = (head.kind == "PNG" and head.bits <= 8) or (head.kind == "JPEG" and head.channels <= 3)
    return not exact
