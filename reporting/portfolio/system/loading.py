"""From a folder of submissions, or of nodes and edges, to a system, or to the list of everything that is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import pandas as pd

from reporting.intake.limits import Limits
from reporting.intake.reading import WORKBOOKS, input_files
from reporting.intake.schema import load_network_schemas
from reporting.intake.tables import InputFile
from reporting.origin import Cells, printable
from reporting.portfolio.balance import equity, total_assets
from reporting.portfolio.derived import rates
from reporting.portfolio.loading import load_portfolio
from reporting.portfolio.portfolio import Portfolio, errors
from reporting.portfolio.system.assembly import Terms, of_members
from reporting.portfolio.system.edges import load_network
from reporting.portfolio.system.pairs import TOLERANCE, Tolerance
from reporting.portfolio.system.rows import Member
from reporting.portfolio.system.said import Said, in_folder, placed, to_breaches
from reporting.portfolio.system.value import Rule, System
from reporting.problems import Breach, InputRejected
from reporting.spelling import plain

T = TypeVar("T")

RELATIVE = TOLERANCE.relative
_ABSOLUTE = {False: TOLERANCE.absolute, True: 0.01}  # whether it is an edge list -> tolerance in currency units


@dataclass(frozen=True, eq=False)
class Submission:
    """A submission of a system: its portfolio, or None where it does not load; `folder` is "" for a workbook.

    files   as they were read, of one that does not load too; see `unread` for one that gives none
    """

    name: str
    folder: str
    portfolio: Portfolio | None
    breaches: tuple[Breach, ...]
    files: tuple[InputFile, ...] = ()


def load_system(
    path: Path,
    *,
    rule: Rule = "lender",
    absolute_tolerance: float | None = None,
    relative_tolerance: float = RELATIVE,
    currency: str | None = None,
    reference_date: date | None = None,
    further_claims: pd.DataFrame | None = None,
    partial: bool = False,
    limits: Limits | None = None,
) -> System:
    """Read a folder of submissions of one date, or of the tables `nodes` and `edges`, as one network.

    Submissions are the workbooks in the folder and the folders of tables in it. What an institution is owed stands on
    its sheet `exposures` (debts on the balance sheet, gross), what it owes on its sheet `funding`; a pair is compared
    from both sides. Counterparties are found again by their LEI; those that are no node stand in `external`.

    rule             whose figure counts where the two sides differ
    absolute_tolerance, relative_tolerance   a difference above both (currency units; share of the larger side) is told;
                     without an absolute one 1,000 between submissions, which are in thousands, and 0.01 in an edge list
    currency         of the system; without it that of most submissions. Amounts are converted by the rates of the
                     submission that reports them. An edge list is in one currency
    reference_date   of the system; without it that of most submissions
    further_claims   claims that come from elsewhere, such as the exposure at default of netting sets: columns lender,
                     borrower, amount (in `currency`) and instrument. They are added, and not compared
    partial          go on in spite of errors: submissions that do not load or fit are left out and named in `left_out`,
                     and their counterparties' rows become external; faulty rows are left out and told

    InputRejected holds every problem of every submission and of the system; OSError where the path cannot be opened.
    """
    listed = is_network(path)
    absolute = absolute_tolerance if absolute_tolerance is not None else _ABSOLUTE[listed]
    terms = Terms(rule, Tolerance(absolute, relative_tolerance), currency, reference_date, partial)
    if listed:
        return load_network(path, terms, limits or Limits(), further_claims)
    submissions = [read_for_system(entry, partial=partial, limits=limits) for entry in submissions_in(path)]
    return build_system(submissions, terms, further_claims, [unread(entry) for entry in strangers_in(path)])


def is_network(path: Path) -> bool:
    """Whether the path holds the tables `nodes` and `edges`, by the names of files; a workbook is taken as one."""
    if path.is_dir():
        return {plain(entry.stem) for entry in path.iterdir() if not entry.is_dir()} >= load_network_schemas().keys()
    return path.is_file()


def submissions_in(folder: Path) -> list[Path]:
    """What is taken for a submission in the folder of a system, by name: workbooks, and folders of tables."""
    return [entry for entry in _visible(folder) if entry.is_dir() or entry.suffix.lower() in WORKBOOKS]


def strangers_in(folder: Path) -> list[Path]:
    """What else can be seen in the folder of a system, by name."""
    found = set(submissions_in(folder))
    return [entry for entry in _visible(folder) if entry not in found]


def unread(entry: Path) -> InputFile:
    """An entry that is named in what is said of a system, and of which no file is read: its hash is empty."""
    return InputFile(printable(entry.name), entry.lstat().st_size if entry.is_file() else 0, "")


def _visible(folder: Path) -> list[Path]:
    return [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith((".", "~$"))]


def read_for_system(path: Path, *, partial: bool = False, limits: Limits | None = None) -> Submission:
    """A submission that is to be part of a system. Data faults are breaches; OSError where it cannot be opened."""
    folder = path.name if path.is_dir() else ""
    try:
        portfolio = load_portfolio(path, partial=partial, limits=limits)
    except InputRejected as rejected:
        read = input_files(path, limits or Limits()) or (unread(path),)
        return Submission(path.name, folder, None, rejected.breaches, read)
    return Submission(path.name, folder, portfolio, portfolio.breaches, portfolio.files)


# --- From submissions to members -------------------------------------------------------------------------------------


def build_system(
    submissions: Sequence[Submission],
    terms: Terms = Terms(),  # noqa: B008 - frozen
    further_claims: pd.DataFrame | None = None,
    strangers: Iterable[InputFile] = (),
) -> System:
    """The system of submissions that have been read, wherever that was done. InputRejected as for `load_system`.

    strangers   what else stands beside them, as `unread` gives it
    """
    loaded = {one.name: one.portfolio for one in submissions if one.portfolio is not None}
    terms = replace(
        terms,
        reference_date=terms.reference_date or _of_most(one.entity.reference_date for one in loaded.values()),
        currency=terms.currency or _of_most(one.entity.currency for one in loaded.values()),
    )
    faults = dict(_faults(submissions, terms))
    breaches = [placed(breach, one.folder) for one in submissions for breach in one.breaches]
    beside = {file.path: (file,) for file in strangers}
    told = [Said("SYS-019", Cells(name), "is neither") for name in beside]
    told += [one for found in faults.values() for one in found]
    members = [_member(one, loaded[one.name], terms) for one in submissions if one.name not in faults]
    if len(members) < 2:
        told.append(Said("SYS-018", Cells("."), f"the folder holds {len(members)} that can be used"))
        raise InputRejected((*breaches, *to_breaches(told)))
    parts = of_members(members, terms, further_claims)
    breaches += to_breaches([*told, *parts.said])
    if errors(breaches) and not terms.partial:
        raise InputRejected(breaches)
    left_out = {name: "; ".join(one.found for one in found) for name, found in faults.items()}
    return parts.system(terms, {**{one.name: one.files for one in submissions}, **beside}, tuple(breaches), left_out)


def _of_most(values: Iterable[T]) -> T | None:
    """The value that stands most often; of equals the smallest, so that no order of files counts."""
    counted = Counter(values)
    return min(counted, key=lambda value: (-counted[value], str(value)), default=None)


def _faults(submissions: Sequence[Submission], terms: Terms) -> Iterator[tuple[str, list[Said]]]:
    """Name of each submission that cannot be a node, and why."""
    leis = Counter(one.portfolio.entity.lei for one in submissions if one.portfolio is not None)
    for one in submissions:
        if one.portfolio is None:
            yield one.name, [Said("SYS-001", Cells(one.name), f"the submission is rejected, {_first(one.breaches)}")]
            continue
        found = list(_unfit(one, one.portfolio, leis, terms))
        if found:
            yield one.name, found


def _first(breaches: Iterable[Breach]) -> str:
    return f"it has {str(InputRejected(breaches)).replace(' in the input', '')}"


def _unfit(one: Submission, portfolio: Portfolio, leis: Counter[str], terms: Terms) -> Iterator[Said]:
    entity = portfolio.entity
    if entity.reference_date != terms.reference_date:
        found = f"the reference date is {entity.reference_date}, that of the system is {terms.reference_date}"
        yield Said("SYS-002", _at(one, portfolio, "reference_date"), found)
    if leis[entity.lei] > 1:
        found = f"the LEI {entity.lei} is that of {leis[entity.lei]} submissions"
        yield Said("SYS-003", _at(one, portfolio, "lei"), found)
    if terms.currency not in _rates(portfolio):
        found = f"fx has no rate of {terms.currency}, the currency of the system, for {entity.reference_date}"
        yield Said("SYS-012", _at(one, portfolio, "currency"), found)
    for what, amount in (("the equity", equity(portfolio)), ("total assets", total_assets(portfolio))):
        if amount.reason:
            where = amount.sources[0].at(None) if amount.sources else Cells(one.folder or one.name)
            yield Said("SYS-011", in_folder(where, one.folder), f"{what} cannot be given ({amount.reason})")


def _at(one: Submission, portfolio: Portfolio, column: str) -> Cells:
    return in_folder(portfolio.tables["entity"].cells(column), one.folder)


def _rates(portfolio: Portfolio) -> Mapping[str, float]:
    fx = portfolio.tables["fx"].frame if "fx" in portfolio.tables else None
    return rates({"currency": portfolio.entity.currency, "reference_date": portfolio.entity.reference_date}, fx)


def _member(one: Submission, portfolio: Portfolio, terms: Terms) -> Member:
    known = _rates(portfolio)
    converted = {code: rate / known[terms.currency or ""] for code, rate in known.items()}
    return Member(portfolio, one.folder, converted, equity(portfolio), total_assets(portfolio))
