"""Arrays -> pictures inside an HTML page."""

import base64
import io

import numpy as np
from PIL import Image


def photograph(image: np.ndarray, width: int = 480, quality: int = 82) -> str:
    """uint8 (H,W,3) -> `data:` address of a JPEG at most `width` wide."""
    stream = io.BytesIO()
    _at_most(image, width, Image.Resampling.LANCZOS).save(stream, "JPEG", quality=quality)
    return _address("jpeg", stream)


def label_picture(picture: np.ndarray, width: int = 480) -> str:
    """uint8 (H,W,3) of at most 256 colours -> `data:` address of an exact palette PNG at most `width` wide."""
    small = np.asarray(_at_most(picture, width, Image.Resampling.NEAREST)).astype("uint32")
    packed = small[..., 0] << 16 | small[..., 1] << 8 | small[..., 2]
    colours, index = np.unique(packed, return_inverse=True)
    indexed = Image.fromarray(index.reshape(packed.shape).astype("uint8"))
    indexed.putpalette(np.stack([colours >> 16, colours >> 8 & 255, colours & 255], 1).astype("uint8").tobytes())
    stream = io.BytesIO()
    indexed.save(stream, "PNG", optimize=True)
    return _address("png", stream)


def _at_most(image: np.ndarray, width: int, method: Image.Resampling) -> Image.Image:
    picture = Image.fromarray(image)
    if picture.width <= width:
        return picture
    return picture.resize((width, max(1, round(picture.height * width / picture.width))), method)


def _address(kind: str, stream: io.BytesIO) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode()}"
