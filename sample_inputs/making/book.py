"""The exposures of Northbank AG: drawn for June, portfolio by portfolio, and rolled forward to September."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from math import fsum

from making.ledger import DATES, LINES, RATES, SEPTEMBER, to_thousand
from making.portfolios import OFF_BALANCE, ON_BALANCE, Portfolio
from making.workbook import Row, Rows

_HOME_CURRENCY = {"GB": "GBP", "CH": "CHF", "SE": "SEK", "US": "USD"}
_TAKE_NEW_CLIENTS = frozenset({"A-410", "other_commitment"})
_NEW = (0.0, 0.035)  # new exposures beyond those that replace what was repaid, share of the number in June
_LISTED = (0.9965, 0.9995)  # accrued interest and rounding stand in the ledger, not in the list of exposures
_SIZE = {"household": 0.03}  # of an exposure, against those of other sectors
_DRIFT = (1.0, 1.0, 1.0, 0.975, 0.95, 1.02)  # what three months make of a loan or deposit
_SECURITIES = {"bond": "BND", "equity": "SHR", "fund_unit": "FND"}
_DEFAULT_PROBABILITY = {1: 0.0003, 2: 0.0007, 3: 0.0022, 4: 0.011, 5: 0.045, 6: 0.14, None: 0.009}
_EXEMPT = {
    "central_bank": "CRR Art. 400(1)(a)",
    "central_government": "CRR Art. 400(1)(a)",
    "multilateral_development_bank": "CRR Art. 400(1)(b)",
}
_OFF_BALANCE_CLASSES = {
    "credit_institution": "Institutions",
    "other_financial": "Other financial corporations",
    "fund": "Funds",
    "household": "Private clients",
}


@dataclass(frozen=True)
class Drawn:
    """An exposure before its amounts are rounded.

    terms       what does not change: columns of the sheet
    amount      gross or nominal, in thousands of its currency
    impairment  share of the amount, before the portfolio is brought to the allowance of its line
    """

    terms: Row
    portfolio: Portfolio
    amount: float
    impairment: float

    def in_euro(self, period: int) -> float:
        """The amount in EUR thousand at the rate of the date."""
        currency = self.terms["currency"]
        return self.amount * (1.0 if currency == "EUR" else RATES[DATES[period]][currency])


class Books:
    """Draws the exposures of the given counterparties; their numbers run on from June to September."""

    def __init__(self, parties: Rows, fresh: Rows) -> None:
        self.parties: Mapping[str, Row] = {row["counterparty_id"]: row for row in [*parties, *fresh]}
        self._rng = random.Random("northbank exposures")
        self._fresh = [row["counterparty_id"] for row in fresh]
        sizes = Counter(row.get("group") for row in self.parties.values())
        # Some clients are larger than others; several of one group are smaller.
        self._weight = {
            key: self._rng.lognormvariate(0, 0.35) / (sizes[row["group"]] ** 0.5 if "group" in row else 1.0)
            for key, row in self.parties.items()
        }
        self._number = 0

    def june(self) -> list[Drawn]:
        """The exposures of every portfolio in June."""
        return [drawn for portfolio in (*ON_BALANCE, *OFF_BALANCE) for drawn in self._opened(portfolio)]

    def september(self, june: Sequence[Drawn], gone: Collection[str]) -> list[Drawn]:
        """What is left of June's exposures, and new ones. `gone` are clients who have repaid everything."""
        rolled: list[Drawn] = []
        for portfolio in (*ON_BALANCE, *OFF_BALANCE):
            before = [drawn for drawn in june if drawn.portfolio is portfolio]
            kept = [self._drifted(drawn) for drawn in before if _is_left(drawn.terms, gone)]
            growth = round(len(before) * self._rng.uniform(*_NEW))
            rolled += self._grown(portfolio, kept, len(before) - len(kept) + growth, gone)
        return rolled

    # --- A portfolio as a whole --------------------------------------------------------------------------------------

    def _opened(self, portfolio: Portfolio) -> list[Drawn]:
        pool = self._pool(portfolio, self._fresh)
        each_once = self._rng.sample(pool, len(pool)) if portfolio.source != "A-020" else pool
        drawn = [
            self._exposure(portfolio, client, 0) for client in islice(self._clients(each_once, pool), portfolio.number)
        ]
        return _scaled(drawn, 0, self._total(portfolio, 0))

    def _grown(self, portfolio: Portfolio, kept: list[Drawn], number: int, gone: Collection[str]) -> list[Drawn]:
        """With new exposures that fill the gap to the ledger of September; else all move to it."""
        first = self._fresh if portfolio.source in _TAKE_NEW_CLIENTS else []
        clients = islice(self._clients(first, self._pool(portfolio, gone)), number)
        new = [self._exposure(portfolio, client, 1) for client in clients]
        total = self._total(portfolio, 1)
        gap, typical = total - _sum(kept, 1), total / portfolio.number
        if new and 0.3 * typical < gap / len(new) < 2.5 * typical:
            return [*kept, *_scaled(new, 1, gap)]
        return _scaled([*kept, *_scaled(new, 1, typical * len(new))], 1, total)

    def _total(self, portfolio: Portfolio, period: int) -> float:
        """What the exposures of a portfolio add up to, EUR thousand."""
        if portfolio.nominal is not None:
            return portfolio.nominal[period] * 1000
        gross = _line_amounts(portfolio.source, period)[0]
        return gross * self._rng.uniform(*_LISTED)

    def _pool(self, portfolio: Portfolio, without: Collection[str] = ()) -> list[str]:
        pool = [key for key in self.parties if key not in without and self._sector(key) in portfolio.sectors]
        if portfolio.source in {"A-020", "A-030"}:  # the Eurosystem, and the others
            at_home = portfolio.source == "A-020"
            return [key for key in pool if (self.parties[key]["country"] == "DE") == at_home]
        return pool

    def _sector(self, key: str) -> str:
        row = self.parties[key]
        return "property" if "property" in row else str(row["sector"])

    def _clients(self, first: Sequence[str], pool: Sequence[str]) -> Sequence[str]:
        """Each of `first` once, then those of the pool at random, the larger ones more often."""
        weights = [self._weight[key] for key in pool]
        return [*first, *self._rng.choices(pool, weights, k=400)] if pool else list(first)

    # --- One exposure ------------------------------------------------------------------------------------------------

    def _exposure(self, portfolio: Portfolio, client: str, period: int) -> Drawn:
        self._number += 1
        party, rng = self.parties[client], self._rng
        terms = self._terms(portfolio, party, period) | self._risk(portfolio, party)
        size = rng.lognormvariate(0, 0.6 if portfolio.off_balance_sheet else 0.8) * _SIZE.get(party["sector"], 1.0)
        if portfolio.source == "A-540":
            size /= _SIZE["household"]
        rate = 1.0 if terms["currency"] == "EUR" else RATES[DATES[period]][terms["currency"]]
        return Drawn(terms, portfolio, size / rate, self._impairment(portfolio, period))

    def _impairment(self, portfolio: Portfolio, period: int) -> float:
        """Little in most, much in the few that are in default: about as many as the allowance of the line tells."""
        gross, allowance = (1.0, 0.01) if portfolio.off_balance_sheet else _line_amounts(portfolio.source, period)
        in_default = self._rng.random() < 3 * allowance / gross
        return self._rng.uniform(0.15, 0.4) if in_default else self._rng.uniform(0.1, 0.6) * allowance / gross

    def _terms(self, portfolio: Portfolio, party: Row, period: int) -> Row:
        code, trading = _SECURITIES.get(portfolio.instrument), portfolio.source == "A-680"
        return {
            "exposure_id": f"E{self._number:06d}",
            "counterparty_id": party["counterparty_id"],
            "instrument": portfolio.instrument,
            "exposure_class": _class_of(portfolio, party),
            "asset_id": f"{code}-{self._number:05d}" if code else None,
            "currency": self._currency(party),
            "off_balance_sheet": portfolio.off_balance_sheet,
            "ccf_category": portfolio.source if portfolio.off_balance_sheet else None,
            "issue_id": f"ISS-{self._number:05d}" if code == "BND" else None,
            "seniority": self._seniority(portfolio, party),
            "position_sign": "long" if trading else None,
            "book": "trading" if trading else "banking",
            "maturity": self._maturity(portfolio, period),
        }

    def _currency(self, party: Row) -> str:
        home = _HOME_CURRENCY.get(party["country"], "EUR")
        if party["sector"] in {"central_bank", "ccp", "central_government", "regional_government", "household"}:
            return home
        draw = self._rng.random()
        if draw < 0.86:
            return home if draw < 0.72 else "EUR"
        return self._rng.choices(["USD", "GBP", "CHF", "SEK"], [6, 3, 3, 2])[0]

    def _seniority(self, portfolio: Portfolio, party: Row) -> str | None:
        if portfolio.instrument not in {"loan", "bond"} or party["natural_person"]:
            return None
        return "subordinated" if self._rng.random() < 0.02 else "senior"

    def _maturity(self, portfolio: Portfolio, period: int) -> date | None:
        if not portfolio.years:
            return None
        days = round(20 + self._rng.betavariate(1.1, 2.2) * portfolio.years * 365)
        day = DATES[period] + timedelta(days=days)
        return day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])  # not on a weekend

    def _risk(self, portfolio: Portfolio, party: Row) -> Row:
        if not portfolio.years or party["sector"] not in {"non_financial_corporate", "household", "other_financial"}:
            return {}
        probability = _DEFAULT_PROBABILITY[party["credit_quality_step"]] * self._rng.lognormvariate(0, 0.35)
        loss = self._rng.choice([0.25, 0.3, 0.35, 0.4, 0.45])
        return {"pd": min(max(round(probability, 4), 0.0003), 0.5), "elgd": loss}

    def _drifted(self, drawn: Drawn) -> Drawn:
        changes = drawn.portfolio.instrument in {"loan", "deposit"}
        return replace(drawn, amount=drawn.amount * self._rng.choice(_DRIFT)) if changes else drawn


def _is_left(terms: Row, gone: Collection[str]) -> bool:
    return terms["counterparty_id"] not in gone and not (terms["maturity"] and terms["maturity"] <= SEPTEMBER)


def _class_of(portfolio: Portfolio, party: Row) -> str:
    if not portfolio.off_balance_sheet:
        return next(line.exposure_class for line in LINES if line.line_id == portfolio.source)
    return "Commercial real estate" if "property" in party else _OFF_BALANCE_CLASSES.get(party["sector"], "Corporates")


def _line_amounts(line_id: str, period: int) -> tuple[float, float]:
    """Gross amount and allowance of a line, EUR thousand."""
    line = next(line for line in LINES if line.line_id == line_id)
    return (
        to_thousand(line.gross[period], f"{line_id} gross {period}"),
        to_thousand(line.allowance[period], f"{line_id} allowance {period}"),
    )


def _sum(drawn: Sequence[Drawn], period: int) -> float:
    return fsum(one.in_euro(period) for one in drawn)


def _scaled(drawn: Sequence[Drawn], period: int, total: float) -> list[Drawn]:
    factor = total / _sum(drawn, period) if drawn else 1.0
    return [replace(one, amount=one.amount * factor) for one in drawn]


# --- Rows as they stand on the sheet ---------------------------------------------------------------------------------


def exposure_rows(drawn: Sequence[Drawn], parties: Mapping[str, Row], period: int) -> Rows:
    """The rows of the sheet in the order of their numbers, amounts in thousands of their currency to the unit."""
    scales = {portfolio.source: _allowance_scale(drawn, portfolio, period) for portfolio in ON_BALANCE}
    rows = [
        _off_balance(one)
        if one.portfolio.off_balance_sheet
        else _on_balance(one, scales[one.portfolio.source], parties)
        for one in drawn
    ]
    return sorted(rows, key=lambda row: str(row["exposure_id"]))


def _allowance_scale(drawn: Sequence[Drawn], portfolio: Portfolio, period: int) -> float:
    impaired = fsum(one.impairment * one.in_euro(period) for one in drawn if one.portfolio is portfolio)
    return _line_amounts(portfolio.source, period)[1] / impaired if impaired else 0.0


def _on_balance(one: Drawn, scale: float, parties: Mapping[str, Row]) -> Row:
    gross = round(one.amount, 3)
    row = {
        **one.terms,
        "gross_carrying_amount": gross,
        "loss_allowance_specific": round(gross * one.impairment * scale, 3),
    }
    party = parties[row["counterparty_id"]]
    reference = _EXEMPT.get(party["sector"])
    if party["sector"] == "regional_government" and party["country"] != "CH":
        reference = "CRR Art. 400(1)(e)"
    if reference:
        row |= {"exempt_amount": round(gross - row["loss_allowance_specific"], 3), "exemption_reference": reference}
    if row["instrument"] in {"equity", "fund_unit"}:
        row["quantity"] = max(1, round(gross / 0.09))
    return row


def _off_balance(one: Drawn) -> Row:
    """What is promised is a round amount; every tenth has a specific provision and every twentieth a general one."""
    step = next((step for step in (5_000, 1_000, 500, 250) if one.amount >= 10 * step), 50)
    nominal = float(max(step, round(one.amount / step) * step))
    number = int(one.terms["exposure_id"][1:])
    row = {**one.terms, "nominal": nominal, "loss_allowance_specific": 0.0}
    if number % 10 == 3:
        row["loss_allowance_specific"] = round(nominal * one.impairment / 4, 3)
    if number % 20 == 7:
        row["general_provision"] = round(nominal * 0.0015, 3)
    return row
