"""The looks by name."""

from keras_uda.world.sim import SIM
from keras_uda.world.street import STREET

# Each with the types of street that `streets.WEIGHTS` gives to its name.
LOOKS = {"sim": SIM, "street": STREET, "drive": STREET}
LOOKS |= {f"street_{variant}": STREET for variant in ("no_sky", "no_buildings", "motorway")}
