"""What may be asked of a report about a system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class SystemOptions:
    """How a system is read and whom the report is about.

    institution   identifier of the one that the report is about; "" for the whole system
    anonymise     whether all others are masked, wherever they stand
    rule          whose figure counts where two sides differ: lender, borrower or larger
    day           reference date, for an edge list that states none
    """

    institution: str = ""
    anonymise: bool = False
    rule: str = "lender"
    day: date | None = None

    def asked(self) -> dict[str, Any]:
        """For the manifest of a report about a system."""
        day = self.day.isoformat() if self.day else None
        found = {"institution": self.institution, "anonymise": self.anonymise, "rule": self.rule, "day": day}
        return {"system": found}

    @classmethod
    def of(cls, asked: dict[str, Any] | None) -> SystemOptions:
        """What `asked` gave."""
        if not asked:
            return cls()
        day = date.fromisoformat(asked["day"]) if asked["day"] else None
        return cls(asked["institution"], asked["anonymise"], asked["rule"], day)
