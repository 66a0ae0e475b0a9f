"""Why autocheck answers as it does in the cases that it does not get right: (a part of the case's name, the reason)."""

from __future__ import annotations

REASONS: tuple[tuple[str, str], ...] = (
    (
        "beyond the digits: equilibrium",
        "f stops after forty turns and the claim is the derivative of the limit: they differ at digit 21, beyond any float64; with "
        "weights of size one, where forty turns do not reach the limit, the floats differ too",
    ),
    (
        "equilibrium_gradient #",
        "the mutant begins its turns elsewhere or makes more of them: the same difference near digit 20 as above",
    ),
)
ELSEWHERE = (
    "right at the point that was given; without explore=True other points are asked only where a gradient is zero"
)


def reason(name: str, why: str = "") -> str:
    """The reason of a case, or nothing; `why` is what is wrong with its gradient."""
    return next((text for part, text in REASONS if part in name), ELSEWHERE if why == "elsewhere" else "")
