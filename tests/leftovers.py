"""What a killed process leaves behind, made without killing one."""

from pathlib import Path

from keras_uda.core.atomic import aside_of


def leave_behind(path: Path, suffix: str = "", folder: bool = False) -> Path:
    """A file or a folder with something in it, under a name of `aside_of` that no process holds."""
    with aside_of(path, suffix) as aside:
        pass
    if folder:
        aside.mkdir()
    (aside / "half" if folder else aside).write_text("half")
    return aside
