"""Mistakes that people really made, on functions of the corpus: each row of the catalogue that makes a wrong gradient.

The numbers are the catalogue's. A mistake that shows only at some points (an exact zero, a tie, saturation) brings its own.
"""

from __future__ import annotations

from . import (
    mistakes_of_activations,
    mistakes_of_flags_and_formulas,
    mistakes_of_indices,
    mistakes_of_layers,
    mistakes_of_normalisation,
    mistakes_of_other_fields,
    mistakes_of_saturation,
    mistakes_of_windows_and_time,
    mistakes_on_softmax,
)
from .entry import Draw, Entry, Function, Wrong
from .mistakes_common import Row
from .table import BY_NAME

TABLE: tuple[Row, ...] = (
    *mistakes_on_softmax.ROWS,
    *mistakes_of_layers.ROWS,
    *mistakes_of_saturation.ROWS,
    *mistakes_of_activations.ROWS,
    *mistakes_of_indices.ROWS,
    *mistakes_of_normalisation.ROWS,
    *mistakes_of_windows_and_time.ROWS,
    *mistakes_of_flags_and_formulas.ROWS,
    *mistakes_of_other_fields.ROWS,
)


def wrongs() -> tuple[Wrong, ...]:
    return tuple(of_row(number, BY_NAME[name], *rest) for number, name, *rest in TABLE)


def of_row(number: int, entry: Entry, gradient: Function, make_args: Draw | None = None) -> Wrong:
    return Wrong(entry, f"{number:02d} {TITLES[number]}", gradient, make_args=make_args or entry.make_args)


TITLES = {
    1: "softmax: diagonal only",
    2: "softmax: slope times upstream, element by element",
    3: "a term of the sum is missing",
    4: "log-softmax wrong",
    5: "softmax over the wrong axis",
    6: "cross-entropy off by two",
    7: "a − y outside its pair",
    8: "σ′ although it cancels",
    9: "no σ′ although it stays",
    10: "h′ of a hidden layer missing",
    11: "sign",
    12: "input for output",
    13: "stale or updated weights",
    14: "transposed",
    15: "W for Wᵗ",
    16: "bias not summed",
    17: "bias averaged",
    18: "bias out of the weights' gradient",
    19: "divided by the batch although a sum",
    20: "not divided by the batch",
    21: "an extra 1/n",
    22: "factor two",
    23: "penalty's factor two",
    24: "penalty forgotten or added",
    25: "softmax or sigmoid twice",
    26: "targets that do not sum to one",
    27: "clip kills the gradient",
    28: "0 · ∞ in saturation",
    29: "another epsilon",
    30: "derivative of another approximation",
    31: "sign in the far tail",
    32: "a table's flat top",
    33: "mask inferred from the output",
    34: "softplus formula",
    35: "slope read from the output",
    36: "upstream forgotten",
    38: "all ties get everything",
    39: "= for +=: a path is lost",
    40: "second call adds to the first",
    41: "repeated indices added once",
    42: "mask forgotten",
    43: "a term of the normalisation missing",
    44: "mean subtracted twice",
    45: "stride forgotten",
    46: "alignment of windows",
    47: "input overwritten in place",
    48: "a path through time missing",
    49: "one bias for every gate",
    51: "a flag of the forward pass ignored",
    52: "mask aligned otherwise",
    53: "conjugate missing",
    54: "NaN through the other branch",
    55: "entropy or KL formula",
    56: "KL the other way round",
}
