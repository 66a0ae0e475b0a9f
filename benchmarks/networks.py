"""Is the first wrong equation found? Networks of handgrad with one mistake each, and the equation and layer that autocheck names.

    python benchmarks/networks.py [--every N] [--start N] [--verbose]

One of the five equations is broken at one layer, in any of the three notations, or the pass that goes from layer to layer.
A case counts as right if that equation at that layer is the first that is named. `--every N` takes every N-th, `--start N`
leaves the first N out.
"""

from __future__ import annotations

import argparse
import collections
import re

from corpus.networks import Broken, broken

from autocheck.networks import check_network
from autocheck.report import Report


def named(report: Report) -> list[tuple[int, int]]:
    """(equation, layer) of all that are wrong by themselves, the first one first."""
    told = (
        re.match(r"Eqn (\d) at layer (\d) .* is (?:the first that is wrong|wrong by itself)", r) for r in report.reasons
    )
    return [(int(found[1]), int(found[2])) for found in told if found]


def judged(case: Broken) -> tuple[list[tuple[int, int]], Report]:
    report = check_network(*case.instance, case.notation, backward=case.backward)
    return named(report), report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    cases = broken()[options.start :: options.every]
    right: dict[int, int] = collections.Counter()
    count: dict[int, int] = collections.Counter()
    told = besides = 0
    for case in cases:
        found, report = judged(case)
        first = found[:1] == [(case.equation, case.layer)]
        count[case.equation] += 1
        right[case.equation] += first
        told += report.diagnosis is not None
        besides += any(equation != case.equation for equation, _ in found)
        if options.verbose or not first:
            print(
                "+" if first else "!",
                case.name,
                found,
                report.diagnosis and report.diagnosis.sentence,
                sep=" | ",
                flush=True,
            )
    for equation, many in sorted(count.items()):
        print(f"Eqn {equation}: {right[equation]} of {many} named first, with its layer")
    print(
        f"{len(cases)} networks: {sum(right.values())} named first; another equation blamed besides in {besides}",
        end="; ",
    )
    print(f"a cause told in {told}")


if __name__ == "__main__":
    main()
