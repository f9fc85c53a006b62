"""Images of a folder that show what another one shows, as frames of a clip do."""

from keras_uda.data.doctor.examination import Finding
from keras_uda.predict.sieve import Sieve


def alike(train: list[Finding], held_out: list[Finding]) -> tuple[list[str], list[str]]:
    """Names of near-duplicates: within the images to train on, and of those to score on that look like one of them.

    Copies byte by byte are left to the digests.
    """
    sieve, known = Sieve(), set()
    within = [finding.name for finding in train if _is_like_another(finding, sieve, known)]
    across = [f.name for f in held_out if f.small is not None and f.digest not in known and sieve.knows(f.small)]
    return within, across


def _is_like_another(finding: Finding, sieve: Sieve, known: set[str]) -> bool:
    if finding.small is None or finding.digest in known:
        return False
    known.add(finding.digest)
    if sieve.knows(finding.small):
        return True
    sieve.keep(finding.small)
    return False


def remark_within(names: list[str], of: int) -> str:
    what = f"{len(names)} of {of} images look like another one (frames of a clip?), among them {names[0]}"
    return f"{what}: the reader `footage` takes the clip without them, or leave them out with `exclude`"


def remark_across(names: list[str], of: int) -> str:
    what = f"{len(names)} of {of} images look like one that is trained on, among them {names[0]}"
    return f"{what}: neighbouring frames are no test, hold out whole drives"
