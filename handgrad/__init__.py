"""handgrad: backpropagation derived by hand, in NumPy. In reading order, from one unit to a trained network."""
# ruff: noqa: I001, RUF022 (reading order, not the alphabet)

from handgrad.domains import Interval
from handgrad.activations import ACTIVATIONS, Activation
from handgrad.losses import LOSSES, Loss
from handgrad.pairings import PAIRINGS, REFUSED, Pairing, pairing
from handgrad.equations import EQUATIONS, NOTATIONS, Notation
from handgrad.network import (
    Network,
    Parameters,
    Trace,
    Gradients,
    Workspace,
    initial_parameters,
    forward,
    mean_loss,
    loss,
    backward,
    loss_and_gradients,
)
from handgrad.training import History, train, descent, step, save, load
from handgrad.data import Digits, digits, accuracy
from handgrad.information import MEASURES, Measure, entropy, cross_entropy, kl_divergence
from handgrad.codes import (
    Ambiguity,
    ambiguity,
    prefix_clash,
    kraft_sum,
    huffman,
    encode,
    decode,
    readings,
    message_length,
    average_message_length,
)
from handgrad.choice_of_loss import (
    NEURON_LOSSES,
    NeuronLoss,
    TASKS,
    Task,
    Trained,
    along,
    surface,
    slope_for_error,
    train_each,
)
from handgrad.derivations import DERIVATIONS, Derivation, Step
from handgrad.shapes import ShapeError

__all__ = [
    "Interval",
    "ACTIVATIONS",
    "Activation",
    "LOSSES",
    "Loss",
    "PAIRINGS",
    "REFUSED",
    "Pairing",
    "pairing",
    "EQUATIONS",
    "NOTATIONS",
    "Notation",
    "Network",
    "Parameters",
    "Trace",
    "Gradients",
    "Workspace",
    "initial_parameters",
    "forward",
    "mean_loss",
    "loss",
    "backward",
    "loss_and_gradients",
    "History",
    "train",
    "descent",
    "step",
    "save",
    "load",
    "Digits",
    "digits",
    "accuracy",
    "MEASURES",
    "Measure",
    "entropy",
    "cross_entropy",
    "kl_divergence",
    "Ambiguity",
    "ambiguity",
    "prefix_clash",
    "kraft_sum",
    "huffman",
    "encode",
    "decode",
    "readings",
    "message_length",
    "average_message_length",
    "NEURON_LOSSES",
    "NeuronLoss",
    "TASKS",
    "Task",
    "Trained",
    "along",
    "surface",
    "slope_for_error",
    "train_each",
    "DERIVATIONS",
    "Derivation",
    "Step",
    "ShapeError",
]
