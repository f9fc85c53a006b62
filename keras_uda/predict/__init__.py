"""What the verb `predict` is made of; called as a function, the package is that verb (`keras_uda/api/predict.py`)."""

import sys

from keras_uda.core.callable_package import CallablePackage

sys.modules[__name__].__class__ = CallablePackage
