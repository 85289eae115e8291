"""The other end of `kg.scale.processes`: one process that does what comes in on its standard input, and answers on its output."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import IO, Any

from kg.scale.base import Handle, checked, described

READY, DONE, FAILED, UNUSABLE = "ready", "done", "failed", "unusable"


def write_frame(pipe: IO[bytes], message: Any) -> None:
    """Send one message: eight bytes with its length, then its pickle."""
    data = message if isinstance(message, bytes) else pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    pipe.write(len(data).to_bytes(8, "big"))
    pipe.write(data)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> Any:
    """The next message.

    Raises:
        EOFError: there is none, or not all of it.
    """
    head = pipe.read(8)
    size = int.from_bytes(head, "big")
    data = pipe.read(size) if len(head) == 8 else b""
    if len(head) < 8 or len(data) < size:
        raise EOFError
    return pickle.loads(data)


def main() -> None:
    """Serve until the other end closes. A list is a job, anything else is work to get ready for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that leads; it closes our input
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what others print must not end up among the answers
    handle: Handle | None = None
    while True:
        try:
            message = read_frame(sys.stdin.buffer)
        except EOFError:
            return
        if isinstance(message, list):
            answer = _answered(handle, message)
        else:
            handle = None  # what was loaded before goes first
            try:
                handle, answer = message.start(), (READY, None)
            except Exception as error:
                answer = (UNUSABLE, error if _travels(error) else described(error))
        write_frame(answers, answer)


def _answered(handle: Handle | None, items: list[Any]) -> tuple[str, Any]:
    assert handle is not None
    try:
        return DONE, checked(handle(items), items)
    except Exception as error:
        return FAILED, described(error)


def _travels(error: Exception) -> bool:
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)
    except Exception:
        return False


if __name__ == "__main__":
    main()
