"""The looks by name."""

from keras_uda.world.sim import SIM
from keras_uda.world.street import STREET

LOOKS = {"sim": SIM, "street": STREET, "drive": STREET}
