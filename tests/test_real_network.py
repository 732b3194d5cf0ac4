"""A network of the 51 banks of the EBA 2016 stress test: real sums by country, a stated rule for who owes whom.

Illustrative, with synthetic margins: each bank's claims on institutions of a country are spread over the sample banks
of that country, but itself, by total assets; where there is none they are claims on outsiders. Who really owes whom is
not published.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from math import fsum
from pathlib import Path

import pypdfium2
import pytest

from reporting.batch import Options, SystemOptions, run_unit
from reporting.measures.contagion.figures import assess_system
from reporting.portfolio.system import load_system
from reporting.portfolio.system_view import view_system
from reporting.render.json import figures_json
from reporting.reports import build_report
from reporting.rulebook import load_rulebook
from tests.acceptance.pdf_text import squeezed
from tests.real_banks import DAY, Bank, banks, needs_real_data

_MILLION = 1_000_000


def institutions_by_country(bank: Bank) -> dict[str, float]:
    """Claims of a bank on institutions of each country, EUR million."""
    return {country: fsum(amounts) for (country, name), amounts in bank.exposures.items() if name == "Institutions"}


def spread(all_banks: list[Bank]) -> dict[tuple[str, str], float]:
    """(lender, borrower or `external <country>`) -> claim, EUR million, by the rule of this module."""
    found: dict[tuple[str, str], float] = {}
    for lender in all_banks:
        for country, amount in institutions_by_country(lender).items():
            inside = [bank for bank in all_banks if bank.country == country and bank.lei != lender.lei]
            total = fsum(bank.total_assets for bank in inside)
            for bank in inside:
                found[lender.lei, bank.lei] = amount * bank.total_assets / total
            if not inside:
                found[lender.lei, f"external {country}"] = amount
    return found


def write_network(folder: Path, all_banks: list[Bank], claims: dict[tuple[str, str], float]) -> Path:
    """The tables nodes and edges; external liabilities are what is left of total assets, at least zero."""
    inside = {pair: amount for pair, amount in claims.items() if not pair[1].startswith("external") and amount > 0}
    owed, owes = defaultdict(list), defaultdict(list)
    for (lender, borrower), amount in inside.items():
        owed[lender].append(amount)
        owes[borrower].append(amount)
    folder.mkdir()
    with (folder / "nodes.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["node_id", "name", "kind", "equity", "external_assets", "external_liabilities", "currency"])
        for bank in all_banks:
            assets = bank.total_assets - fsum(owed[bank.lei])
            liabilities = bank.total_assets - bank.cet1 - fsum(owes[bank.lei])
            amounts = [repr(amount * _MILLION) for amount in (bank.cet1, assets, max(liabilities, 0.0))]
            rows.writerow([bank.lei, bank.name, "bank", *amounts, "EUR"])
    with (folder / "edges.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["lender", "borrower", "amount", "instrument"])
        for (lender, borrower), amount in inside.items():
            rows.writerow([lender, borrower, repr(amount * _MILLION), "loan"])
    return folder


@needs_real_data
def test_the_margins_reproduce_what_was_published(tmp_path: Path) -> None:
    all_banks = list(banks())
    assert len(all_banks) == 51
    claims = spread(all_banks)
    system = load_system(write_network(tmp_path / "eba_illustrative", all_banks, claims), reference_date=DAY)
    sums: dict[str, float] = dict(zip(system.leis, system.exposures.sum(axis=1).tolist(), strict=True))
    for bank in all_banks:
        published = fsum(institutions_by_country(bank).values())
        outside = fsum(amount for (lender, to), amount in claims.items() if lender == bank.lei and "external" in to)
        assert sums[bank.lei] / _MILLION + outside == pytest.approx(published, rel=1e-6)


@pytest.mark.slow
@needs_real_data
def test_the_pack_is_made_with_bands(tmp_path: Path) -> None:
    all_banks = list(banks())
    folder = write_network(tmp_path / "illustrative synthetic margins", all_banks, spread(all_banks))
    label = "Illustrative, synthetic margins"
    options = Options(report="contagion", classification=label, system=SystemOptions(day=DAY))
    outcome = run_unit(folder, tmp_path / "out", options)
    assert outcome.folder.parts[-2] == "system-illustrative-synthetic-margins"
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(outcome.folder / "report.pdf")]
    assert len(pages) > 10
    assert all(squeezed(label) in squeezed(page) for page in pages)
    view = view_system(load_system(folder, reference_date=DAY), folder.name)
    rulebook = load_rulebook("every", DAY)
    figures = assess_system(view, rulebook)
    bands = figures["system_bands"].table
    assert (bands["low"] <= bands["high"]).all()
    assert figures["institution_count"].value == 51
    assert [name for name, figure in figures.items() if not figure.available] == [
        "funding_results", "hoarding_count"
    ]  # fmt: skip
    assert figures_json(build_report("contagion", view, figures, rulebook))
