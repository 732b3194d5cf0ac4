"""The objects of a PDF as bytes."""

from __future__ import annotations

import pydyf  # type: ignore[import-untyped]  # what WeasyPrint writes its files with


class _Written(pydyf.Object):  # type: ignore[misc]
    """An object whose bytes are at hand."""

    def __init__(self, of: pydyf.Object) -> None:
        super().__init__()
        self.number, self.generation, self.free = of.number, of.generation, of.free
        self._data: bytes = of.data
        self._compressible: bool = of.compressible

    @property
    def data(self) -> bytes:
        return self._data

    @property
    def compressible(self) -> bool:
        return self._compressible


def write_objects_once(_: object, pdf: pydyf.PDF) -> None:
    """Turn every object into its bytes; a `finisher` of WeasyPrint, called when the PDF is complete.

    Otherwise each is turned, and packed, twice: for the file and for the file's identifier. The file is the same.
    """
    pdf.objects = [one if one.free == "f" else _Written(one) for one in pdf.objects]
