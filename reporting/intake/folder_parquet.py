"""Reading a table from Parquet by pyarrow: row 1 is the column names, as a spreadsheet program would show them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from reporting.intake.cell_names import letters
from reporting.intake.limits import Limits, size_text
from reporting.intake.packing import tidy
from reporting.intake.stored import Columns, Refused, Remark, StoredSheet, UsedRange

_READABLE = (
    pt.is_string, pt.is_large_string, pt.is_string_view, pt.is_boolean, pt.is_integer, pt.is_floating,
    pt.is_decimal, pt.is_date, pt.is_time, pt.is_null,
)  # fmt: skip


def read_parquet(data: bytes, file: str, limits: Limits, before: int = 0) -> Iterator[StoredSheet | Remark]:
    """The table of a Parquet file, with what there is to say of it. Raises Refused.

    A column of a type that a table of single values cannot hold is a remark and comes out empty.

    before  cells of the files read before this one
    """
    try:
        source = pq.ParquetFile(pa.BufferReader(data))
        _check_size(source.metadata, file, limits)
        UsedRange(limits, file, "", before).use(source.metadata.num_rows + 1, max(len(source.schema_arrow) - 1, 0))
        table = source.read(use_threads=False)
        columns: Columns = []
        for position, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
            values, remark = _values(column, name, position, file)
            columns.append([name, *values])
            if remark:
                yield remark
    except MemoryError:  # which is an ArrowException too, where pyarrow raises it
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise Refused(Remark("FIL-011", f"the file cannot be read ({reason})", file)) from None
    faults: dict[tuple[int, int], str] = {}
    yield StoredSheet(file, "", tidy(columns, faults), faults)


def _check_size(metadata: Any, file: str, limits: Limits) -> None:
    inflated = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    if inflated > limits.inflated_bytes:
        limit = size_text(limits.inflated_bytes)
        raise Refused(Remark("FIL-002", f"the columns inflate to {size_text(inflated)} and the limit is {limit}", file))


def _values(column: Any, name: str, position: int, file: str) -> tuple[list[Any], Remark | None]:
    """The values of a column, and a remark instead if its type cannot be read."""
    kind = column.type.value_type if pt.is_dictionary(column.type) else column.type
    local_time = pt.is_timestamp(kind) and kind.tz is None
    if not local_time and not any(test(kind) for test in _READABLE):
        found = f"the column {name} holds values of the type {kind}"
        return [None] * len(column), Remark("FIL-036", found, file, "", letters(position))
    if pt.is_dictionary(column.type):
        column = column.cast(kind)
    if local_time or pt.is_time64(kind):  # Python's times end at the microsecond; a finer one is refused, not cut
        column = column.cast(pa.timestamp("us") if local_time else pa.time64("us"))
    return column.to_pylist(), None
