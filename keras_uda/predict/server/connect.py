"""From an address to the model behind it."""

from keras_uda.predict.server.address import parse_address
from keras_uda.predict.server.model import ServerModel


def connect(server: str, timeout_seconds: float, encode: str = "jpeg") -> ServerModel:
    """The model behind `--server`; asks it what it is. Raises as `parse_address` and `ServerModel` do."""
    address = parse_address(server)
    if address.scheme == "grpc":
        from keras_uda.predict.server.grpc import Grpc as Transport
    else:
        from keras_uda.predict.server.rest import Rest as Transport
    transport = Transport(address)
    try:
        return ServerModel(address, transport, timeout_seconds, encode)
    except BaseException:
        transport.close()
        raise
