"""What asks an unpickler for more than it takes is refused before it is loaded."""

import io
import pickle
import struct

import pytest

from keras_uda.segmenters.weights.torch_opcodes import LARGEST_PICKLE
from keras_uda.segmenters.weights.torch_opcodes import require_plain
from keras_uda.segmenters.weights.torch_pickle import Refused

FAULTS = {
    "a place far off": (b"}r\xff\xff\xff\x0f", "asks for place 268435455 of a memo of 0"),
    "a place a little off": (b"}q\x00}q\x02", "asks for place 2 of a memo of 1"),
    "a number of megabytes": (b"\x8b" + struct.pack("<i", 10**6) + bytes(10**6), "the opcode LONG4"),
    "a long number": (b"\x8a\x20" + b"\x7f" * 32, "a number of more than 16 bytes"),
    "a number in words": (b"I1_000\n", "the opcode INT"),
    "a number of any length in words": (b"L" + b"9" * 4000 + b"L\n", "the opcode LONG"),
    "an extension": (b"\x82\x01", "the opcode EXT1"),
    "an instance": (b"(ios\nsystem\n", "the opcode INST"),
    "an object with names": (b"}}}\x92", "the opcode NEWOBJ_EX"),
    "an array of bytes": (b"\x96" + struct.pack("<Q", 3) + b"abc", "the opcode BYTEARRAY8"),
    "twice the same": (b"}2", "the opcode DUP"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_state_dict_does_not_need_is_refused(fault):
    opcodes, what = FAULTS[fault]
    with pytest.raises(Refused, match=what):
        require_plain(io.BytesIO(b"\x80\x02" + opcodes + b"."))


@pytest.mark.parametrize("opcodes", [b"", b"}", b"\x8e" + struct.pack("<Q", 2**40) + b"x.", b"X\xff\xff\xff\xffx."])
def test_cut_pickles_are_an_error_and_take_no_memory(opcodes):
    with pytest.raises(ValueError):
        require_plain(io.BytesIO(b"\x80\x04" + opcodes))


@pytest.mark.parametrize("protocol", range(2, 6))
def test_what_pickles_of_data_have_passes_and_the_stream_stays(protocol):
    names = [f"layer{number}" for number in range(300)]
    value = {"names": names, "again": names, "numbers": (1, 2**31, 1e-3, None, True), "bytes": b"b" * 300, "set": {1}}
    stream = io.BytesIO(pickle.dumps(value, protocol) + b"further")
    require_plain(stream)
    assert stream.tell() == 0 and pickle.load(stream) == value


def test_a_pickle_larger_than_any_state_dict_has_is_refused():
    stream = io.BytesIO(pickle.dumps([b"x" * LARGEST_PICKLE], 2))
    with pytest.raises(Refused, match="larger than 8 MiB"):
        require_plain(stream)
