"""Which reader a workbook needs: its suffix says what it should be, its first bytes and parts what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reporting.intake.guard import ZIP_MAGIC, Archive
from reporting.intake.limits import Limits
from reporting.intake.stored import Refused, Remark, StoredSheet

_Reader = Callable[[bytes, Archive, str, Limits], Iterator[StoredSheet | Remark]]

_OLE2_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_MAGIC = tuple(b"\x09" + version + size for version in (b"\x00", b"\x02", b"\x04", b"\x08") for size in
                   (b"\x04\x00", b"\x06\x00", b"\x08\x00", b"\x10\x00"))  # fmt: skip
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_KINDS = {
    ".xlsx": "an Excel workbook", ".xlsm": "an Excel workbook", ".xlsb": "a binary Excel workbook",
    ".ods": "an OpenDocument file", ".xls": "an Excel workbook of before 2007",
}  # fmt: skip
_ZIPPED = {"xl/workbook.xml": ".xlsx", "xl/workbook.bin": ".xlsb", "mimetype": ".ods"}
_OTHER_ZIPPED = {"word/document.xml": "a Word document", "ppt/presentation.xml": "a PowerPoint presentation"}
_TEXTS = (
    ((b"<!doctype html", b"<html"), "a web page (HTML)"),
    ((b"<?xml",), "XML text"),
    ((b"%pdf",), "a PDF file"),
    ((b"{\\rtf",), "a rich text document"),
)


def read_workbook(data: bytes, file: str, suffix: str, limits: Limits) -> Iterator[StoredSheet | Remark]:
    """The worksheets of a workbook, with what there is to say of them.

    suffix  in small letters, with its dot

    Raises Refused, also where the content is of another kind than the suffix says.
    """
    if data.startswith(_OLE2_MAGIC) and _ENCRYPTED in data:
        raise Refused(Remark("FIL-010", "is protected with a password", file))
    if data.startswith(ZIP_MAGIC) and suffix != ".xls":
        archive = Archive(data, file, limits)
        _check_kind(_zipped(archive), suffix, file)
        yield from _reader(suffix)(data, archive, file, limits)
        return
    _check_kind(_unzipped(data), suffix, file)
    from reporting.intake.workbook_xls import read_xls

    yield from read_xls(data, file, limits)


def _check_kind(kind: str, suffix: str, file: str) -> None:
    """`kind` is a suffix, or a description of something that is no workbook."""
    wanted = ".xlsx" if suffix == ".xlsm" else suffix
    if kind != wanted:
        is_what = f"{_KINDS[kind]} ({kind})" if kind in _KINDS else kind
        raise Refused(Remark("FIL-009", f"is {is_what}", file))


def _zipped(archive: Archive) -> str:
    for part, kind in (_ZIPPED | _OTHER_ZIPPED).items():
        if archive.find(part):
            return kind
    return "a zip archive without a workbook in it"


def _unzipped(data: bytes) -> str:
    if data.startswith((_OLE2_MAGIC, *_OLD_MAGIC)):
        return ".xls"
    if data.startswith(ZIP_MAGIC):
        return "a zip archive, as .xlsx, .xlsb and .ods files are"
    if not data:
        return "empty"
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for starts, kind in _TEXTS:
        if head.startswith(starts):
            return kind
    return "plain text" if head.isascii() and b"\0" not in head else "data of an unknown kind"


def _reader(suffix: str) -> _Reader:
    if suffix == ".ods":
        from reporting.intake.workbook_ods import read_ods

        return read_ods
    if suffix == ".xlsb":
        from reporting.intake.workbook_xlsb import read_xlsb

        return read_xlsb
    from reporting.intake.workbook_xlsx import read_xlsx

    return read_xlsx
