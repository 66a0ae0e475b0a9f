"""Codes: how long a message gets, and whether it can be read back; with the lecture's four cricketers at the foot.

A code is a dict from names to words in any symbols ("0" and "1" on the slides). Probabilities are a dict from the same names.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from handgrad.losses import DISTRIBUTION

Code = Mapping[str, str]


class Ambiguity(NamedTuple):
    """A message and two ways to read it."""

    message: str
    one: tuple[str, ...]
    other: tuple[str, ...]


def message_length(code: Code, counts: Mapping[str, float]) -> float:
    """Σ counts × length of the word: the symbols that so many names take."""
    _check(code)
    _same_names("message_length", code, counts)
    return sum(len(code[name]) * count for name, count in counts.items())


def average_message_length(code: Code, p: Mapping[str, float]) -> float:
    """AML = Σ n_i p_i: symbols per name.

    Raises: ValueError if p is no distribution over the names of the code.
    Source: lecture slide "Entropy and Cross Entropy: 4".
    """
    _distribution("average_message_length", p)
    return message_length(code, p)


def kraft_sum(code: Code, symbols: int = 2) -> Fraction:
    """Σ symbols^-n_i, exactly. Above 1 no code of these lengths can be read back; at 1 or below some prefix code has them."""
    _check(code)
    return sum((Fraction(1, symbols ** len(word)) for word in code.values()), Fraction(0))


def prefix_clash(code: Code) -> tuple[str, str] | None:
    """Two names, the word of the first beginning the word of the second; None if there are none: a prefix code."""
    _check(code)
    pairs = ((a, b) for a in code for b in code if a != b and code[b].startswith(code[a]))
    return next(pairs, None)


def ambiguity(code: Code) -> Ambiguity | None:
    """A shortest message that can be read in two ways; None if every message can be read in one way only.

    Sardinas and Patterson's test, which remembers how it got there: two readings of one message are compared, the longer one
    is ahead by a dangling suffix, and the shorter one is carried on by every word that fits. Suffixes are ends of words, so
    there are few, and the search ends.
    """
    _check(code)
    pairs = ((a, b) for i, a in enumerate(code) for j, b in enumerate(code) if i != j and code[b].startswith(code[a]))
    queue: list[tuple[int, str, str, tuple[str, ...], tuple[str, ...]]]
    queue = [(len(code[b]), code[b][len(code[a]) :], code[b], (a,), (b,)) for a, b in pairs]
    heapq.heapify(queue)  # the shortest message first
    seen = set()
    while queue:
        _, dangling, message, behind, leading = heapq.heappop(queue)
        if not dangling:
            return Ambiguity(message, behind, leading)
        if dangling in seen:
            continue
        seen.add(dangling)
        for name, word in code.items():
            if dangling.startswith(word):
                rest = dangling[len(word) :]
                heapq.heappush(queue, (len(message), rest, message, (*behind, name), leading))
            elif word.startswith(dangling):
                rest = word[len(dangling) :]
                heapq.heappush(queue, (len(message + rest), rest, message + rest, leading, (*behind, name)))
    return None


def encode(code: Code, names: Iterable[str]) -> str:
    """The words of the names, one after the other.

    Raises: ValueError for a name that has no word.
    """
    _check(code)
    names = list(names)
    if unknown := [name for name in names if name not in code]:
        raise ValueError(f"encode: {unknown[0]!r} has no word; known: {', '.join(code)}.")
    return "".join(code[name] for name in names)


def readings(code: Code, message: str, most: int = 2) -> list[tuple[str, ...]]:
    """The ways to read a message, at most so many: from its end backwards, each place keeps its own."""
    _check(code)
    ways: list[list[tuple[str, ...]]] = [[] for _ in message] + [[()]]
    for place in range(len(message) - 1, -1, -1):
        fitting = [name for name, word in code.items() if message.startswith(word, place)]
        found = ((name, rest) for name in fitting for rest in ways[place + len(code[name])])
        ways[place] = [(name, rest) for (name, rest), _ in zip(found, range(most), strict=False)]  # type: ignore[misc]
    return [tuple(_unrolled(way)) for way in ways[0]]


def _unrolled(way: tuple[object, ...]) -> Iterable[str]:
    """The names in (name, (name, (... ()))): a chain, so that a long message takes no more than its length."""
    while way:
        yield str(way[0])
        way = way[1]  # type: ignore[assignment]


def decode(code: Code, message: str) -> tuple[str, ...]:
    """The names that a message says.

    Raises: ValueError if it can be read in no way, or in two, which are then told.
    """
    found = readings(code, message)
    if not found:
        raise ValueError(f"decode: {message!r} is no row of words of this code.")
    if len(found) > 1:
        one, other = (" ".join(names) for names in found)
        raise ValueError(f"decode: {message!r} can be read as {one}, and as {other}. Try huffman(p) for a better code.")
    return found[0]


def huffman(p: Mapping[str, float]) -> dict[str, str]:
    """A code of the least average message length: the two rarest are joined, again and again, until one is left.

    No code that can be read back is shorter on average, and it is less than one bit above the entropy. A single name gets "0":
    an empty word could not be read.
    """
    _distribution("huffman", p)
    if len(p) == 1:
        return dict.fromkeys(p, "0")
    queue: list[tuple[float, int, tuple[str, ...]]]
    queue = [(weight, -place, (name,)) for place, (name, weight) in enumerate(p.items())]
    heapq.heapify(queue)
    words = dict.fromkeys(p, "")
    for place in range(len(p), 2 * len(p) - 1):
        (rarer, _, ones), (rare, _, zeros) = heapq.heappop(queue), heapq.heappop(queue)
        words |= {name: "0" + words[name] for name in zeros} | {name: "1" + words[name] for name in ones}
        heapq.heappush(queue, (rarer + rare, -place, (*zeros, *ones)))
    return words


# --- what a code and its probabilities need ---------------------------------------------------------------------------


def _check(code: Code) -> None:
    empty = [name for name, word in code.items() if not word]
    if not code or empty:
        came = f"{empty[0]!r} has an empty word" if empty else "there is no word"
        raise ValueError(f"code: {came}, needs a word of one symbol or more for each name.")


def _same_names(who: str, code: Code, weights: Mapping[str, float]) -> None:
    if odd := set(code) ^ set(weights):
        raise ValueError(
            f"{who}: {', '.join(sorted(odd))} stands on one side only; code and weights need the same names."
        )


def _distribution(who: str, p: Mapping[str, float]) -> None:
    try:
        DISTRIBUTION.check(np.array(list(p.values()), dtype=np.float64))
    except ValueError as reason:
        raise ValueError(f"{who}: p is no distribution. {reason}") from None


# --- the lecture's example --------------------------------------------------------------------------------------------

INDIA = {"Sachin": 0.5, "Bradman": 0.25, "Kapil": 0.125, "Warne": 0.125}
AUSTRALIA = {"Sachin": 0.125, "Bradman": 0.125, "Kapil": 0.25, "Warne": 0.5}
TWO_BITS = {"Sachin": "00", "Bradman": "01", "Kapil": "10", "Warne": "11"}
FIRST_TRY = {"Sachin": "0", "Bradman": "1", "Kapil": "01", "Warne": "10"}
BEST = {"Sachin": "0", "Bradman": "10", "Kapil": "110", "Warne": "111"}
