"""Connections to fake servers, and frames that they answer."""

from keras_uda.predict.server.address import parse_address
from keras_uda.predict.server.model import ServerModel
from keras_uda.predict.server.rest import Rest
from tests.predict.server.fake_server import HEIGHT
from tests.predict.server.fake_server import WIDTH
from tests.toy_export import frame


def connect(url, timeout=5.0, encode="png"):
    address = parse_address(url)
    if address.scheme == "grpc":
        from keras_uda.predict.server.grpc import Grpc

        return ServerModel(address, Grpc(address), timeout, encode)
    return ServerModel(address, Rest(address), timeout, encode)


def picture(index):
    return frame(index, WIDTH, HEIGHT)


def expected(image):
    return image[..., 0] // 64


def failing(status, times, headers=()):
    left = [times]

    def fault(handler):
        if left[0] > 0:
            left[0] -= 1
            handler.reply(status, {"error": "try\x07 later " + "x" * 900}, headers)
            return True
        return False

    return fault
