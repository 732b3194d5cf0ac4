"""What is wrong with the frames that were handed in: every fault of all rows in one error."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from reporting.measures.counterparty.columns import Flags

_SHOWN = 20  # ids for each fault in the message; `faults` has all


class FrameFault(ValueError):
    """The frames cannot be used.

    faults   what is wrong -> the ids of the trades, netting sets or collateral that have it, all of them
    """

    def __init__(self, faults: Mapping[str, tuple[str, ...]]) -> None:
        self.faults = dict(faults)
        super().__init__("; ".join(f"{fault}: {_listed(ids)}" for fault, ids in self.faults.items()))


def refuse(checks: Mapping[str, Flags], ids: pd.Series) -> None:
    """FrameFault if any check has a row that fails it.

    checks   what is wrong -> (n,) whether the row has the fault
    ids      (n,) what the rows are called
    """
    found = {fault: bad for fault, bad in checks.items() if bad.any()}
    if found:
        raise FrameFault({fault: tuple(str(one) for one in ids[np.asarray(bad)]) for fault, bad in found.items()})


def _listed(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return ", ".join(ids[:_SHOWN]) + more
