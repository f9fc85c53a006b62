"""What `import keras_uda` offers: five functions, light until they are called."""

import importlib
import inspect
import re
import subprocess
import sys

import pytest

import keras_uda
from tests.conftest import ROOT

NAMES = ["adapt", "build_segmenter", "evaluate", "export", "predict"]


def test_it_offers_the_verbs_and_imports_no_tensorflow():
    code = f"import sys, keras_uda; assert all(callable(getattr(keras_uda, name)) for name in {NAMES}); "
    code += "keras_uda.adapt, keras_uda.export; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
    assert sorted(keras_uda.__all__) == NAMES and set(NAMES) <= set(dir(keras_uda))
    with pytest.raises(AttributeError, match="no attribute `adopt`; it has adapt, "):
        _ = keras_uda.adopt


@pytest.mark.parametrize("name", NAMES)
def test_every_function_is_typed_and_documented(name):
    function = getattr(importlib.import_module(f"keras_uda.api.{name}"), name)
    signature = inspect.signature(function)
    assert signature.return_annotation is not inspect.Signature.empty
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, parameter
        assert re.search(rf"^ +(\w+, )*\**{parameter.name}\b.*: ", function.__doc__, re.MULTILINE), parameter.name
    assert "Returns:" in function.__doc__ and "Raises:" in function.__doc__
    assert len(signature.parameters) <= 8


@pytest.mark.parametrize(("name", "module"), [("export", "parity"), ("predict", "run")])
def test_packages_of_the_same_names_stay_packages_and_are_called_as_the_functions(name, module, monkeypatch):
    package = importlib.import_module(f"keras_uda.{name}")
    importlib.import_module(f"keras_uda.{name}.{module}")
    assert getattr(keras_uda, name) is package and inspect.ismodule(getattr(package, module))
    function = importlib.import_module(f"keras_uda.api.{name}")
    assert inspect.signature(package) == inspect.signature(getattr(function, name))
    monkeypatch.setattr(function, name, lambda *given, **options: (given, options))
    assert package("a", labels=True) == (("a",), {"labels": True})


@pytest.mark.slow
@pytest.mark.ci
def test_the_lines_of_the_page_run(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/python.md").read_text(), re.DOTALL)
    (code,) = [block for block in blocks if "small" in block]
    assert len([line for line in code.splitlines() if line]) <= 15
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for made in ("runs/python/report.html", "scores/evaluation.json", "exports/python/model.tflite", "overlay.mp4"):
        assert (tmp_path / made).is_file(), made
    assert (tmp_path / "segmenter.keras").is_file()
