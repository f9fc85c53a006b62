"""Requests that end in time, whatever the other side does: tasks of an event loop that are cancelled then."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from concurrent.futures import Future


class Loop(asyncio.SelectorEventLoop):
    """Looks names up in threads that nobody waits for, since a look-up cannot be interrupted."""

    async def getaddrinfo(self, *given, **named) -> list:
        """As `socket.getaddrinfo`."""
        answer: Future = Future()
        answer.set_running_or_notify_cancel()

        def look_up() -> None:
            try:
                answer.set_result(socket.getaddrinfo(*given, **named))
            except BaseException as error:
                answer.set_exception(error)

        threading.Thread(target=look_up, daemon=True).start()
        return await asyncio.wrap_future(answer, loop=self)


class Deadlines:
    """Runs coroutines for threads that wait for them."""

    def __init__(self):
        self._loop, self._lock, self._closed = Loop(), threading.Lock(), False
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def within(self, seconds: float, coroutine: Coroutine) -> object:
        """What the coroutine gives; safe to call from many threads.

        Args:
            seconds: that it may take, all in all.
            coroutine: new, not awaited by anybody else.
        Raises:
            TimeoutError: it took longer. ConnectionAbortedError: `close` was called. Else what the coroutine raises.
        """
        with self._lock:
            if self._closed:
                coroutine.close()
                raise ConnectionAbortedError("closed")
            future = asyncio.run_coroutine_threadsafe(_limited(seconds, coroutine), self._loop)
        try:
            return future.result()
        except BaseException:  # Ctrl-C in the thread that waits: nothing goes on behind its back
            future.cancel()
            raise

    def close(self, last: Coroutine) -> None:
        """Ends what runs, in whatever state it is; `last` is awaited then."""
        with self._lock:
            if self._closed:
                return last.close()
            self._closed = True
            asyncio.run_coroutine_threadsafe(self._end(last), self._loop)

    async def _end(self, last: Coroutine) -> None:
        running = asyncio.all_tasks() - {asyncio.current_task()}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await asyncio.gather(last, return_exceptions=True)
        self._loop.stop()


async def _limited(seconds: float, coroutine: Coroutine) -> object:
    try:
        async with asyncio.timeout(seconds):
            return await coroutine
    except asyncio.CancelledError as error:
        raise ConnectionAbortedError("closed") from error
