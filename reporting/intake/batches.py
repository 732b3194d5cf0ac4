"""Streams of XML in batches that end where an element ends, so that patterns of whole elements find them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_SIZE = 1 << 18  # bytes


def batches(pieces: Iterable[bytes], closing: bytes) -> Iterator[bytes]:
    """The same bytes in batches of 256 KiB or a little more, each cut behind its last `closing` if it holds one.

    An element longer than a batch, or a `closing` in a text, only makes a cut elsewhere: nothing is lost or held back.
    """
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _SIZE:
            batch = b"".join(waiting)
            end = batch.rfind(closing) + len(closing)
            end = end if end >= len(closing) else len(batch)
            yield batch[:end]
            waiting, size = [batch[end:]], len(batch) - end
    yield b"".join(waiting)
