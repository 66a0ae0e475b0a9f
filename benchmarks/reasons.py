"""Why autocheck answers as it does in the cases that it does not get right: (a part of the case's name, the reason)."""

from __future__ import annotations

REASONS: tuple[tuple[str, str], ...] = (
    (
        "all ties get everything",
        "elements are judged one at a time, and each claim lies between its element's two slopes; along both tied elements at "
        "once the slope is 1 and the claim's is 2",
    ),
    (
        "beyond the digits: equilibrium",
        "f stops after forty turns and the claim is the derivative of the limit: they differ at digit 21, beyond any float64",
    ),
    (
        "beyond the digits: e^x by thirty terms",
        "f leaves out the thirty-first term and the claim is the whole series: they differ at digit 32",
    ),
    (
        "beyond the digits: log(x + 1e-20)",
        "the loss has an epsilon that float64 does not see, the gradient has none: they differ at digit 20",
    ),
    (
        "triplet_two_conventions",
        "the same: every element alone is a subgradient, the vector of them is none",
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
