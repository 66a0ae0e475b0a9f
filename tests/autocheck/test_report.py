"""A report as plain data, there and back."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import autocheck
from autocheck.report import Curve, Diagnosis, Estimate, Note, ParameterReport, Report

FULL = Report(
    name="loss",
    verdict="wrong",
    parameters=(
        ParameterReport(
            name="W",
            shape=(4, 3),
            dtype="float64",
            verdict="wrong",
            digits=0.5,
            worst_index=(1, 2),
            hand=math.inf,
            estimates=(Estimate("definition", 1.5, 1e-17, 12.0), Estimate("autodiff", abstained="no JAX code")),
            notes=(Note("kink", "at 0"),),
            count=12,
            wrong=3,
        ),
        ParameterReport(name="s", shape=(), dtype="float32", verdict="agrees", worst_index=()),
    ),
    notes=(Note("override", "rtol"),),
    reasons=("W: 3 of 12 elements are wrong",),
    value=-math.inf,
    curves=(Curve("W", (0, 1), 2.0, (1e-3, 1e-4), (1e-6, math.inf), (1e-5, 1e-7), 1, (1e-9,), (-20.0,)),),
    diagnosis=Diagnosis("factor", "twice too large", "exact"),
    facts=(("kind", "loss"), ("dtype", "float64")),
)


def judged() -> Report:
    return autocheck.check_gradient(lambda x: np.sum(x**3), lambda x: 3 * x, np.array([0.5, -2.0]))


@pytest.mark.parametrize("report", [FULL, judged(), Report("f", "agrees")], ids=["full", "judged", "bare"])
def test_a_report_survives_json(report) -> None:
    assert Report.from_dict(json.loads(report.to_json())) == report
    assert Report.from_dict(report.to_dict()).to_dict() == report.to_dict()


def test_nan_survives_json() -> None:
    assert math.isnan(Report.from_dict(Report("f", "inaccurate", value=math.nan).to_dict()).value or 0.0)


def test_what_a_later_version_adds_is_left_out() -> None:
    assert Report.from_dict({**FULL.to_dict(), "colour": "blue"}) == FULL


@pytest.mark.parametrize("data", [{}, {**FULL.to_dict(), "schema": 2}], ids=["none", "later"])
def test_another_schema_is_refused(data) -> None:
    with pytest.raises(ValueError, match=r"schema is .*, needs 1"):
        Report.from_dict(data)
