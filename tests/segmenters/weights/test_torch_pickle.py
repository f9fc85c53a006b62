"""An unpickler that makes tensors and nothing else: programs are refused, declared sizes are not believed."""

import pytest

from keras_uda.core.errors import ArtefactError
from tests.segmenters.weights.torch_writer import FOUR_BYTES
from tests.segmenters.weights.torch_writer import dictionary
from tests.segmenters.weights.torch_writer import named
from tests.segmenters.weights.torch_writer import plain
from tests.segmenters.weights.torch_writer import read_here
from tests.segmenters.weights.torch_writer import storage
from tests.segmenters.weights.torch_writer import tensor
from tests.segmenters.weights.torch_writer import write_legacy
from tests.segmenters.weights.torch_writer import write_zip

ONE = storage("0", "FloatStorage", 1)


CALL = {
    "a command": named("os", "system") + b"(" + plain("touch canary") + b"tR",
    "a command by another name": named("posix", "system") + b"(" + plain("touch canary") + b"tR",
    "python code": named("builtins", "eval") + b"(" + plain("open('canary', 'w')") + b"tR",
    "another file": named("torch", "load") + b"(" + plain("canary") + b"tR",
    "a dotted name": b"\x80\x04" + plain("collections") + plain("OrderedDict.__init__.__globals__") + b"\x93",
    "an object of the reader": named("keras_uda.segmenters.weights.torch_pickle", "Tensor"),
    "a rewritten tensor": tensor(ONE, (1,), (1,)) + dictionary({"shape": plain((10**6,))}) + b"b",
    "a rewritten storage": tensor(ONE + dictionary({"size": plain(10**9)}) + b"b", (1,), (1,)),
    "a rewritten maker": named("torch._utils", "_rebuild_tensor_v2") + b"N" + dictionary({"x": plain(1)}) + b"\x86b",
    "a rewritten dictionary": named("collections", "OrderedDict") + b"N" + dictionary({"x": plain(1)}) + b"\x86b",
}


@pytest.mark.parametrize("name", CALL)
def test_programs_are_refused_before_they_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for write in (write_zip, write_legacy):
        path = write(tmp_path / "a.pth", dictionary({"w": CALL[name]}), FOUR_BYTES)
        with pytest.raises(ArtefactError, match="asks for|rewrites an object|immutable type") as error:
            read_here(path)
        assert error.value.exit_code == 4
        assert not (tmp_path / "canary").exists()


LIES = {
    "larger than what is stored": tensor(ONE, (2,), (1,)),
    "larger than what is stored ": tensor(ONE, (1,), (1,), offset=1),
    "larger than what is stored  ": tensor(ONE, (10**9, 10**9), (0, 0)),
    "not well formed": tensor(ONE, (1,), (-1,)),
    "not well formed ": tensor(ONE, (1,), (1,), offset=-1),
    "not well formed  ": tensor(ONE, (1.0,), (1,)),
    "not well formed   ": tensor(plain("storage"), (1,), (1,)),
    "larger than the file": tensor(storage("0", "FloatStorage", 10**9), (1,), (1,)),
    "larger than the file ": tensor(storage("0", "FloatStorage", -1), (1,), (1,)),
    "declared twice": tensor(ONE, (1,), (1,)) + b"0" + tensor(storage("0", "DoubleStorage", 1), (1,), (1,)),
    "not a plain tensor": tensor(storage("0", "FloatStorage", 1, ("1", 0, 1)), (1,), (1,)),
    "no tensor": plain(3),
}


@pytest.mark.parametrize("reason", LIES)
def test_declared_sizes_are_not_believed(reason, tmp_path):
    path = write_zip(tmp_path / "a.pth", dictionary({"w": LIES[reason]}), FOUR_BYTES)
    with pytest.raises(ArtefactError, match=reason.strip()):
        read_here(path)


def test_many_storages_cannot_declare_more_than_the_file_holds(tmp_path):
    size = 10_000
    entries = {str(n): tensor(storage(str(n), "FloatStorage", size), (1,), (1,)) for n in range(100)}
    path = write_zip(tmp_path / "a.pth", dictionary(entries), {"0": b"\0" * 4 * size})
    with pytest.raises(ArtefactError, match="larger than the file"):
        read_here(path)


def test_dictionaries_of_dictionaries_do_not_explode(tmp_path):
    opcodes = b"}q\x00"
    for _ in range(6):  # each level names the one before ten times
        opcodes = opcodes + b"q\x01}(" + b"".join(plain(str(n)) + b"h\x01" for n in range(10)) + b"u"
    with pytest.raises(ArtefactError, match="entries|longer"):
        read_here(write_zip(tmp_path / "a.pth", opcodes, FOUR_BYTES))
