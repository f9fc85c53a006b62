"""`python -m tests.fuzzing.with_atheris READER SECONDS FOLDER`: bytes that lead into branches not seen before."""

import sys
from pathlib import Path

import atheris

from tests.fuzzing.readers import CORPUS
from tests.fuzzing.readers import READERS
from tests.fuzzing.readers import attempt
from tests.fuzzing.readers import import_what_it_needs


def main(name: str, seconds: str, folder: str) -> None:
    place = Path(folder)
    with atheris.instrument_imports(include=["keras_uda"]):
        import_what_it_needs(name)

    def one(content: bytes) -> None:
        attempt(name, content, place)

    (place / "grown").mkdir()
    found = f"-artifact_prefix={CORPUS / name}/found-"
    limits = [f"-max_total_time={seconds}", "-max_len=65536", "-rss_limit_mb=4000", "-timeout=120"]
    atheris.Setup([sys.argv[0], *limits, found, str(place / "grown"), str(CORPUS / name)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    assert sys.argv[1] in READERS
    main(*sys.argv[1:])
