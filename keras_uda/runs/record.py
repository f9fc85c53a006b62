"""`run.json`: the entries that somebody reads, with their types."""

from typing import Annotated

from pydantic import Field

from keras_uda.core.json_records import Record
from keras_uda.core.json_records import described

Count = described(Annotated[int, Field(ge=0)], "a whole number from 0")
Steps = described(Annotated[int, Field(ge=0, le=10**9)], "a number of steps")
Seconds = described(Annotated[float, Field(ge=0, allow_inf_nan=False)], "a number from 0")


class Origin(Record):
    """The runs that a run goes on from."""

    run: str = ""
    weights: str = "none"
    steps: Steps
    source_steps: Steps


class RunRecord(Record):
    """What a run is and how far it is; each entry is there from the moment that it is known."""

    status: str = ""
    method: str = ""
    weak: str | None = None
    seed: int = 0
    started: Seconds = 0.0
    seconds: Seconds = 0.0
    directory: str = "."
    command: str | None = None
    git_commit: str | None = None
    versions: dict[str, str] = {}
    world: int | None = None
    processor: str = ""
    threads: int = 1
    select: str | None = None
    keep: str = ""
    kept: str = ""
    state_hash: str | None = None
    labels: dict[str, Count] = {}
    teachers: dict[str, str] = {}
    baselines: dict[str, str] = {}
    not_beside: dict[str, str] = {}
    continues: Origin | None = None
    members: list[str] = []
    shares: list[float] = []
