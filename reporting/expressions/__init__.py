"""A small language for arithmetic that Python evaluates and the workbook shows as a formula: one source for both.

Python syntax, read with `ast` under a strict allow-list:

- numbers, names (`tier1_capital`), dotted names (`entity.unit`, `table.column`), unary `-`, `+ - * /`
- `a if condition else b`; conditions are comparisons, names of booleans, and
  `and`, `or`, `not` of conditions; text stands only in `name == "text"` and `name != "text"`
- `total(fact)`, `total(fact.column, by=column)`, `total(table.column)`, `count(fact)`; with `by`, of the rows whose
  column equals the same column, or the key, of the row in which the expression stands;
  `total(table.column, kind="plain", bucket=1)` asks for constants too; `largest(table.column, by=column)`
- `factors[key]`, `factors[column]`, `factors["entry"]`: an entry of a mapping parameter; `table.column[column]`,
  `fact.column[one, other]`, `fact.column[theirs: own]`: the cell in the row whose columns equal those of the own row
- `min max abs sqrt exp ln norm_cdf`, and `first(a, b)`: the first that is not blank
- conditions on cells: `given(a)`, that it is not blank, and `same(a, b)`, that both hold the same or nothing
- words in place of a number, as a branch: `unavailable` (there is no such number, #N/A), `blank` (none applies, an
  empty cell) and `computed` (the program's own value, which follows no input; also as the whole expression)
- in expressions for the rows of a sheet: `stated(column)`, the number or 0 where the cell is blank, and
  `rate(currency_column)`, the exchange rate into the reporting currency, and `days(date_column)`, calendar days from
  `entity.reference_date`

>>> e = parse("tier1_capital / exposure_measure * 100")
>>> e.evaluate({"tier1_capital": 6.0, "exposure_measure": 120.0})
5.0
>>> e.to_formula(lambda reference: "fig_" + reference.name)
'fig_tier1_capital/fig_exposure_measure*100'
"""

from reporting.expressions.errors import ExpressionError
from reporting.expressions.expression import Expression
from reporting.expressions.nodes import COMPUTED, Reference
from reporting.expressions.parse import parse
from reporting.expressions.references import KEY, RATES

__all__ = ["COMPUTED", "KEY", "RATES", "Expression", "ExpressionError", "Reference", "parse"]
