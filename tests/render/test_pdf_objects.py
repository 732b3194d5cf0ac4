"""Objects that are turned into bytes once make the very file that WeasyPrint makes."""

from __future__ import annotations

import warnings
from datetime import datetime

import pydyf  # type: ignore[import-untyped]
import pytest
from weasyprint import HTML, Attachment

from reporting.render.pdf_objects import write_objects_once

PAGE = """<html lang="en"><head><title>Page</title></head><body><h1>Heading</h1>
<p>Müller &amp; Søn <a href="#end">to the end</a></p><table><tr><th scope="col">a</th></tr><tr><td>1</td></tr></table>
<svg width="20" height="20"><title>square</title><rect width="20" height="20"/></svg><p id="end">End</p></body>
</html>"""


@pytest.mark.parametrize("variant", ["pdf/a-3a", "pdf/ua-1", None])
def test_the_file_is_the_same(variant: str | None) -> None:
    assert written(variant, once=True) == written(variant, once=False)


def test_no_stream_is_packed_twice_but_the_one_that_is_made_after_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    packed: list[pydyf.Stream] = []
    turned = pydyf.Stream.data.fget

    def counted(stream: pydyf.Stream) -> bytes:
        packed.append(stream)
        return bytes(turned(stream))

    monkeypatch.setattr(pydyf.Stream, "data", property(counted))
    written("pdf/a-3a", once=True)
    assert len(packed) - len(set(map(id, packed))) == 1
    packed.clear()
    written("pdf/a-3a", once=False)
    assert len(packed) - len(set(map(id, packed))) > 1


def written(variant: str | None, *, once: bool) -> bytes:
    day = datetime(2026, 9, 30)
    attached = Attachment(string=b"content" * 100, name="a.txt", created=day, modified=day, relationship="Source")
    document = HTML(string=PAGE).render(pdf_variant=variant)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"unclosed file .*sRGB2014\.icc", ResourceWarning)  # WeasyPrint's own
        finisher = write_objects_once if once else None
        return bytes(document.write_pdf(attachments=[attached], pdf_variant=variant, finisher=finisher))
