"""Images of every kind become the same RGB for Pillow and TensorFlow; hostile files are refused before decoding."""

import io
import resource
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL import ImageOps

from keras_uda.core.errors import DataError
from keras_uda.data.formats import images
from keras_uda.data.formats.images import header
from keras_uda.data.formats.images import needs_conversion
from keras_uda.data.formats.images import read_bytes
from keras_uda.data.formats.images import read_image
from keras_uda.data.formats.images import read_upright
from tests.data import making


def refuse(path):
    with pytest.raises(DataError) as caught:
        read_image(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_grey_alpha_and_palette_become_rgb(tmp_path):
    rgb = making.picture(0)
    grey = rgb[..., 0]
    alpha = making.picture(1)[..., 0]
    cases = {
        "rgb": (rgb, rgb),
        "rgba": (np.dstack([rgb, alpha]), rgb),
        "grey": (grey, np.repeat(grey[..., None], 3, 2)),
        "grey_alpha": (np.dstack([grey, alpha]), np.repeat(grey[..., None], 3, 2)),
        "grey16": (grey.astype(np.uint16) * 256 + 99, np.repeat(grey[..., None], 3, 2)),
    }
    for name, (stored, expected) in cases.items():
        np.testing.assert_array_equal(read_image(making.save(tmp_path / f"{name}.png", stored)), expected, name)
    path = making.save_palette(tmp_path / "palette.png", grey)
    colours = np.array(Image.open(path).getpalette(), np.uint8).reshape(-1, 3)
    np.testing.assert_array_equal(read_image(path), colours[grey])


def test_cmyk_is_converted_and_exif_rotation_is_not_applied(tmp_path):
    Image.fromarray(making.picture(0)).convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    assert read_image(tmp_path / "cmyk.jpg").shape == (33, 65, 3)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(making.picture(0)).save(tmp_path / "turned.jpg", exif=exif)
    assert read_image(tmp_path / "turned.jpg").shape == (33, 65, 3)
    assert header(read_bytes(tmp_path / "turned.jpg"), "turned.jpg").rotated


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_truncated_files_are_refused(tmp_path, suffix, share):
    path = making.save(tmp_path / f"cut{suffix}", making.picture(0))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert "truncated or damaged (image file is truncated" in refuse(path)


def test_what_is_no_image_is_refused(tmp_path):
    for name, content, words in [
        ("empty.png", b"", "0 bytes"),
        ("page.png", b"<!DOCTYPE html><html>404", "starts with b'<!DOCTYPE"),
        ("text.jpg", b"hello", "not a PNG"),
        ("head.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 30, "not a PNG"),
    ]:
        (tmp_path / name).write_bytes(content)
        assert words in refuse(tmp_path / name)
    assert "no such file" in refuse(tmp_path / "gone.png")


def test_flipped_bytes_in_a_png_are_found(tmp_path):
    path = making.save(tmp_path / "flip.png", making.picture(0))
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 2, len(content) // 2 + 20):
        content[place] ^= 0xFF
    path.write_bytes(content)
    assert "damaged" in refuse(path)


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (20_000, 20_000), (1, 200_000), (200_000, 1)])
def test_bombs_are_refused_from_the_header(tmp_path, width, height):
    path = tmp_path / "bomb.png"
    path.write_bytes(making.png(width, height, 8, 2))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "too large" in refuse(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def jpeg(width: int, height: int) -> bytes:
    """A JPEG whose frame says another size than its pixels have."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "JPEG")
    content = bytearray(stream.getvalue())
    place = content.index(b"\xff\xc0") + 5
    content[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(content)


def bmp(width: int, height: int) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head


def with_chunk(kind: bytes, content: bytes) -> bytes:
    whole = making.png(8, 8, 8, 2)
    return whole[:33] + chunk(kind, content) + whole[33:]


NULLS = zlib.compress(bytes(2 * 10**8), 1)
BOMBS = {
    "a.jpg": (jpeg(60_000, 60_000), "too large"),
    "a.bmp": (bmp(60_000, 60_000), "too large"),
    "a.ppm": (b"P6 60000 60000 255\n", "too large"),
    "profile.png": (with_chunk(b"iCCP", b"x\0\0" + NULLS), ""),
    "text.png": (with_chunk(b"zTXt", b"x\0\0" + NULLS), ""),
    "international.png": (with_chunk(b"iTXt", b"x\0\1\0\0\0" + NULLS), ""),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_of_other_kinds_take_no_memory(name, tmp_path):
    """I12: sizes that only a header has, and texts and profiles of 200 MB in a thousandth of it."""
    content, words = BOMBS[name]
    (tmp_path / name).write_bytes(content)
    tracemalloc.start()
    try:
        read_image(tmp_path / name)
    except DataError as error:
        assert words in str(error)
    else:
        assert words == ""
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 2**20


HEADS = {"a.png": making.png(64, 64, 8, 2)[:33], "a.jpg": jpeg(64, 64), "a.bmp": bmp(64, 64), "a.txt": b"hello"}


@pytest.mark.parametrize("size", [2**35, 300_000_000])
@pytest.mark.parametrize("name", HEADS)
def test_sparse_files_are_refused_before_they_are_read(name, size, tmp_path):
    """I12: larger than any picture, and than the picture of its own header."""
    (tmp_path / name).write_bytes(HEADS[name])
    with (tmp_path / name).open("r+b") as file:
        file.truncate(size)
    tracemalloc.start()
    assert "larger than" in refuse(tmp_path / name) or size < 2**30
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def test_a_large_picture_beside_much_else_is_read(tmp_path, monkeypatch):
    rgb = making.picture(0)
    path = making.save(tmp_path / "a.png", rgb)
    monkeypatch.setattr(images, "UNSUSPICIOUS", 10)
    np.testing.assert_array_equal(read_image(path), rgb)
    path.write_bytes(path.read_bytes() + bytes(20_000))
    assert "which no picture takes" in refuse(path)


@pytest.mark.parametrize("orientation", [None, *range(10)])
def test_upright_images_are_what_viewers_show(tmp_path, orientation):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (5, 7, 3), "uint8"))
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    for name in ("a.png", "a.jpg"):
        picture.save(tmp_path / name, exif=exif)
        with Image.open(tmp_path / name) as stored:
            np.testing.assert_array_equal(read_image(tmp_path / name), stored)
            np.testing.assert_array_equal(read_upright(tmp_path / name), ImageOps.exif_transpose(stored))


def test_pictures_of_other_programs_give_the_same_pixels(tmp_path):
    rgb = making.picture(0)
    for name, options in [
        ("a.webp", {"lossless": True}),
        ("a.tif", {}),
        ("b.tiff", {"compression": "tiff_lzw"}),
        ("a.ppm", {}),
    ]:
        np.testing.assert_array_equal(read_image(making.save(tmp_path / name, rgb, **options)), rgb, name)
    grey = np.repeat(rgb[..., :1], 3, axis=2)
    np.testing.assert_array_equal(read_image(making.save(tmp_path / "g.pgm", rgb[..., 0])), grey)
    deep = making.save(tmp_path / "deep.tif", rgb[..., 0].astype(np.uint16) * 256 + 9)
    np.testing.assert_array_equal(read_image(deep), grey)
    assert header(read_bytes(deep), deep).bits == 16 and needs_conversion(header(read_bytes(deep), deep))
    making.save(tmp_path / "a.jfif", rgb, format="JPEG")
    assert not needs_conversion(header(read_bytes(tmp_path / "a.jfif"), "a.jfif"))


@pytest.mark.parametrize("name", ["a.webp", "a.tif", "a.png"])
def test_every_kind_but_tiff_is_as_stored(tmp_path, name):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = making.save(tmp_path / name, making.picture(0), exif=exif)
    head = header(read_bytes(path), path)
    assert head.rotated == (name != "a.tif") and read_image(path).shape[:2] == (head.height, head.width)
    assert read_upright(path).shape == (65, 33, 3)


def test_numbers_that_are_no_picture_are_refused(tmp_path):
    for name, pixels in [("f.tif", np.zeros((4, 5), np.float32)), ("i.tif", np.zeros((4, 5), np.int32))]:
        assert "32 bits" in refuse(making.save(tmp_path / name, pixels))
