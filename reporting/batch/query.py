"""SQL over the figures of all runs below an output root: in memory, and cut off from every other file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reporting.batch.folder import MANIFEST, VERSION_NAME, read_manifest
from reporting.documents import DocumentFault
from reporting.problems import ConfigurationFault

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FIGURES = "figures.parquet"

# No file, no extension, no other database, no variable of this program, and no way to allow them again.
_SETTINGS = (
    "SET temp_directory = ''",
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET python_enable_replacements = false",
    "SET TimeZone = 'UTC'",
    "SET lock_configuration = true",
)
_LATEST = """
CREATE VIEW latest AS SELECT * FROM figures
QUALIFY version = max(version) OVER (PARTITION BY lei, reference_date, report)
"""

Cell = float | int | bool | str | None


class QueryFault(ConfigurationFault):
    """A query that cannot be answered; the text says why."""


class MissingExtraError(OSError):
    """A package that only this command needs is not installed."""


@dataclass(frozen=True)
class Answer:
    """Columns and rows of a query, in its order.

    runs      how many runs were looked at
    left_out  run folders without figures.parquet, made by an earlier release
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    runs: int
    left_out: tuple[str, ...]


def query(root: Path, sql: str) -> Answer:
    """Answer a SELECT over two views of the figures of all runs below an output root.

    figures  every run: lei, institution, reference_date, version, currency, report, run_id, figure, key, column, value,
             text, unit, status; see `render/parquet.py`
    latest   of these, the latest version of each institution, date and report

    QueryFault for anything but one SELECT, for one that is wrong, and for figures that are not what the run wrote;
    FileNotFoundError where there are no runs; MissingExtraError without DuckDB.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        raise MissingExtraError("queries need DuckDB: pip install 'reporting[query]'") from None
    folders = list(_run_folders(root))
    if not folders:
        raise FileNotFoundError(f"{root} holds no runs: give the folder named by --out")
    tables, left_out = _tables(root, folders)
    with duckdb.connect(":memory:") as connection:
        _make_views(connection, tables)
        try:
            _check_select(duckdb.extract_statements(sql))
            found = connection.execute(sql)
            columns = tuple(str(entry[0]) for entry in found.description or ())
            rows = tuple(tuple(map(_cell, row)) for row in found.fetchall())
        except duckdb.Error as error:
            raise QueryFault(f"the query cannot be answered: {error}") from None
    return Answer(columns, rows, len(folders) - len(left_out), left_out)


def _run_folders(root: Path) -> Iterator[Path]:
    """Finished runs, by date, institution and version."""
    for folder in sorted(root.glob("*-*-*/*/v*")):
        if VERSION_NAME.fullmatch(folder.name) and (folder / MANIFEST).is_file():
            yield folder


def _tables(root: Path, folders: list[Path]) -> tuple[list[Any], tuple[str, ...]]:
    """The figures of each run with its version, and the runs that have none in this form."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables, left_out = [], []
    for folder in folders:
        data = _written(folder)
        if data is None:
            left_out.append(folder.relative_to(root).as_posix())
            continue
        table = pq.read_table(io.BytesIO(data), use_threads=False)
        version = pa.repeat(pa.scalar(int(folder.name[1:]), pa.int32()), len(table))
        tables.append(table.add_column(3, "version", version).replace_schema_metadata(None))
    return tables, tuple(left_out)


def _written(folder: Path) -> bytes | None:
    """The bytes of figures.parquet; None where the run wrote none. QueryFault where they were changed since."""
    try:
        manifest = read_manifest(folder)
    except DocumentFault as fault:
        raise QueryFault(f"{fault}; `reporting verify` says more") from None
    written = {entry["path"]: entry["sha256"] for entry in manifest["outputs"]}
    if FIGURES not in written:
        return None
    path = folder / FIGURES
    data = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(data).hexdigest() != written[FIGURES]:
        raise QueryFault(f"{path} is not the file that the run wrote; `reporting verify` says more")
    return data


def _make_views(connection: DuckDBPyConnection, tables: list[Any]) -> None:
    import pyarrow as pa

    from reporting.render.parquet import SCHEMA

    fields = list(SCHEMA)
    empty = pa.schema([*fields[:3], pa.field("version", pa.int32()), *fields[3:]]).empty_table()
    connection.register("arrow_figures", pa.concat_tables([empty, *tables]))
    connection.execute("CREATE TABLE figures AS SELECT * FROM arrow_figures")
    connection.unregister("arrow_figures")
    connection.execute(_LATEST)
    for setting in _SETTINGS:
        connection.execute(setting)


def _check_select(statements: list[Any]) -> None:
    if len(statements) != 1:
        raise QueryFault(f"the query has {len(statements)} statements, must be one SELECT")
    kind = str(statements[0].type).rpartition(".")[2]
    if kind not in ("SELECT", "EXPLAIN"):
        raise QueryFault(f"the query is {kind}, must be a SELECT: runs are never changed")


def _cell(value: Any) -> Cell:
    """A value as JSON has it: decimals as numbers, days and times as ISO text, lists and the like as text."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return value if value - value == 0 else str(value)  # JSON has no infinity
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)
