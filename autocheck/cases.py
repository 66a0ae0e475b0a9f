"""Hand-derived derivatives as a table that pytest makes tests of: one id for each claim, and a reason for each that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import autocheck
from autocheck.report import VERDICTS, Report

if TYPE_CHECKING:
    import pytest

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True, repr=False)
class GradientCase:
    """One claim to test, written as the call of its check is: `check_gradient(f, gradient, *args, argnums=...)`.

    Raises: BadClaim for what can't be meant.
    """

    name: str
    """The test's id."""
    f: Any
    gradient: Function | None
    """In the form of that check; None for a rule, which carries its own."""
    args: tuple[Any, ...]
    argnums: int | tuple[int, ...] | None = None
    """None leaves them to the check."""
    form: str = "gradient"
    """Which check: "gradient", "vjp", "jvp", "jacobian", "hessian", "rule" or "intermediates"."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Everything else that the check takes by name."""
    fails: str = ""
    """Why it fails, where that is known. The test is then expected to fail, and fails itself as soon as the claim agrees."""
    verdict: str = "wrong"
    """With which verdict it is known to fail; any other fails the test."""
    marks: tuple[pytest.MarkDecorator, ...] = ()

    def __post_init__(self) -> None:
        needs = {
            "name": ("a few words", isinstance(self.name, str) and bool(self.name)),
            "args": ("a tuple of all arguments of f", isinstance(self.args, tuple)),
            "form": (f"one of {', '.join(autocheck.FORMS)}", self.form in autocheck.FORMS),
            "fails": ("the reason in words", isinstance(self.fails, str)),
            "verdict": (f"one of {', '.join(VERDICTS[1:])}", self.verdict in VERDICTS[1:]),
        }
        for what, (needed, fine) in needs.items():
            if not fine:
                raise autocheck.BadClaim(f"{self}: {what} is {getattr(self, what)!r:.60}, needs {needed}")

    def __repr__(self) -> str:
        return f"GradientCase {self.name!r}"

    def __call__(self) -> Report:
        """Asserts the claim.

        Raises: KnownFailure for one that fails as it is known to, else AssertionError for all but `agrees`.
        """
        __tracebackhide__ = True
        claimed = (self.f,) if self.gradient is None else (self.f, self.gradient)
        numbers = {} if self.argnums is None else {"argnums": self.argnums}
        report: Report = getattr(autocheck, f"check_{self.form}")(*claimed, *self.args, **numbers, **self.options)
        if self.fails and report.verdict == self.verdict:
            raise KnownFailure(f"{report}")
        if not report.ok:
            known = f"known to be {self.verdict} ({self.fails}), but it is {report}" if self.fails else f"{report}"
            raise AssertionError(known)
        return report


class KnownFailure(AssertionError):  # noqa: N818 - a finding, not an error
    """A claim fails with the verdict that it is known to fail with."""


def parametrize_gradients(cases: Iterable[GradientCase], argument: str = "case") -> pytest.MarkDecorator:
    """A decorator that makes a test of each case: `def test_gradients(case): case()`.

    Raises: BadClaim for no cases, and for two of one name.
    """
    import pytest

    rows = [pytest.param(case, id=case.name, marks=_marks(case)) for case in cases]
    names = [row.id for row in rows]
    if not names or len(set(names)) < len(names):
        twice = ", ".join(repr(n) for n in dict.fromkeys(names) if names.count(n) > 1)
        got = f"more than one case named {twice}" if names else "no cases"
        raise autocheck.BadClaim(f"parametrize_gradients: got {got}, needs cases, each with a name of its own")
    return pytest.mark.parametrize(argument, rows)


def _marks(case: GradientCase) -> tuple[pytest.MarkDecorator, ...]:
    import pytest

    known = pytest.mark.xfail(reason=case.fails, strict=True, raises=KnownFailure)
    return (*case.marks, known) if case.fails else case.marks
