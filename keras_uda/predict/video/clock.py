"""Times of frames from 0, always growing, whatever the clock of a recorder says."""

from fractions import Fraction

# FFmpeg's own limit (`-dts_delta_threshold`) for formats whose clock may be set anew in the middle.
JUMP_SECONDS = 10
BACK_SECONDS = 1
BROADCAST = {"mpegts", "mpeg", "mpegtsraw"}


class Clock:
    """Seconds since the first frame.

    A frame without a time, or with one that is not behind that of the last, follows after `1 / rate`. Where the clock
    was set anew (more than a second back, or in broadcast formats more than ten seconds ahead) time goes on from there.

    Args:
        rate: frames per second.
        jumps: the clock of this format may be set anew.
    """

    def __init__(self, rate: Fraction, jumps: bool = False):
        self.step, self.longest = 1 / rate, JUMP_SECONDS if jumps else None
        self._zero: Fraction | None = None  # of the source, at second 0
        self._shown: Fraction | None = None

    def seconds(self, time: Fraction | None) -> Fraction:
        """The time of the next frame, from its time in the source (None where it has none)."""
        following = Fraction(0) if self._shown is None else self._shown + self.step
        if time is not None and (self._zero is None or self._set_anew(time - self._zero)):
            self._zero = time - following
        seconds = following if time is None else time - self._zero
        self._shown = seconds if self._shown is None or seconds > self._shown else following
        return self._shown

    def _set_anew(self, seconds: Fraction) -> bool:
        ahead = seconds - self._shown
        return ahead < -BACK_SECONDS or (self.longest is not None and ahead > self.longest)
