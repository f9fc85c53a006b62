"""Everything that trains, on disk: atomic, hashed generations, and one hash over all of it.

A generation is a folder `step-<number>` with a `tf.train.Checkpoint` and a manifest (`generations.py`) that vouches for
every byte of it. It is written aside, flushed and renamed once, so a kill leaves the old generations or the new one.
"""

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from keras_uda.core.atomic import atomic_folder
from keras_uda.core.atomic import remove_dead_leftovers
from keras_uda.core.console import warn
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ResourceError
from keras_uda.core.fault_points import fault_point
from keras_uda.core.files import remove
from keras_uda.training.generations import name_of
from keras_uda.training.generations import read_manifest
from keras_uda.training.generations import step_of
from keras_uda.training.generations import write_manifest

GENERATIONS_KEPT = 2


def variables_of(method: keras.Model) -> dict[str, keras.Variable]:
    """Every variable that decides how training goes on, by a name that a rebuilt method gives it again.

    Weights of all parts, batch statistics, memory and prototypes, states of seed generators, and of each optimiser
    its iterations, learning rate and slots. Running means of the log are not state. Names go by position and not by
    path: Keras numbers the layers of a process (`conv2d_7`), and a resumed process builds fewer of them.
    """
    means = {id(variable) for metric in method.metrics for variable in metric.variables}
    owned = [variable for variable in method.variables if id(variable) not in means]
    named = {f"method/{index:04d}/{variable.name}": variable for index, variable in enumerate(owned)}
    for part, optimizer in method.optimizers.items():
        for index, variable in enumerate(optimizer.variables):
            named[f"optimizer/{part}/{index:04d}"] = variable
    return named


def state_hash(named: dict[str, keras.Variable]) -> str:
    """SHA-256 over sorted (name, dtype, shape, bytes) of all variables."""
    digest = hashlib.sha256()
    for name in sorted(named):
        value = keras.ops.convert_to_numpy(named[name])
        digest.update(f"{name}|{value.dtype}|{value.shape}|".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()


def variables_hash(named: dict[str, keras.Variable]) -> str:
    """SHA-256 over (name, path, dtype, shape) of all variables, without the numbers that Keras gives to names."""
    lines = [f"{name}|{re.sub(r'_[0-9]+', '', v.path)}|{v.dtype}|{tuple(v.shape)}\n" for name, v in named.items()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class TrainingState:
    """The generations of one stage.

    Args:
        folder: `stages/<n>_<name>/state` of a run folder.
        method: compiled, with every optimiser built.
        identity: what must be equal for a resume to be exact (configuration hash, versions).

    Attributes:
        kept: step of a generation that stays, however old it gets; None: of none.
    """

    def __init__(self, folder: Path, method: keras.Model, identity: dict[str, str]):
        self.folder, self.identity, self.kept = Path(folder), identity, None
        self.named = variables_of(method)
        self._checkpoint = tf.train.Checkpoint(state={name: variable.value for name, variable in self.named.items()})

    def hash(self) -> str:
        return state_hash(self.named)

    def bytes(self) -> int:
        """Size of one generation on disk, nearly."""
        return sum(int(np.prod(v.shape)) * np.dtype(_storage(v)).itemsize for v in self.named.values())

    def save(self, step: int) -> Path:
        """Writes generation `step` and removes all but the newest ones and the kept one."""
        final = self.generation(step)
        if final.exists() and not read_manifest(final)[1]:
            return final
        remove(final)  # damaged, and passed by when the run went on
        with atomic_folder(final) as aside, _disk_errors(final):
            self._checkpoint.write(str(aside / "state"))
            fault_point("state-written")
            write_manifest(aside, step, self.identity, variables_hash(self.named))
            fault_point("manifest-written")
        for old in [path for path in self.generations() if 0 <= step_of(path) <= step][:-GENERATIONS_KEPT]:
            if self.kept is not None and old == self.generation(self.kept):
                continue
            remove(old)
            fault_point("generation-pruned")
        return final

    def generation(self, step: int) -> Path:
        return self.folder / name_of(step)

    def generations(self) -> list[Path]:
        """What is called as complete generations are, oldest first; what has no such number comes before them."""
        if not self.folder.is_dir():
            return []
        found = [path for path in self.folder.iterdir() if path.name.startswith("step-")]
        return sorted(found, key=lambda path: (step_of(path), path.name))

    def restore_latest(self, most: int | None = None) -> int:
        """Loads the newest generation that is whole.

        Args:
            most: the last step that it may be of; None: any.
        Returns:
            Its step; 0 if there is none yet.
        Raises:
            ArtefactError: there are generations and none is whole; nothing is deleted.
        """
        path, manifest = self.latest(most)
        if path is None:
            return 0
        if manifest.get("variables", "") not in ("", variables_hash(self.named)):
            raise does_not_fit(path, "its variables have other names, types, shapes or another order")
        if changes := self._changes(manifest["identity"]):
            warn(f"{path}: {changes}: the run continues, but not bit for bit")
        self._read(path)
        return manifest["step"]

    def latest(self, most: int | None = None) -> tuple[Path | None, dict]:
        """The newest generation that is whole, of at most step `most`, and its manifest; (None, {}) without any.

        Raises:
            ArtefactError: there are generations and none is whole; nothing is deleted.
        """
        remove_dead_leftovers(self.folder)
        generations = self.generations()
        for path in reversed(generations):
            if most is not None and step_of(path) > most:
                continue
            manifest, fault = read_manifest(path)
            if not fault:
                return path, manifest
            warn(f"{path}: {fault}; trying the generation before it")
        if generations:
            raise ArtefactError(
                self.folder, "no generation is whole", "Restore the folder or start with a new --output"
            )
        return None, {}

    def _read(self, path: Path) -> None:
        try:
            self._require_shapes(path)
            self._checkpoint.read(str(path / "state")).assert_existing_objects_matched()
        except (AssertionError, ValueError, tf.errors.OpError) as error:
            raise does_not_fit(path, " ".join(str(error).split())[:120]) from error

    def _require_shapes(self, path: Path) -> None:
        """Raises `ValueError` for a variable of another shape, from the index alone, before memory is taken for it."""
        declared = tf.train.load_checkpoint(str(path / "state")).get_variable_to_shape_map()
        for name, variable in self.named.items():
            shape = declared.get(f"state/{name.replace('.', '..').replace('/', '.S')}/.ATTRIBUTES/VARIABLE_VALUE")
            if shape is not None and list(variable.shape) != shape:
                raise ValueError(f"{name} has the shape {shape} there, {list(variable.shape)} here")

    def _changes(self, written: dict[str, str]) -> str:
        """What the identity of a generation has otherwise than this process, in words; "" if nothing."""
        keys = [key for key in {**written, **self.identity} if written.get(key) != self.identity.get(key)]
        now = {key: self.identity.get(key, "none") for key in keys}
        return ", ".join(f"{key} was {written.get(key, 'none')}, is now {now[key]}" for key in keys)[:400]


def does_not_fit(path: Path, why: str) -> ArtefactError:
    """The refusal of a generation that another method, or another version of Keras, has written."""
    remedy = "Use the configuration and the versions of the run, or start with a new --output"
    return ArtefactError(path, f"does not fit this method ({why})", remedy)


def _storage(variable: keras.Variable) -> str:
    return {"bfloat16": "float16"}.get(str(variable.dtype), str(variable.dtype))


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    """TensorFlow reports a full disk in its own way."""
    try:
        yield
    except (tf.errors.ResourceExhaustedError, tf.errors.PermissionDeniedError, tf.errors.UnknownError) as error:
        free = shutil.disk_usage(path.parent).free
        what = f"the checkpoint could not be written ({free // 2**20} MiB free: no space left?)"
        raise ResourceError(path, what, "Free space and run the same command again") from error
    except tf.errors.NotFoundError as error:
        raise ResourceError(
            path, "the folder was removed while the run went on", "Run the same command again"
        ) from error
