"""The zip guard: what a zipped workbook is made of, checked part by part before a reader opens it."""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from reporting.intake.limits import Limits, size_text
from reporting.intake.stored import Refused, Remark

ZIP_MAGIC = b"PK\x03\x04"

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_ENCRYPTED = 0x1
_INPUT = 1 << 16  # compressed bytes inflated in one step; deflate makes at most 1,032 bytes of one
_STEP = 1 << 20  # inflated bytes handed on in one piece
_HEAD, _TAIL = 256, 16  # bytes: an XML declaration lies in the first, a document type's opening within the second
_DTD = b"<!DOCTYPE"  # an entity can only be declared inside one
_ENCODING = re.compile(rb"""^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_READABLE = {b"utf-8", b"utf8", b"us-ascii", b"ascii"}
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")


@dataclass(frozen=True)
class _Member:
    name: str  # as in the archive, with forward slashes
    start: int  # of the compressed bytes
    info: zipfile.ZipInfo


class Archive:
    """A zipped workbook in memory, inflated by its true size and never by the declared one.

    Creating one checks the directory: number of parts, names, overlaps, encryption, declared sizes. `stream` inflates
    a part and checks size, ratio and checksum on the way. Raises Refused.
    """

    def __init__(self, data: bytes, file: str, limits: Limits) -> None:
        self.file = file
        self._data = memoryview(data)
        self.limits = limits
        self._inflated = 0
        self._seen: set[str] = set()
        self._members = {member.name.lower(): member for member in self._checked(_directory(data, file, limits))}

    @property
    def names(self) -> list[str]:
        """Names of the parts, in the order of the archive."""
        return [member.name for member in self._members.values()]

    def find(self, name: str) -> str | None:
        """The name of a part as the archive has it; capitals do not matter, as in the readers."""
        member = self._members.get(posixpath.normpath(name.replace("\\", "/")).lstrip("/").lower())
        return member.name if member else None

    def read(self, name: str) -> bytes:
        """All bytes of a (small) part, checked."""
        return b"".join(self.stream(name))

    def stream(self, name: str, xml: bool = False) -> Iterator[bytes]:
        """The bytes of a part, piece by piece. Size, ratio, checksum and the kind of XML are checked as they pass.

        xml  True for a part that holds XML whatever its name
        """
        member = self._members[name.lower()]
        checks = _XmlCheck(self.file, name) if xml or _is_xml(name) else None
        size = checksum = 0
        for piece in self._inflate(member):
            size += len(piece)
            checksum = zlib.crc32(piece, checksum)
            self._check_size(member, size, first=name not in self._seen)
            if checks:
                checks.feed(piece)
            yield piece
        if size != member.info.file_size or checksum != member.info.CRC:
            raise self._refused("FIL-011", f"the part {name} does not match its checksum")
        if name not in self._seen:
            self._seen.add(name)
            self._inflated += size

    def check_rest(self) -> None:
        """Inflate and check every part that has not been streamed yet."""
        for name in self.names:
            if name not in self._seen:
                for _ in self.stream(name):
                    pass

    def _checked(self, infos: list[zipfile.ZipInfo]) -> list[_Member]:
        if len(infos) > self.limits.members:
            raise self._refused("FIL-004", f"the archive has {len(infos)} parts and the limit is {self.limits.members}")
        for info in infos:
            self._check_entry(info)
        names = [_name(info).lower() for info in infos]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise self._refused("FIL-012", f"the archive has two parts named {twice}")
        declared = sum(info.file_size for info in infos)
        if declared > self.limits.inflated_bytes:
            raise self._too_large(declared)
        return self._placed(infos)

    def _check_entry(self, info: zipfile.ZipInfo) -> None:
        name = _name(info)
        if name.startswith("/") or ".." in name.split("/") or ":" in name or "\0" in info.orig_filename:
            raise self._refused("FIL-012", f"the archive has a part with the unsafe name {name!r}")
        if info.flag_bits & _ENCRYPTED:
            raise self._refused("FIL-010", f"the part {name} is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._refused("FIL-012", f"the part {name} is packed by method {info.compress_type}, not by deflate")

    def _placed(self, infos: list[zipfile.ZipInfo]) -> list[_Member]:
        """The parts with the place of their bytes; two parts that share bytes are refused."""
        members, end = [], 0
        for info in sorted(infos, key=lambda info: info.header_offset):
            start = self._start(info)
            if info.header_offset < end or start + info.compress_size > len(self._data):
                raise self._refused("FIL-012", f"the part {_name(info)} lies over another part of the archive")
            end = start + info.compress_size
            members.append(_Member(_name(info), start, info))
        order = {id(info): number for number, info in enumerate(infos)}
        return sorted(members, key=lambda member: order[id(member.info)])

    def _start(self, info: zipfile.ZipInfo) -> int:
        header = self._data[info.header_offset : info.header_offset + _LOCAL_HEADER.size]
        if len(header) < _LOCAL_HEADER.size or bytes(header[:4]) != ZIP_MAGIC:
            raise self._refused("FIL-011", f"the part {_name(info)} is not where the archive says")
        *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        return int(info.header_offset + _LOCAL_HEADER.size + name_length + extra_length)

    def _inflate(self, member: _Member) -> Iterator[bytes]:
        packed = self._data[member.start : member.start + member.info.compress_size]
        pieces = [packed[at : at + _INPUT] for at in range(0, len(packed), _INPUT)]
        if member.info.compress_type == zipfile.ZIP_STORED:
            yield from map(bytes, pieces)
            return
        inflater, taken = zlib.decompressobj(-zlib.MAX_WBITS), 0
        try:
            for packed_piece in pieces:
                taken += len(packed_piece)
                piece = inflater.decompress(packed_piece, _STEP)
                while piece:
                    yield piece
                    piece = inflater.decompress(inflater.unconsumed_tail, _STEP)
                if inflater.eof:
                    break
        except zlib.error as error:
            raise self._refused("FIL-011", f"the part {member.name} cannot be inflated ({error})") from None
        if not inflater.eof or inflater.unused_data or taken < len(packed):
            raise self._refused("FIL-011", f"the part {member.name} is not as long as the archive says")

    def _check_size(self, member: _Member, size: int, first: bool) -> None:
        total = self._inflated + (size if first else 0)
        if total > self.limits.inflated_bytes:
            raise self._too_large(total)
        if size > member.info.file_size:
            raise self._refused("FIL-012", f"the part {member.name} inflates to more than the archive declares")
        if size > self.limits.ratio_from and size > self.limits.ratio * member.info.compress_size:
            raise self._too_dense(member.name, size, member.info.compress_size)
        if total > self.limits.ratio_from and total > self.limits.ratio * len(self._data):
            raise self._too_dense("", total, len(self._data))

    def _too_large(self, size: int) -> Refused:
        limit = size_text(self.limits.inflated_bytes)
        return self._refused("FIL-002", f"the parts inflate to {size_text(size)} or more and the limit is {limit}")

    def _too_dense(self, part: str, size: int, packed: int) -> Refused:
        what = f"the part {part}" if part else "the archive"
        times = f"{size / max(packed, 1):,.0f} times its size and the limit is {self.limits.ratio} times"
        return self._refused("FIL-003", f"{what} inflates to {times}")

    def _refused(self, code: str, found: str) -> Refused:
        return Refused(Remark(code, found, self.file))


def _directory(data: bytes, file: str, limits: Limits) -> list[zipfile.ZipInfo]:
    """The entries of the archive's directory, folders left out. Raises Refused where there is no sound one."""
    end = data.rfind(b"PK\x05\x06")
    entries = struct.unpack_from("<H", data, end + 10)[0] if 0 <= end <= len(data) - 22 else 0
    if limits.members < entries < 0xFFFF:  # said by the archive; spares building a list of a million entries
        raise Refused(Remark("FIL-004", f"the archive has {entries} parts and the limit is {limits.members}", file))
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error, OSError) as error:
        raise Refused(Remark("FIL-011", f"the archive is damaged ({error})", file)) from None


def _name(info: zipfile.ZipInfo) -> str:
    return info.filename.replace("\\", "/")


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels", ".vml"))


class _XmlCheck:
    """Refuses a part with a document type definition, or in another encoding than UTF-8, as its bytes pass by."""

    def __init__(self, file: str, name: str) -> None:
        self.file, self.name = file, name
        self._head = self._tail = b""

    def feed(self, piece: bytes) -> None:
        """Look at the next bytes of the part; what stands across two pieces is seen too. Raises Refused."""
        if len(self._head) < _HEAD:
            self._head += piece[:_HEAD]
            self._check_encoding()
        if _DTD in piece or _DTD in self._tail + piece[:_TAIL]:
            raise Refused(Remark("FIL-013", f"the part {self.name} has a document type definition", self.file))
        self._tail = (self._tail + piece[-_TAIL:])[-_TAIL:]

    def _check_encoding(self) -> None:
        wide = self._head.startswith(_WIDE)
        declared = _ENCODING.match(self._head.removeprefix(b"\xef\xbb\xbf"))
        if wide or (declared and declared.group(1).lower() not in _READABLE):
            encoding = declared.group(1).decode() if declared else "UTF-16"
            raise Refused(Remark("FIL-014", f"the part {self.name} is encoded as {encoding}", self.file))
