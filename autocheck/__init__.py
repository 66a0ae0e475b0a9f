"""autocheck: is this hand-derived gradient right, and if not, where is the mistake?

Public names are loaded when they are first used: `import autocheck` brings neither JAX nor flint.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autocheck.cases import GradientCase, parametrize_gradients
    from autocheck.chain import assert_chain, check_chain
    from autocheck.check import (
        assert_gradient,
        assert_hessian,
        assert_intermediates,
        assert_jacobian,
        assert_jvp,
        assert_rule,
        assert_vjp,
        check_gradient,
        check_hessian,
        check_intermediates,
        check_jacobian,
        check_jvp,
        check_rule,
        check_vjp,
    )
    from autocheck.claim import BadClaim
    from autocheck.declared import gradient_of, hessian_of, intermediates_of, jacobian_of, jvp_of, vjp_of
    from autocheck.marks import stop_gradient, tap
    from autocheck.networks import assert_network, check_network
    from autocheck.report import Estimate, Note, ParameterReport, Report
    from autocheck.steps import ChainReport, Step

__version__ = "0.1.0"

FORMS = ("gradient", "vjp", "jvp", "jacobian", "hessian", "rule", "intermediates")
_HOMES = {
    **{f"{verb}_{form}": "check" for verb in ("check", "assert") for form in FORMS},
    **{f"{form}_of": "declared" for form in FORMS if form != "rule"},
    "GradientCase": "cases",
    "parametrize_gradients": "cases",
    "assert_chain": "chain",
    "check_chain": "chain",
    "check_network": "networks",
    "assert_network": "networks",
    "ChainReport": "steps",
    "Step": "steps",
    "BadClaim": "claim",
    "stop_gradient": "marks",
    "tap": "marks",
    "Report": "report",
    "ParameterReport": "report",
    "Estimate": "report",
    "Note": "report",
}

__all__ = [
    "BadClaim",
    "ChainReport",
    "Estimate",
    "GradientCase",
    "Note",
    "ParameterReport",
    "Report",
    "Step",
    "assert_chain",
    "assert_gradient",
    "assert_hessian",
    "assert_intermediates",
    "assert_jacobian",
    "assert_jvp",
    "assert_network",
    "assert_rule",
    "assert_vjp",
    "check_chain",
    "check_gradient",
    "check_hessian",
    "check_intermediates",
    "check_jacobian",
    "check_jvp",
    "check_network",
    "check_rule",
    "check_vjp",
    "gradient_of",
    "hessian_of",
    "intermediates_of",
    "jacobian_of",
    "jvp_of",
    "parametrize_gradients",
    "stop_gradient",
    "tap",
    "vjp_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'autocheck' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f"autocheck.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
