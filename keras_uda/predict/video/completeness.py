"""Whether a clip gave all its frames: an end and a damage look alike to a decoder, so counts and times tell."""

from fractions import Fraction
from pathlib import Path

import av

from keras_uda.core.outside import opened

# In these a packet may hold no picture, or two: packed B-frames, pictures that are never shown.
UNEVEN = {"mpeg4", "msmpeg4v2", "msmpeg4v3", "h263", "flv1", "vp6f", "vp8", "vp9", "av1"}
# Containers whose header holds the duration; elsewhere FFmpeg estimates it from what is there.
TIMED = {"matroska", "webm", "flv"}
TRANSPORT_PACKETS = (188, 192, 204)  # bytes of a packet of MPEG-TS: plain, with a time, with error correction
SYNC = b"G"
SLACK_SECONDS = Fraction(1, 5)


class Completeness:
    """Counts what a container gives against what it promises.

    An index says how many packets there are, without those that an edit list hides (`stream.frames` counts them, and
    empty chunks of AVI); packets behind a cut (`discard`) are decoded and not shown; those before the first key frame
    of a stream that was cut without encoding it again can be shown by nobody.

    Args:
        container, stream: opened.
        file: what is read; None if it is an address.
    Attributes:
        declared: frames that the file says it has, 0 if it does not say.
        timed: the header says how long the file is, so that packets of every stream tell whether it ends early.
    """

    def __init__(self, container: av.container.InputContainer, stream: av.VideoStream, file: Path | None = None):
        self.stream = stream
        self._broken_off = container.format.name == "mpegts" and file is not None and _breaks_off(file)
        self.declared, self._indexed_first = stream.frames, len(stream.index_entries)
        self._promised = _promised(container, stream)
        self.timed = self._promised is not None
        self._indexed_whole = self.declared and 2 * self._indexed_first > self.declared
        self._times: list[int] = []
        self._packets = self._discarded = self._damaged = self._shown = self._interlaced = 0
        self._first: int | None = None
        self._last, self._longest, self._end = None, Fraction(0), Fraction(0)

    def packet(self, packet: av.Packet) -> None:
        """Takes note of a packet of any stream."""
        if packet.pts is not None and packet.time_base:
            self._end = max(self._end, (packet.pts + (packet.duration or 0)) * packet.time_base)
        if packet.stream.index != self.stream.index or (not packet.size and packet.dts is None):
            return
        self._packets += 1
        self._discarded += packet.is_discard
        if packet.pts is not None and not packet.is_discard:
            self._times.append(packet.pts)
        if packet.dts is not None and packet.time_base:
            time = packet.dts * packet.time_base
            self._longest = max(self._longest, time - (time if self._last is None else self._last))
            self._last = time

    def frame(self, frame: av.VideoFrame) -> None:
        """Takes note of a frame that is shown."""
        self._first = frame.pts if not self._shown else self._first
        self._shown += 1
        self._interlaced += bool(frame.interlaced_frame)
        self._damaged += bool(frame.is_corrupt)

    def error(self) -> None:
        """The decoder gave up on a packet; before the first frame that only means that none could be shown yet."""
        self._damaged += bool(self._shown)

    @property
    def unseen(self) -> int:
        """Packets before the first frame: of a clip that was cut between key frames."""
        return sum(time < self._first for time in self._times) if self._first is not None else 0

    def loss(self) -> str | None:
        """What is missing after the last frame, or None."""
        early = self._ends_early()
        whole = max(self._packets, len(self.stream.index_entries), self.declared if early else 0)
        missing = whole - self._packets + self._swallowed()
        damaged = f", {self._damaged} damaged" if self._damaged else ""
        if missing > 0 or (self._damaged and not early):
            return f"{whole - self._discarded} frames declared, {self._shown} decoded{damaged}"
        if early:
            promised = f"{float(self._promised):.1f} seconds declared, it ends after {float(self._end):.1f}"
            return f"{promised}, {self._shown} frames decoded{damaged}"
        return f"the file ends within a packet, {self._shown} frames decoded" if self._broken_off else None

    def _swallowed(self) -> int:
        """Packets that should have been a frame each; of interlaced ones every field may be a packet."""
        if self.stream.codec_context.name in UNEVEN:
            return 0
        return max(0, self._packets - self._discarded - self.unseen - self._shown - self._interlaced)

    def _ends_early(self) -> bool:
        """The last packet of all streams ends before the header says, and no index at the end of the file was read."""
        if self._promised is None or self._indexed_whole:
            return False
        return self._promised - self._end > SLACK_SECONDS + self._longest


def _promised(container: av.container.InputContainer, stream: av.VideoStream) -> Fraction | None:
    """Seconds that the header declares; of a cut AVI that is the number of frames, as FFmpeg estimates the duration."""
    if container.format.name == "avi" and stream.frames and stream.time_base:
        return stream.frames * stream.time_base
    if TIMED & set(container.format.name.split(",")) and container.duration:
        return Fraction(container.duration, av.time_base)
    return None


def _breaks_off(file: Path) -> bool:
    """A transport stream begins with a packet and does not end with one."""
    with opened(file) as stream:
        head = stream.read(5)
    begins = head[:1] == SYNC or head[4:] == SYNC  # behind the time, where packets have one
    return begins and all(file.stat().st_size % length for length in TRANSPORT_PACKETS)
