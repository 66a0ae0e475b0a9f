"""What a report says that it would have seen, it would have seen: an error of twice that, at entries drawn at random.

python benchmarks/detection_floor.py [--draws 1000] [--seed 0]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import autocheck

rng = np.random.default_rng(7)


@dataclass(frozen=True)
class Right:
    f: Any
    gradient: Any
    x: Any
    options: Any
    mode: str


def softplus(x):
    return np.sum(np.logaddexp(0, x))


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


def gelu(x):
    return np.sum(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))))


def gelu_gradient(x):
    t = np.tanh(0.7978845608 * (x + 0.044715 * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * 0.7978845608 * (1 + 3 * 0.044715 * x**2)


def relu(x):
    return np.sum(np.maximum(x, 0) ** 1.5)


def relu_gradient(x):
    return 1.5 * np.sqrt(np.maximum(x, 0))


def quartic(x):
    return np.sum(np.outer(x, x) ** 2)


def quartic_gradient(x):
    return 4 * x * np.sum(x**2)


EXACT, DIRECTIONS = "exact, element by element", "exact, along random directions"
CLAIMS = {
    "a polynomial": Right(quartic, quartic_gradient, rng.normal(size=7), {}, EXACT),
    "a linear function": Right(lambda x: np.sum(3 * x), lambda x: 0 * x + 3, rng.normal(size=5), {}, EXACT),
    "softplus, of mixed sizes": Right(softplus, sigmoid, rng.normal(size=6) * 10.0 ** np.arange(-9, 3, 2), {}, EXACT),
    "rounded constants": Right(gelu, gelu_gradient, rng.normal(size=5), {}, EXACT),
    "a kink in the second derivative": Right(relu, relu_gradient, np.array([0.0, 1.5, -2.0, 1e-12]), {}, EXACT),
    "in float32": Right(quartic, quartic_gradient, rng.normal(size=7).astype(np.float32), {}, EXACT),
    "along directions": Right(softplus, sigmoid, rng.normal(size=400), {"budget": 0.1}, DIRECTIONS),
    "in floats": Right(softplus, sigmoid, rng.normal(size=3000), {"budget": 0.0}, "floating point only"),
}


def with_error(gradient: Any, index: tuple[int, ...], error: float) -> Any:
    def off(x):
        g = 1 * gradient(x)
        g[index] = g[index] + error
        return g

    return off


def reported_floor(claim: Right) -> float:
    """The smallest error that the report on the right gradient says it would have seen.

    Raises: RuntimeError if the right gradient does not agree.
    """
    report = autocheck.check_gradient(claim.f, claim.gradient, claim.x, **claim.options)
    floor = report.parameters[0].detection_floor
    if (report.verdict, report.mode) != ("agrees", claim.mode) or floor is None:
        raise RuntimeError(f"{report.verdict}, {report.mode}: needs a right gradient, judged {claim.mode}")
    return floor


def unseen(claim: Right, floor: float, draws: int, seed: int) -> Iterator[tuple[tuple[int, ...], float]]:
    """The (index, error) of those draws whose error of twice the floor passed."""
    draw = np.random.default_rng(seed)
    for _ in range(draws):
        index = tuple(int(draw.integers(n)) for n in claim.x.shape)
        error = 2 * floor * float(draw.choice([-1, 1]))
        if autocheck.check_gradient(claim.f, with_error(claim.gradient, index, error), claim.x, **claim.options).ok:
            yield index, error


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--draws", type=int, default=1000, help="errors drawn in all (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="decides where they are (default: %(default)s)")
    given = parser.parse_args()
    shares = np.diff(np.linspace(0, given.draws, len(CLAIMS) + 1).astype(int)).tolist()
    missed = 0
    print(f"{'claim':34} {'mode':32} {'floor':>9} {'seen':>6} {'of':>5}")
    for (name, claim), draws in zip(CLAIMS.items(), shares, strict=True):
        floor = reported_floor(claim)
        passed = list(unseen(claim, floor, draws, given.seed))
        missed += len(passed)
        print(f"{name:34} {claim.mode:32} {floor:9.1e} {draws - len(passed):6} {draws:5}", flush=True)
    print(f"\n{given.draws - missed} of {given.draws} errors of twice the floor turned the verdict (seed {given.seed})")
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
