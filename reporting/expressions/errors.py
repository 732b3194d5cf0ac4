"""What is wrong with an expression, with the place where it is wrong."""

from __future__ import annotations


class ExpressionError(ValueError):
    """An expression cannot be read, or has no value. With `column` (from 0) the message points at the place."""

    def __init__(self, message: str, text: str = "", column: int | None = None) -> None:
        self.message, self.text, self.column = message, text, column
        caret = f"\n  {' ' * column}^" if column is not None else ""
        super().__init__(f"{message}\n  {text}{caret}" if text else message)

    def __reduce__(self) -> tuple[type[ExpressionError], tuple[str, str, int | None]]:
        """Pickle with all three arguments, so that a worker process can hand the error over."""
        return type(self), (self.message, self.text, self.column)
