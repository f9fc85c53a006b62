"""Which opcodes a pickle of a state dict needs: the list is read, and judged, before anything of it is loaded.

A pickle of a few bytes can ask the unpickler for gigabytes: a place in its memo, a number of any length. Nothing that
`torch.save` writes does.
"""

import pickletools

from keras_uda.segmenters.weights.torch_pickle import Refused

LARGEST_PICKLE = 2**23
LONGEST_NUMBER = 16  # bytes; the mark at the head of a legacy file has 10
STORED = {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}
NEEDED = STORED | set(
    """
    PROTO FRAME STOP MARK POP POP_MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINFLOAT
    BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8
    EMPTY_DICT DICT SETITEM SETITEMS EMPTY_LIST LIST APPEND APPENDS EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_SET
    ADDITEMS FROZENSET GET BINGET LONG_BINGET GLOBAL STACK_GLOBAL REDUCE NEWOBJ BUILD BINPERSID
    """.split()
)


def require_plain(stream) -> None:
    """Reads one pickle from a stream in memory, and leaves the stream where it was.

    Raises:
        Refused: an opcode that a state dict does not need, or one that asks for far more memory than it takes.
        ValueError: cut, or no pickle.
    """
    start, stored = stream.tell(), 0
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name not in NEEDED:
            raise Refused(f"it uses the opcode {opcode.name}, which a state dict does not need")
        if opcode.name in STORED:
            if argument is not None and argument > stored:  # places are numbered in their order
                raise Refused(f"it asks for place {argument} of a memo of {stored}")
            stored += 1
        if opcode.name == "LONG1" and argument.bit_length() > 8 * LONGEST_NUMBER:
            raise Refused(f"it holds a number of more than {LONGEST_NUMBER} bytes")
    if stream.tell() - start > LARGEST_PICKLE:
        raise Refused(f"its pickle is larger than {LARGEST_PICKLE // 2**20} MiB")
    stream.seek(start)
