"""What the report assumes, as figures, so that it stands beside what follows from it."""

from __future__ import annotations

from reporting.measures.measure import measure

CHOICE = "choice of method"


@measure(unit="%", reference=CHOICE, label="Base shock: every institution loses of its external assets")
def base_shock(contagion_external_asset_shock: float) -> float:
    """The same share for everybody."""
    return contagion_external_asset_shock


@measure(unit="%", reference=CHOICE, label="An estate realises of its external assets")
def realised_external_assets(contagion_alpha: float) -> float:
    """Alpha of Rogers and Veraart."""
    return contagion_alpha


@measure(unit="%", reference=CHOICE, label="An estate realises of its receipts from others")
def realised_receipts(contagion_beta: float) -> float:
    """Beta of Rogers and Veraart."""
    return contagion_beta


@measure(unit="%", reference=CHOICE, label="Loss given default in DebtRank, the ranking and the bands")
def distress_loss_rate(contagion_loss_given_default: float) -> float:
    """Of a claim, when the debtor defaults."""
    return contagion_loss_given_default


@measure(unit="%", reference=CHOICE, label="Loss given default in the cascade")
def cascade_loss_rate(contagion_cascade_loss_given_default: float) -> float:
    """Of a claim, when the debtor defaults."""
    return contagion_cascade_loss_given_default


@measure(unit="%", reference=CHOICE, label="Reverse question: loss of all equity that is asked for")
def reverse_target(contagion_reverse_loss: float) -> float:
    """Of all positive equity."""
    return contagion_reverse_loss


MEASURES = (
    base_shock, realised_external_assets, realised_receipts, distress_loss_rate, cascade_loss_rate, reverse_target,
)  # fmt: skip
