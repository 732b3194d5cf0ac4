"""A system whose institutions are masked: the same amounts under stable tokens that nobody can turn back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from reporting.figures import Source
from reporting.intake.tables import InputFile
from reporting.origin import Cells
from reporting.portfolio.system import System
from reporting.problems import Breach, Problem

WITHHELD = "withheld, for it may name an institution or a person"
_NAMED_IN = re.compile(r"SYS-(004|005|006|007|008|009|010|012|013|014|016)")  # rules whose texts hold no data but names
_SHORTEST = 4  # letters of a name that can be found in a text without doubt


def anonymised(system: System, keep: str = "") -> tuple[System, str]:
    """The system with every institution but `keep` under a token, and a digest that can name its runs.

    Identifiers, names, kinds, counterparties outside, file names, cells and the texts of problems are masked; amounts,
    row numbers and the number of problems are not, so that all totals stay. Tokens are numbered in an order that
    follows from the whole content of the submissions, so the same input has the same tokens and no list of names can
    be run through to turn them back. Who knows an amount of an institution can still find it by that amount.
    """
    secret = _secret(system)
    masks = _masks(system, keep, secret)
    order = sorted(range(len(system.leis)), key=lambda n: masks.ids[system.leis[n]])
    place = np.array(order, dtype=np.int64)
    exposures = csr_array(system.exposures[place][:, place])
    exposures.sort_indices()
    leis = tuple(masks.ids[system.leis[n]] for n in order)
    found = replace(
        system,
        leis=leis,
        names=tuple(masks.name_of(system.leis[n], system.names[n]) for n in order),
        kinds=tuple(system.kinds[n] if system.leis[n] == keep else "institution" for n in order),
        exposures=exposures,
        equity=system.equity[place],
        external_assets=system.external_assets[place],
        external_liabilities=system.external_liabilities[place],
        claims=masks.rows(system.claims),
        external=masks.rows(system.external),
        origins=masks.origins(system.origins),
        left_out={f"submission {n}": WITHHELD for n, _ in enumerate(system.left_out, 1)},
        files=masks.all_files(system.files),
        breaches=tuple(masks.breach(breach) for breach in system.breaches),
    )
    return found, hashlib.sha256(secret + b"folder").hexdigest()[:12]


def _secret(system: System) -> bytes:
    """A digest of what the submissions hold, names and amounts together."""
    content = hashlib.sha256()
    for lei, name, own in zip(system.leis, system.names, system.equity.tolist(), strict=True):
        content.update(f"{lei}\0{name}\0{own!r}\n".encode())
    for frame in (system.claims, system.external):
        for row in frame[["lender", "borrower", "amount", "side", "file", "row"]].itertuples(index=False):
            content.update(repr(tuple(row)).encode())
    return content.digest()


@dataclass(frozen=True, eq=False)
class _Masks:
    """Tokens: identifier -> token, outsider -> token, first part of a path -> token; and texts to look for."""

    keep: str
    ids: Mapping[str, str]
    outsiders: Mapping[str, str]
    paths: Mapping[str, str]
    texts: Mapping[str, str]

    def name_of(self, lei: str, name: str) -> str:
        """The name of an institution: its own for the one that is kept, else of its token."""
        return name if lei == self.keep else f"Institution {self.ids[lei].rpartition('-')[2]}"

    def rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Claims, or rows with outsiders, sorted by the tokens."""
        known = {**self.outsiders, **self.ids}
        ends = {end: frame[end].map(lambda one: known.get(one, one)).astype(object) for end in ("lender", "borrower")}
        names = {token: f"Outsider {token.rpartition('-')[2]}" for token in self.outsiders.values()}
        other = ends["borrower"].where(frame["side"] == "lender", ends["lender"])
        masked = frame.assign(
            **ends,
            outsider=[names.get(one, self._inside(one)) for one in other],
            file=[self.path(one) for one in frame["file"]],
        )
        order = ["lender", "borrower", "side", "file", "sheet", "row"]
        return masked.sort_values(order, kind="stable", ignore_index=True)

    def _inside(self, token: str) -> str:
        return "" if token == self.keep else f"Institution {token.rpartition('-')[2]}"

    def path(self, file: str) -> str:
        """A file with the first part of its path masked."""
        first, slash, rest = file.partition("/")
        return f"{self.paths.get(first, first)}{slash}{rest}"

    def cells(self, cells: Cells) -> Cells:
        """The cells with their file masked."""
        return replace(cells, file=self.path(cells.file))

    def origins(
        self, origins: Mapping[str, Mapping[str, tuple[Source, ...]]]
    ) -> Mapping[str, Mapping[str, tuple[Source, ...]]]:
        """Cells by what they give and by token, in the order of the tokens."""
        return MappingProxyType({
            what: MappingProxyType({
                token: tuple(replace(source, cells=self.cells(source.cells)) for source in sources)
                for token, sources in sorted((self.ids[lei], sources) for lei, sources in by_id.items())
            })
            for what, by_id in origins.items()
        })  # fmt: skip

    def all_files(self, files: Mapping[str, tuple[InputFile, ...]]) -> Mapping[str, tuple[InputFile, ...]]:
        """Files by masked name of their submission, their paths masked."""
        return MappingProxyType({
            self.path(name): tuple(replace(file, path=self.path(file.path)) for file in of_one)
            for name, of_one in files.items()
        })  # fmt: skip

    def breach(self, breach: Breach) -> Breach:
        """The breach with its cells and texts masked, problems in the order of the masked files."""
        problems = [self._problem(problem) for problem in breach.problems]
        problems.sort(key=lambda problem: (problem.where.file, problem.where.sheet, problem.where.rows))
        return replace(breach, problems=tuple(problems), blocks=tuple(self.cells(cells) for cells in breach.blocks))

    def _problem(self, problem: Problem) -> Problem:
        override = problem.override
        if override is not None:
            override = replace(override, name="a named person", reason=WITHHELD, cells="")
        return Problem(problem.rule, self.cells(problem.where), self._text(problem), override)

    def _text(self, problem: Problem) -> str:
        if not _NAMED_IN.fullmatch(problem.rule.code) or any(len(text) < _SHORTEST for text in self.texts):
            return WITHHELD
        found = problem.found
        for text in sorted(self.texts, key=len, reverse=True):
            found = found.replace(text, self.texts[text])
        return found


def _masks(system: System, keep: str, secret: bytes) -> _Masks:
    ids = _tokens("INST", (lei for lei in system.leis if lei != keep), secret) | ({keep: keep} if keep else {})
    ends = {*system.external["lender"], *system.external["borrower"]} - set(system.leis)
    paths = _paths(system, ids, keep)
    names = dict(zip(system.leis, system.names, strict=True))
    texts = {lei: token for lei, token in ids.items() if lei != keep}
    texts |= {names[lei]: f"Institution {token.rpartition('-')[2]}" for lei, token in texts.items() if names[lei]}
    texts |= {path: token for path, token in paths.items() if path != token}
    return _Masks(keep, ids, _tokens("EXT", map(str, ends), secret), paths, texts)


def _tokens(kind: str, names: Iterable[str], secret: bytes) -> dict[str, str]:
    """Name -> token, numbered in an order that the secret decides."""
    order = sorted(names, key=lambda name: hashlib.sha256(secret + name.encode()).digest())
    digits = max(2, len(str(len(order))))
    return {name: f"{kind}-{number:0{digits}d}" for number, name in enumerate(order, 1)}


def _paths(system: System, ids: Mapping[str, str], keep: str) -> dict[str, str]:
    """Name of each submission -> what stands for it; that of `keep` stays."""
    owner = {
        source.cells.file.partition("/")[0]: lei
        for lei, sources in system.origins.get("total_assets", {}).items()
        for source in sources
    }
    found = {}
    for number, name in enumerate(system.files, 1):
        suffix = PurePosixPath(name).suffix
        if name not in owner:
            found[name] = f"network{suffix}" if "edge" in set(system.claims["side"]) else f"submission-{number}{suffix}"
        else:
            found[name] = name if owner[name] == keep else f"{ids[owner[name]]}{suffix}"
    return found
