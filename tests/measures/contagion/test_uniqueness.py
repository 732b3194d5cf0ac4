"""Where the theory says that there is one clearing vector only, the certificate says so; elsewhere it says nothing."""

from __future__ import annotations

import numpy as np
import pytest

from reporting.measures.contagion import clear
from tests.random_networks import random_network

RING = [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("assets", "external", "unique"),
    [
        ([0, 0, 0], None, None),  # everybody may pay all or nothing
        ([0, 0.1, 0], None, True),  # the one with assets is reached along the ring from everywhere
        ([0, 0, 0], [0, 0, 0.5], True),  # what leaves the ring does not come back
    ],
)
def test_a_ring_has_one_vector_where_something_enters_it_or_leaves_it(
    assets: list[float], external: list[float] | None, unique: bool | None
) -> None:
    greatest, least = (clear(RING, assets, external, which=which) for which in ("greatest", "least"))
    assert greatest.certificate.unique is least.certificate.unique is unique
    assert bool(np.allclose(greatest.payments, least.payments)) is (unique is True)


def test_a_ring_that_only_receives_is_not_reached_by_the_assets_of_who_pays_it_nothing() -> None:
    owed = np.zeros((4, 4))
    owed[:3, :3] = RING
    owed[3, 0] = 1.0
    assert clear(owed, [0, 0, 0, 5]).certificate.unique is None


def test_with_default_costs_or_senior_creditors_it_says_nothing() -> None:
    owed = [[0.0, 1.0], [1.0, 0.0]]
    costly = {which: clear(owed, [0.1, 0.1], alpha=0.5, beta=0.5, which=which) for which in ("greatest", "least")}
    assert [costly[which].payments.tolist() for which in costly] == [[1, 1], pytest.approx([0.1, 0.1])]
    assert costly["greatest"].certificate.unique is None
    assert clear(owed, [1, 1], [0.5, 0.5], external_rank="senior").certificate.unique is None
    assert clear(owed, [1, 1], [0.5, 0.5]).certificate.unique is True


def test_of_random_networks_said_to_have_one_vector_both_are_the_same() -> None:
    said = {True: 0, None: 0}
    for seed in range(300):
        network = random_network(seed, most=8)
        given = network.liabilities, network.external_assets, network.external_liabilities
        greatest, least = (clear(*given, which=which) for which in ("greatest", "least"))
        said[greatest.certificate.unique] += 1
        if greatest.certificate.unique:
            assert least.payments == pytest.approx(greatest.payments, rel=1e-9, abs=1e-9 * network.liabilities.max())
    assert min(said.values()) > 10
