"""Clips in the cache: decoded once, whole or absent, made again where damaged."""

import json

import pytest

from keras_uda.core.errors import DataError
from keras_uda.data.cache import clips
from keras_uda.data.cache.clips import cut_clip
from tests.pictures import frame
from tests.predict.clips import make_clip


@pytest.fixture
def decoded(monkeypatch):
    """Paths that were decoded."""
    found, real = [], clips._write
    monkeypatch.setattr(clips, "_write", lambda path, *rest: found.append(path.name) or real(path, *rest))
    return found


def test_a_clip_is_decoded_once_wherever_it_lies(tmp_path, decoded):
    first = cut_clip(make_clip(tmp_path / "a b.mp4"), tmp_path / "cache", 0.2)
    moved = (tmp_path / "a b.mp4").rename(tmp_path / "b.mp4")
    (tmp_path / "c").mkdir()
    again = cut_clip(moved.rename(tmp_path / "c" / "a b.mp4"), tmp_path / "cache", 0.2)
    assert decoded == ["a b.mp4"] and again.sizes == first.sizes and again.folder == first.folder
    assert list(first.sizes) == ["000000.000s.jpg", "000000.200s.jpg", "000000.400s.jpg"]
    assert first.small.shape == (3, 18, 32) and first.folder.name.startswith("a_b-")


def test_another_interval_or_content_is_another_entry(tmp_path, decoded):
    clip = make_clip(tmp_path / "a.mp4")
    for every in (0.2, 0.4, 0.2):
        cut_clip(clip, tmp_path / "cache", every)
    make_clip(clip, draw=lambda index: frame(index + 5, 80, 48))
    cut_clip(clip, tmp_path / "cache", 0.2)
    assert len(decoded) == 3 == len(list((tmp_path / "cache" / "footage").iterdir()))


@pytest.mark.parametrize("damage", ["frame", "record", "pictures"])
def test_a_damaged_entry_is_made_again(tmp_path, decoded, damage):
    clip = make_clip(tmp_path / "a.mp4")
    place = cut_clip(clip, tmp_path / "cache", 0.2).folder
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    name = {"frame": "000000.200s.jpg", "record": "frames.json", "pictures": "small.npy"}[damage]
    (place / name).write_bytes(before[name][:40])
    cut_clip(clip, tmp_path / "cache", 0.2)
    assert len(decoded) == 2 and {path.name: path.read_bytes() for path in place.iterdir()} == before


def test_a_stopped_call_leaves_nothing_half(tmp_path, monkeypatch):
    clip, done = make_clip(tmp_path / "a.mp4"), []

    def stop(image, suffix):
        done.append(1)
        if len(done) == 2:
            raise KeyboardInterrupt
        return b""

    monkeypatch.setattr(clips, "encoded", stop)
    with pytest.raises(KeyboardInterrupt):
        cut_clip(clip, tmp_path / "cache", 0.2)
    assert not any((tmp_path / "cache" / "footage").iterdir())


def test_a_faster_process_is_believed(tmp_path, monkeypatch):
    clip, real = make_clip(tmp_path / "a.mp4"), clips._write
    other = cut_clip(clip, tmp_path / "other", 0.2)

    def slowly(path, folder, *rest):
        real(path, folder, *rest)
        (tmp_path / "cache" / "footage" / other.folder.name).mkdir()
        for file in other.folder.iterdir():
            (tmp_path / "cache" / "footage" / other.folder.name / file.name).write_bytes(file.read_bytes())

    monkeypatch.setattr(clips, "_write", slowly)
    found = cut_clip(clip, tmp_path / "cache", 0.2)
    assert found.sizes == other.sizes and len(list((tmp_path / "cache" / "footage").iterdir())) == 1


def test_what_gives_no_frame_is_refused(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"no clip")
    with pytest.raises(DataError, match="not a playable video"):
        cut_clip(tmp_path / "a.mp4", tmp_path / "cache", 1.0)
    assert not any((tmp_path / "cache" / "footage").iterdir())


def test_a_record_says_what_was_left_out(tmp_path):
    clip = make_clip(tmp_path / "a.mp4", width=160, height=96, draw=lambda index: frame(index // 6, 160, 96))
    found = cut_clip(clip, tmp_path / "cache", 0.04)
    record = json.loads((found.folder / "frames.json").read_text())
    assert record["clip"] == "a.mp4" and record["dropped"] == found.dropped
    assert found.cut.frames == 2 and sum(found.dropped.values()) == 10 and found.dropped["frozen"] >= 6
