"""The table of texts that the cells of a workbook share, by number: it must count the same in every reader."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.parsers import expat

from reporting.intake.guard import Archive
from reporting.intake.stored import Refused, Remark

_SEPARATOR = "\n"
# A prefix before a text, or a namespace declared anywhere: plain tables have none but the one of the root.
_UNUSUAL = re.compile(rb":(?:si|t)[\s/>]|xmlns")


def shared_texts_part(archive: Archive) -> str | None:
    """The part that holds the table; None where there is none."""
    return archive.find("xl/sharedStrings.xml")


def check_shared_texts(archive: Archive, file: str) -> None:
    """Refuses a table in which a text belongs to another namespace: some readers count it, others do not."""
    part = shared_texts_part(archive)
    found, last = 0, b""
    for piece in archive.stream(part, xml=True) if part else ():
        found += len(_UNUSUAL.findall(last + piece))
        last = piece[-8:]
    if found > 1:
        count_shared_texts(archive, file)


def count_shared_texts(archive: Archive, file: str) -> int:
    """How many texts the table holds. Raises Refused."""
    part = shared_texts_part(archive)
    return _walk(archive.stream(part, xml=True), part, file) if part else 0


def _walk(pieces: Iterable[bytes], part: str, file: str) -> int:
    depth = count = 0
    root = ""

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, count, root
        namespace, _, local = name.rpartition(_SEPARATOR)
        root = root if depth else namespace
        depth += 1
        misplaced = local == "si" and depth != 2
        if local in ("si", "t", "r") and (namespace != root or misplaced):
            found = f"the part {part} has, after {count} texts, an element {local!r} that is not one of its table"
            raise Refused(Remark("FIL-029", found, file))
        count += local == "si"

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        raise Refused(Remark("FIL-011", f"the part {part} is damaged ({error})", file)) from None
    return count
