"""Every derivation of the lecture, and those that it leaves out, as chains of steps that a machine can check."""

from handgrad.derivations.activations import ACTIVATION_DERIVATIONS
from handgrad.derivations.layers import LAYER_DERIVATIONS
from handgrad.derivations.outputs import OUTPUT_DERIVATIONS
from handgrad.derivations.step import Derivation, Step

DERIVATIONS: tuple[Derivation, ...] = (*ACTIVATION_DERIVATIONS, *OUTPUT_DERIVATIONS, *LAYER_DERIVATIONS)
"""In teaching order: what a unit answers, what the output layer says, what goes down the layers."""

__all__ = ["DERIVATIONS", "Derivation", "Step"]
