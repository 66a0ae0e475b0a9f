# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2. The five equations
#
# **Question.** A network has made an error $J$. How does $J$ change with each of its weights?
#
# The answer is five equations, on the slide *Backpropagation General Formalism in the Elemental Form*. Two of them go
# up, from the input to the output. Three go back down. We work them out on a tiny network, one number at a time. Then
# we write them in three notations.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autocheck
import handgrad

plt.style.use("lecture.mplstyle")

# %% [markdown]
# ## A tiny network
#
# Two inputs, two hidden units (layer 0), one output unit (layer 1, which is $H$, the highest). Each unit applies the
# sigmoid, $h(z) = 1/(1 + e^{-z})$. The weight $w_{im}$ leads from unit $i$ below to unit $m$ above.

# %%
x = np.array([1.0, 2.0])
y = np.array([1.0])
W0 = np.array([[0.5, -1.0], [0.25, 0.5]])
b0 = np.array([0.0, 0.5])
W1 = np.array([[1.0], [-2.0]])
b1 = np.array([0.5])

# %% [markdown]
# ## Upwards: Eqn 1 and Eqn 2
#
# A unit adds up what comes in, then answers:
#
# $$z_m = \sum_i w_{im} a_i + b_m \qquad a_m = h(z_m)$$
#
# In layer 0 the $a_i$ are the inputs $x_i$.


# %%
def h(z):
    return 1 / (1 + np.exp(-z))


z0, a0 = np.zeros(2), np.zeros(2)
for m in range(2):
    z0[m] = W0[0, m] * x[0] + W0[1, m] * x[1] + b0[m]
    a0[m] = h(z0[m])
    print(f"z_{m} = ({W0[0, m]}) * {x[0]} + ({W0[1, m]}) * {x[1]} + {b0[m]} = {z0[m]}   a_{m} = {a0[m]:.4f}")

# %% [markdown]
# The same in layer 1. There is one unit, and its inputs are $a_0$ and $a_1$ from below.

# %%
z1 = np.array([W1[0, 0] * a0[0] + W1[1, 0] * a0[1] + b1[0]])
a1 = h(z1)
J = (a1[0] - y[0]) ** 2 / 2
print(f"z = ({W1[0, 0]}) * {a0[0]:.4f} + ({W1[1, 0]}) * {a0[1]:.4f} + {b1[0]} = {z1[0]:.4f}   a = {a1[0]:.4f}")
print(f"J = (a - y)^2 / 2 = {J:.4f}")

# %% [markdown]
# ## Downwards: Eqn 3
#
# One letter carries everything: $\delta_n = \partial J / \partial z_n$. In the output layer, for half the squared
# error:
#
# $$\delta_n = (a_n - y_n) h'(z_n) \qquad h'(z) = a (1 - a)$$

# %%
delta1 = (a1 - y) * a1 * (1 - a1)
print(f"delta = ({a1[0]:.4f} - {y[0]}) * {a1[0]:.4f} * {1 - a1[0]:.4f} = {delta1[0]:.4f}")

# %% [markdown]
# In a hidden layer, unit $n$ hears from every unit $m$ above that it feeds, through the same weight:
#
# $$\delta_n = h'(z_n) \sum_m \delta_m w_{nm}$$

# %%
delta0 = np.zeros(2)
for n in range(2):
    from_above = W1[n, 0] * delta1[0]
    delta0[n] = a0[n] * (1 - a0[n]) * from_above
    print(f"delta_{n} = {a0[n]:.4f} * {1 - a0[n]:.4f} * ({W1[n, 0]}) * ({delta1[0]:.4f}) = {delta0[n]:.4f}")

# %% [markdown]
# ## Eqn 4 and Eqn 5
#
# What a weight does to $J$ is the product of its two ends: what comes in below, times $\delta$ above. A bias is a
# weight whose input is 1.
#
# $$\frac{\partial J}{\partial w_{mn}} = \delta_n a_m \qquad \frac{\partial J}{\partial b_n} = \delta_n$$

# %%
for m in range(2):
    for n in range(2):
        print(f"dJ/dw_{m}{n} = delta_{n} * x_{m} = ({delta0[n]:.4f}) * {x[m]} = {delta0[n] * x[m]:.4f}")

# %% [markdown]
# The picture has all of it. In a circle stands $a$, which goes up (here: to the right). Below it stands $\delta$, and
# on an edge $\partial J/\partial w$, both of which come back down.

# %%
places = [[(0, 1), (0, 0)], [(1, 1), (1, 0)], [(2, 0.5)]]
answers, deltas = [x, a0, a1], [None, delta0, delta1]
figure, axes = plt.subplots(figsize=(8, 4))
for layer in (0, 1):
    for i, low in enumerate(places[layer]):
        for m, high in enumerate(places[layer + 1]):
            axes.plot(*zip(low, high, strict=True), color="0.75", linewidth=1, zorder=0)
            spot = np.array(low) + 0.3 * (np.array(high) - np.array(low))
            slope = answers[layer][i] * deltas[layer + 1][m]
            axes.text(*spot, f"{slope:+.3f}", color="C1", ha="center", va="center", backgroundcolor="white", fontsize=9)
for layer, spots in enumerate(places):
    for n, (across, up) in enumerate(spots):
        axes.plot(across, up, "o", markersize=46, color="white", markeredgecolor="black", markeredgewidth=1)
        axes.text(across, up, f"{answers[layer][n]:.3f}", color="C0", ha="center", va="center")
        if layer:
            axes.text(across, up - 0.21, f"{deltas[layer][n]:+.3f}", color="C1", ha="center", va="center")
axes.set(xlim=(-0.3, 2.3), ylim=(-0.35, 1.3))
for across, name in enumerate(["$x$", "layer 0", "layer 1"]):
    axes.text(across, 1.25, name, ha="center")
axes.axis("off")
plt.show()

# %% [markdown]
# ## Is a number of these right?
#
# Move one weight a little, and see how much $J$ moves. For that, the upward pass becomes a function.


# %%
def loss(W0, b0, W1, b1):
    a0 = h(W0.T @ x + b0)
    a1 = h(W1.T @ a0 + b1)
    return np.sum((a1 - y) ** 2) / 2


for step in (0.1, 0.01, 0.001):
    moved = W0.copy()
    moved[1, 0] += step
    print(f"step {step}: {(loss(moved, b0, W1, b1) - loss(W0, b0, W1, b1)) / step:.6f}")
print(f"Eqn 4: {delta0[0] * x[1]:.6f}")

# %% [markdown]
# The smaller the step, the closer. But how close is close enough? autocheck does not ask that question. It takes the
# limit itself, on exact numbers, for each of the nine parameters.


# %%
def gradient(W0, b0, W1, b1):
    a0 = h(W0.T @ x + b0)
    a1 = h(W1.T @ a0 + b1)
    delta1 = (a1 - y) * a1 * (1 - a1)
    delta0 = a0 * (1 - a0) * (W1 @ delta1)
    return np.outer(x, delta0), delta0, np.outer(a0, delta1), delta1


print(autocheck.check_gradient(loss, gradient, W0, b0, W1, b1, argnums=(0, 1, 2, 3)))

# %% [markdown]
# Now break one equation. A beginner's classic: $h'(z_n)$ is left out of Eqn 3 in the hidden layer.


# %%
def broken_gradient(W0, b0, W1, b1):
    a0 = h(W0.T @ x + b0)
    a1 = h(W1.T @ a0 + b1)
    delta1 = (a1 - y) * a1 * (1 - a1)
    delta0 = W1 @ delta1
    return np.outer(x, delta0), delta0, np.outer(a0, delta1), delta1


report = autocheck.check_gradient(loss, broken_gradient, W0, b0, W1, b1, argnums=(0, 1, 2, 3))
for parameter in report.parameters:
    print(parameter.name, parameter.verdict)
print(report.diagnosis.sentence)

# %% [markdown]
# Layer 1 agrees, layer 0 does not: the mistake is made on the way down from 1 to 0. The diagnosis names it.
#
# ## Three notations
#
# The lecture writes the equations index by index, then with matrices for one example (slide *Backpropagation:
# Multi-Class Categorical Classification*). A program handles a whole batch, one example to a row. Transpose the
# vector form, and each column becomes a row.
#
# | | elemental | vector | batched |
# |---|---|---|---|
# | Eqn 1 | $z_m = \sum_i w_{im} a_i + b_m$ | $z = W^t a + b$ | $Z = A W + b$ |
# | Eqn 2 | $a_m = h(z_m)$ | $a = h(z)$ | $A = h(Z)$ |
# | Eqn 3 | $\delta_n = h'(z_n) \sum_m \delta_m w_{nm}$ | $\delta = h'(z) \odot (W \delta)$ | $\Delta = h'(Z) \odot (\Delta W^t)$ |
# | Eqn 4 | $\partial J/\partial w_{mn} = a_m \delta_n$ | $\partial J/\partial W = a  \delta^t$ | $\partial J/\partial W = A^t \Delta / M$ |
# | Eqn 5 | $\partial J/\partial b_n = \delta_n$ | $\partial J/\partial b = \delta$ | $\partial J/\partial b = \sum_{\mathrm{rows}} \Delta / M$ |
#
# $M$ is the number of examples: $J$ is their mean. The factor $1/M$ stands in Eqn 4 and Eqn 5 and nowhere else.
#
# In code, for Eqn 4:


# %%
def elemental(a, delta):
    return np.array([[a[m] * delta[n] for n in range(len(delta))] for m in range(len(a))])


def vector(a, delta):
    return a[:, None] @ delta[None, :]


def batched(A, Delta):
    return A.T @ Delta / len(A)


rng = np.random.default_rng(0)
A, Delta = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))
one_by_one = np.mean([elemental(a, delta) for a, delta in zip(A, Delta, strict=True)], axis=0)
with_matrices = np.mean([vector(a, delta) for a, delta in zip(A, Delta, strict=True)], axis=0)
print(np.allclose(one_by_one, with_matrices), np.allclose(with_matrices, batched(A, Delta)))

# %% [markdown]
# The sizes 5, 3 and 4 are all different. With two equal sizes, a forgotten transpose can pass unseen. Notebook 01 had
# the same lesson: a test must not be symmetric.
#
# handgrad has all five equations in each notation, under the same names. They drive the same network to the same
# gradients, and each is judged apart:

# %%
network = handgrad.Network.named("tanh", "softmax", loss="categorical_cross_entropy")
start = handgrad.initial_parameters((3, 4, 2), seed=0)
X, Y = rng.normal(size=(5, 3)), np.eye(2)[[0, 1, 1, 0, 1]]


def network_loss(W0, W1, b0, b1):
    return handgrad.loss(network, handgrad.Parameters((W0, W1), (b0, b1)), X, Y)


def gradient_in(notation):
    def found(W0, W1, b0, b1):
        parameters = handgrad.Parameters((W0, W1), (b0, b1))
        trace = handgrad.forward(network, parameters, X, notation)
        gradients = handgrad.backward(network, parameters, trace, Y, notation, with_x=False)
        return *gradients.W, *gradients.b

    return found


for notation in handgrad.NOTATIONS:
    report = autocheck.check_gradient(network_loss, gradient_in(notation), *start.W, *start.b, argnums=(0, 1, 2, 3))
    print(f"{notation:<10}", report.verdict)

# %% [markdown]
# ## Exercise
#
# Write the backward pass of a batch: tanh in the hidden layer, softmax with cross-entropy on top, where $\Delta = A -
# Y$. The derivative is $\tanh' = 1 - \tanh^2$. The first attempt has one mistake. Run both cells, read the verdict,
# mend it.


# %%
def batch_loss(W0, b0, W1, b1):
    E = np.exp(np.tanh(X @ W0 + b0) @ W1 + b1)
    return -np.sum(Y * np.log(E / E.sum(axis=1, keepdims=True))) / len(X)


# %% tags=["exercise"]
def batch_gradient(W0, b0, W1, b1):
    Z0 = X @ W0 + b0
    A0 = np.tanh(Z0)
    E = np.exp(A0 @ W1 + b1)
    Delta1 = E / E.sum(axis=1, keepdims=True) - Y
    Delta0 = (1 - Z0**2) * (Delta1 @ W1.T)
    M = len(X)
    return X.T @ Delta0 / M, Delta0.sum(axis=0) / M, A0.T @ Delta1 / M, Delta1.sum(axis=0) / M


# %% tags=["judge"]
at = (start.W[0], start.b[0], start.W[1], start.b[1])
print(autocheck.check_gradient(batch_loss, batch_gradient, *at, argnums=(0, 1, 2, 3)))

# %% [markdown]
# <details>
# <summary>Solution</summary>
#
# $1 - \tanh^2$ is written in terms of the unit's answer $a$, not of $z$: $h'(z) = 1 - a^2$.
#
# ```python
# def batch_gradient(W0, b0, W1, b1):
#     A0 = np.tanh(X @ W0 + b0)
#     E = np.exp(A0 @ W1 + b1)
#     Delta1 = E / E.sum(axis=1, keepdims=True) - Y
#     Delta0 = (1 - A0**2) * (Delta1 @ W1.T)
#     M = len(X)
#     return X.T @ Delta0 / M, Delta0.sum(axis=0) / M, A0.T @ Delta1 / M, Delta1.sum(axis=0) / M
# ```
#
# </details>
