"""The ratio of the hand-derived gradient to the true one: a histogram of it, or a sentence where it is one number."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from autocheck.render.pictures import BLUE, Frame, Markup, Ticks, _picture, tag

BINS = 24
FAR = 10.0  # a ratio further from 1 than this stands at the edge of the picture, unless a quarter of them are
SAME = 1e-9  # ratios this near to one another make one bar
LARGEST = 1e300  # a larger one is no number to draw: the true element is as good as zero


def ratios(hand: Sequence[float], true: Sequence[float]) -> Markup:
    """A histogram of hand / true, or a sentence where that is one number."""
    pairs = [(h, t) for h, t in zip(hand, true, strict=True) if math.isfinite(h) and math.isfinite(t)]
    found = sorted(h / t for h, t in pairs if t and abs(h / t) < LARGEST)
    zeros = [h for h, t in pairs if not t]
    nonzero = sum(h != 0 for h in zeros)
    words = f" {len(zeros)} true ones are 0, {nonzero} of them claimed to be something else." if zeros else ""
    if not found:
        return tag("p", "No ratio: no true element is known and other than 0.", words)
    if found[-1] - found[0] <= SAME * max(map(abs, found)):
        count = {1: "The one ratio", 2: "Both ratios"}.get(len(found), f"All {len(found)} ratios")
        return tag("p", f"{count} of hand to true: {found[len(found) // 2]:.10g}.", words)
    middle = found[len(found) // 2]
    caption = f"Ratio of hand to true, {len(found)} elements: from {found[0]:.4g} to {found[-1]:.4g}, the middle one {middle:.4g}."
    if beyond := sum(abs(r - 1) > reach(found) for r in found):
        caption += f" {beyond} beyond the picture stand at its edges."
    return tag("figure", histogram(found), tag("figcaption", caption, words))


def histogram(found: Sequence[float]) -> Markup:
    """How many elements have which ratio; 1 is always on the picture, and what lies far out stands at its edge."""
    far = reach(found)
    low, high = max(1 - far, min(1.0, found[0])), min(1 + far, max(1.0, found[-1]))
    low, high = low - 0.05 * (high - low), high + 0.05 * (high - low)
    width = (high - low) / BINS
    bins = Counter(min(BINS - 1, max(0, int((r - low) / width))) for r in found)
    top = max(bins.values())
    frame = Frame((low, high), (0.0, top * 1.08))
    base, one = frame.down(0), frame.across(1)
    wide = frame.across(low + width)
    bars = "".join(
        f"M{b * wide + 1:.1f} {base:.0f}V{frame.down(n):.1f}h{wide - 2:.1f}V{base:.0f}z"
        for b, n in sorted(bins.items())
    )
    drawn = [
        tag("path", d=bars, fill=BLUE),
        tag("path", d=f"M{one:.1f} 0V{base:.0f}", stroke="currentColor", stroke_dasharray="4 3"),
    ]
    counts: Ticks = [(float(n), str(n)) for n in sorted({0, top // 2, top})]
    return _picture("ratio of hand to true", frame, drawn, _round_numbers(low, high), counts, "hand / true", "elements")


def reach(found: Sequence[float]) -> float:
    """How far from 1 the picture goes: beyond, ratios are those of elements that are nearly zero, unless there are many."""
    off = sorted(abs(r - 1) for r in found)
    return min(off[-1], max(FAR, 3 * off[len(off) * 3 // 4]))


def _round_numbers(low: float, high: float) -> Ticks:
    """About five of them, with as many decimals as tell one from the next."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    apart = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
    form = f".{-math.floor(math.log10(apart))}f" if apart < 1 else ".6g"
    return [(k * apart, f"{k * apart:{form}}") for k in range(math.ceil(low / apart), math.floor(high / apart) + 1)]
