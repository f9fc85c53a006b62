"""Images to predict, and what the exported toy model says of them."""

from PIL import Image

from keras_uda.commands import predict as command
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import train_ids
from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_map
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import frame
from tests.toy_export import toy_exports

MAP = train_ids(CITYSCAPES)


def expected(image):
    from keras_uda.artefacts.runners import LiteRT

    label_maps, _ = LiteRT(toy_exports() / "model.tflite")(resize_frame(image, (WIDTH, HEIGHT))[None])
    return resize_map(label_maps[0], image.shape[1::-1])


def write_images(folder, names, sizes=((70, 50), (64, 48), (33, 91))):
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(frame(index, *sizes[index % len(sizes)])).save(folder / name)
    return folder


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run(source, output, *flags):
    model = str(toy_exports() / "model.tflite")
    command.main(["--input", str(source), "--output", str(output), "--model", model, *flags])
