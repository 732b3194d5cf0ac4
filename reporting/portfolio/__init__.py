"""The portfolio: checked tables joined, converted and frozen, ready to be measured."""

from reporting.portfolio.facts import FactSpec, load_facts
from reporting.portfolio.loading import build_portfolio, load_portfolio
from reporting.portfolio.portfolio import Entity, Fact, Portfolio, errors

__all__ = ["Entity", "Fact", "FactSpec", "Portfolio", "build_portfolio", "errors", "load_facts", "load_portfolio"]
