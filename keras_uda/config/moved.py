"""Keys that configurations of earlier versions have elsewhere: they are read at the place where they are now.

An option that the new place does not have is dropped where it holds its old default, as earlier versions wrote every
default into `config.yaml`; set to anything else it is refused there as any unknown option is.
"""

from collections.abc import Callable
from typing import NamedTuple

from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.optimizer_spec import optimizer_arguments
from keras_uda.config.segmenter_spec import segmenter_arguments
from keras_uda.core.errors import UsageError

WEAK_NAMES = {"tags": "oracle"}  # the paper's word for tags that a person or the labels tell
OF_SEGMENTERS = {"batch_norm": "live", "aspp_dilations": [6, 12, 18, 24], "width": None, "feature_norm": False}
OF_OPTIMIZERS = {"momentum": 0.9, "weight_decay": 0.0, "betas": [0.9, 0.999], "repeats": "nominal"}
OF_SCHEDULES = {"power": 0.9, "horizon": 1.0}
OF_CLASS_PRIOR = {"prior_weights": "weights", "prior_share": "share", "source_ratios": "source_ratios"}
MOVED = {*OF_SEGMENTERS, *OF_OPTIMIZERS, *OF_SCHEDULES, "beta_1", "beta_2"}


class Moves(NamedTuple):
    """Moves keys of one content in place.

    Args:
        lines: dotted key -> line; the lines go along.
    """

    lines: dict[str, int]

    def move(self, content: dict, old: str, place: dict, new: str, prefix: str, where: str) -> None:
        """`content[old]` becomes `place[new]`.

        Raises:
            UsageError: it is given there as well.
        """
        if new in place:
            raise UsageError(
                prefix + old, f"stands twice: it is `{where}` now, which is given too", "Remove one of them"
            )
        place[new] = content.pop(old)
        if prefix + old in self.lines:
            self.lines[where] = self.lines.pop(prefix + old)

    def group(self, content: dict, moved: dict, below: str, takes: Callable[[str], bool], prefix: str) -> None:
        """Every key of `moved` (key -> old default) goes into the mapping at the dotted key `below`."""
        for key, default in moved.items():
            if key not in content:
                continue
            if content[key] == default and not takes(key):
                del content[key]
                continue
            place = content
            for part in below.split("."):
                place = place.setdefault(part, {}) if isinstance(place, dict) else None
            if isinstance(place, dict):
                self.move(content, key, place, key, prefix, f"{prefix}{below}.{key}")


def read_moved(content: dict, lines: dict[str, int] | None = None) -> dict:
    """The content of a configuration with every key where it is now.

    Args:
        content: plain data, as it was read; anything of a wrong type is left for the check of types.
        lines: dotted key -> line, changed along.
    Returns:
        `content`, changed in place.
    """
    moves = Moves({} if lines is None else lines)
    _segmenter(moves, mapping(content.get("segmenter")), "segmenter.")
    _optimizers(moves, content, "")
    for name, stage in mapping(content.get("stages")).items():
        _optimizers(moves, mapping(stage), f"stages.{name}.")
        _class_prior(moves, mapping(stage), f"stages.{name}.")
        _class_weights(moves, content, mapping(stage), f"stages.{name}.")
    for stage in weak_stages(content).values():
        arguments = mapping(stage.get("arguments"))
        if isinstance(arguments.get("weak"), str):
            arguments["weak"] = WEAK_NAMES.get(arguments["weak"], arguments["weak"])
    if content.get("weak", 0) is None:
        del content["weak"]
    elif isinstance(content.get("weak"), str) and weak_stages(content):
        for name, stage in weak_stages(content).items():
            stage.setdefault("arguments", {})["weak"] = WEAK_NAMES.get(content["weak"], content["weak"])
            moves.lines[f"stages.{name}.arguments.weak"] = moves.lines.get("weak", 1)
        del content["weak"]
    return content


def mapping(value: object) -> dict:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def weak_stages(content: dict) -> dict[str, dict]:
    """The stages of a configuration whose method learns from weak labels."""
    known = {}
    for name, stage in mapping(content.get("stages")).items():
        takes = "weak" in _arguments_of_method(stage)
        if takes and isinstance(stage.get("arguments", {}), dict):
            known[name] = stage
    return known


def _arguments_of_method(stage: object) -> dict:
    method = mapping(stage).get("method")
    return method_facts(method).arguments if isinstance(method, str) and method in EVERY_METHOD else {}


def _segmenter(moves: Moves, segmenter: dict, prefix: str) -> None:
    name = segmenter.get("name", "efficientnet_lite0")
    known = segmenter_arguments(name) if isinstance(name, str) and name in SEGMENTERS else {}
    moves.group(segmenter, OF_SEGMENTERS, "arguments", lambda key: key in known, prefix)
    if mapping(segmenter.get("arguments")).get("width", 0) is None:
        del segmenter["arguments"]["width"]  # null was the default of every network
    members = segmenter.get("members")
    for member in members if isinstance(members, list) else ():
        _segmenter(Moves({}), mapping(member), "")


def _optimizers(moves: Moves, content: dict, prefix: str) -> None:
    for part, optimizer in mapping(content.get("optimizers")).items():
        optimizer, here = mapping(optimizer), f"{prefix}optimizers.{part}."
        known = optimizer_arguments(str(optimizer.get("name", "adam")))
        if "beta_1" in optimizer or "beta_2" in optimizer:
            optimizer.setdefault("betas", [optimizer.pop("beta_1", 0.9), optimizer.pop("beta_2", 0.999)])
        moves.group(optimizer, OF_OPTIMIZERS, "arguments", lambda key, known=known: key in known, here)
        moves.group(optimizer, OF_SCHEDULES, "schedule.polynomial", lambda key: True, here)


def _class_prior(moves: Moves, stage: dict, prefix: str) -> None:
    arguments, known = mapping(stage.get("arguments")), _arguments_of_method(stage)
    given = [key for key in OF_CLASS_PRIOR if key in arguments and key not in known]
    if given and not arguments.get("prior_weights"):
        for key in given:  # a prior without a weight was none
            del arguments[key]
        given = []
    for key in given:
        options = stage.setdefault("add_ons", {}).setdefault("class_prior", {})
        new = OF_CLASS_PRIOR[key]
        moves.move(arguments, key, options, new, f"{prefix}arguments.", f"{prefix}add_ons.class_prior.{new}")


def _class_weights(moves: Moves, content: dict, stage: dict, prefix: str) -> None:
    """Weights of classes were an argument of DACS and its relatives; now every method of a run has the same."""
    arguments, key = mapping(stage.get("arguments")), "class_weight_exponent"
    if key not in arguments or key in _arguments_of_method(stage):
        return
    data = content.setdefault("data", {})
    if isinstance(data, dict) and data.get(key) != arguments[key]:
        moves.move(arguments, key, data, key, f"{prefix}arguments.", f"data.{key}")
    else:
        del arguments[key]
