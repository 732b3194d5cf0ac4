"""Another classification than that of the report stands on every page and sheet, and makes another run."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pypdfium2

from reporting.batch import Options, run_unit
from tests.acceptance.pdf_text import squeezed
from tests.factories import base_sheets, write_workbook

LABEL = "Illustrative & synthetic <margins>"


def test_a_classification_stands_on_every_page_and_sheet(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "bank.xlsx", base_sheets())
    first = run_unit(path, tmp_path / "out", Options(outputs=("json",)))
    run = run_unit(path, tmp_path / "out", Options(classification=LABEL))
    assert (run.made, run.run_id == first.run_id) == (True, False)
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(run.folder / "report.pdf")]
    assert len(pages) > 3
    assert all(squeezed(LABEL) in squeezed(page) for page in pages)
    assert not any("Confidential" in page for page in pages)
    book = openpyxl.load_workbook(run.folder / "report.xlsx")
    assert LABEL in {cell.value for row in book.worksheets[0].iter_rows() for cell in row}
    headers = {sheet.oddHeader.center.text if sheet.oddHeader else None for sheet in book.worksheets}
    assert headers == {LABEL.replace("&", "&&")}
