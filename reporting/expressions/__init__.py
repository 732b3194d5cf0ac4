"""A small language for arithmetic that Python evaluates and the workbook shows as a formula: one source for both.

Python syntax, read with `ast` under a strict allow-list:

- numbers, names (`tier1_capital`), dotted names (`entity.unit`, `table.column`), unary `-`, `+ - * /`
- `a if condition else b`, where a branch may be `unavailable`; conditions are comparisons, names of booleans, and
  `and`, `or`, `not` of conditions; text stands only in `name == "text"` and `name != "text"`
- `total(fact)`, `total(fact.column, by=column)`, `total(table.column)`, `count(fact)`, `factors[key]`
- `min max abs sqrt exp norm_cdf`, and `first(a, b)`: the first that is not blank
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
from reporting.expressions.nodes import Reference
from reporting.expressions.parse import parse
from reporting.expressions.references import KEY, RATES

__all__ = ["KEY", "RATES", "Expression", "ExpressionError", "Reference", "parse"]
