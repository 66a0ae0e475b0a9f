"""The catalogue: everything of handgrad occurs in it, and a sample of it agrees."""

from __future__ import annotations

from collections import Counter

import pytest

from autocheck import catalog, samplers
from autocheck.matrix import MatrixReport, judge_case
from autocheck.render.matrix_text import last_line, matrix_text
from handgrad.activations import ACTIVATIONS
from handgrad.equations import NOTATIONS
from handgrad.losses import LOSSES
from handgrad.pairings import PAIRINGS, REFUSED

CASES = catalog.cases()
FACTS = [dict(case.facts) for case in CASES]


def told(key: str, kind: str = "pairing") -> set[str]:
    return {f.get(key, "") for f in FACTS if f["kind"] == kind}


def test_the_default_run_is_small_and_every_claim_has_a_name_of_its_own() -> None:
    assert len(CASES) <= catalog.MOST_BY_DEFAULT
    assert not [name for name, count in Counter(case.id for case in CASES).items() if count > 1]


def test_every_record_pairing_regime_and_notation_occurs() -> None:
    assert {(f["loss"], f["activation"]) for f in FACTS if f["kind"] == "pairing"} == {
        (p.loss.name, p.activation.name) for p in PAIRINGS
    }
    assert told("activation", "activation") == {a.name for a in ACTIVATIONS}
    assert told("loss", "loss") == {loss.name for loss in LOSSES}
    assert told("regime") == set(samplers.REGIMES)
    assert told("dtype") == set(catalog.DTYPES)
    assert told("m") == set(map(str, catalog.BATCHES))
    assert told("notation", "network") == told("notation", "equation") == set(NOTATIONS)
    assert len(told("moment", "digits")) == len(catalog.MOMENTS)


def test_the_full_run_is_the_whole_product() -> None:
    full = catalog.cases(full=True)
    assert len(full) > catalog.MOST_BY_DEFAULT
    assert {case.id for case in CASES if case.id.startswith("pairing/")} <= {case.id for case in full}


@pytest.mark.parametrize("case", CASES[::61], ids=lambda case: case.id)
def test_a_claim_of_the_catalogue_agrees(case) -> None:
    report = judge_case(case)
    assert report.ok, str(report)
    assert report.fact("kind") == case.id.partition("/")[0]


def test_the_same_case_is_the_same_claim_in_every_process() -> None:
    """Nothing is drawn from a generator that another case has used."""
    one, other = (catalog.cases()[7].build() for _ in range(2))
    assert all((a == b).all() for a, b in zip(one.args, other.args, strict=True))


def test_the_matrix_in_words_counts_and_names_what_fails() -> None:
    reports = tuple(judge_case(case) for case in CASES[320:326])
    matrix = MatrixReport(reports, REFUSED, ("nothing",), "six", 0, 1.0)
    text = matrix_text(matrix)
    assert last_line(matrix).startswith("agrees: 6 claims judged (6 agree)")
    assert "skipped: nothing" in text
    assert all(loss in text for loss, _, _ in REFUSED)
    assert max(map(len, text.split("\n"))) < 1000
