"""Connections to fake servers, and frames that they answer."""

from keras_uda.predict.server import connect as connection
from tests.predict.server.fake_server import HEIGHT
from tests.predict.server.fake_server import WIDTH
from tests.toy_export import frame


def connect(url, timeout=5.0, encode="png"):
    return connection.connect(url, timeout, encode)


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
