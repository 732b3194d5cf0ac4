"""Frames of a length and a pickle, between a process and the workers that it starts and nobody else reaches."""

from __future__ import annotations

import pickle
import struct
from typing import IO, Any

_LENGTH = struct.Struct("<Q")


def send(pipe: IO[bytes], content: object) -> None:
    """Write one frame. OSError where the other side is gone."""
    data = pickle.dumps(content)
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """The next frame. EOFError where the other side is gone."""
    return opened(read_frame(pipe))


def opened(frame: bytes) -> Any:
    """What is in a frame."""
    return pickle.loads(frame)  # noqa: S301 - written by a process of ours, into a pipe that nobody else holds


def read_frame(pipe: IO[bytes]) -> bytes:
    """The next frame, unopened. EOFError where the other side is gone."""
    return _exactly(pipe, _LENGTH.unpack(_exactly(pipe, _LENGTH.size))[0])


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = pipe.read(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
