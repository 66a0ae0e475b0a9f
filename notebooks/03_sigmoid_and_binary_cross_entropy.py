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
# # 3. Sigmoid and binary cross-entropy
#
# **Question.** One neuron answers yes or no. Which loss should tell it how wrong it is?
#
# The slide *Choice of Loss Function for Classification Network* says: not squared error, because that is not convex.
# It says: cross-entropy. We check both claims. A slope is a formula, and so is a curvature. A machine can judge them.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autocheck
import handgrad

plt.style.use("lecture.mplstyle")

# %% [markdown]
# ## The neuron
#
# $$z = w x + b \qquad a = \sigma(z) = \frac{1}{1 + e^{-z}} \qquad \sigma'(z) = a (1 - a)$$
#
# The answer $a$ is between 0 and 1: the probability of yes.


# %%
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    a = sigmoid(z)
    return a * (1 - a)


print(autocheck.check_gradient(sigmoid, sigmoid_prime, np.array(0.7)))

# %% [markdown]
# ## Two losses, two slopes
#
# The target is $y$: 1 for yes, 0 for no. Half the squared error, by the chain rule:
#
# $$J = \tfrac{1}{2} (a - y)^2 \qquad \frac{dJ}{dz} = (a - y) \sigma'(z)$$
#
# Binary cross-entropy. It is the cross-entropy of notebook 01, with natural logarithms, between $[y, 1 - y]$ and $[a,
# 1 - a]$:
#
# $$J = -[y \ln a + (1 - y) \ln (1 - a)]$$
#
# $$\frac{dJ}{dz} = \left(-\frac{y}{a} + \frac{1 - y}{1 - a}\right) a (1 - a) = -y (1 - a) + (1 - y) a = a - y$$


# %%
def squared_error(z, y):
    return (sigmoid(z) - y) ** 2 / 2


def squared_error_slope(z, y):
    return (sigmoid(z) - y) * sigmoid_prime(z)


def cross_entropy(z, y):
    a = sigmoid(z)
    return -(y * np.log(a) + (1 - y) * np.log(1 - a))


def cross_entropy_slope(z, y):
    return sigmoid(z) - y


z, y = np.array(1.5), np.array(0.0)
for J, slope in ((squared_error, squared_error_slope), (cross_entropy, cross_entropy_slope)):
    print(autocheck.check_gradient(J, slope, z, y))

# %% [markdown]
# ## Wrong, sure of it, and slow to learn
#
# The target is 0. The worst that the neuron can do is to say almost 1. It should learn fastest there. Does it?

# %%
print("   z     a      slope of squared error   slope of cross-entropy")
for z in (0.0, 2.0, 4.0, 8.0):
    print(
        f"{z:4}   {sigmoid(z):.4f}   {squared_error_slope(z, 0):.5f}                  {cross_entropy_slope(z, 0):.5f}"
    )

# %% [markdown]
# With squared error it nearly stops. The reason is the factor $\sigma'(z)$, which is tiny when a neuron is
# **saturated**. For cross-entropy it has cancelled: the slope is the error itself. In terms of the error $e = a - 0$,
# the slopes are $e^2 (1 - e)$ and $e$.

# %%
error = np.linspace(0.001, 0.999, 400)
names = ["squared error", "cross-entropy"]
figure, axes = plt.subplots()
for loss, name, style in zip(handgrad.NEURON_LOSSES, names, ("-", "--"), strict=True):
    axes.plot(error, handgrad.slope_for_error(loss, error), style, label=name)
axes.text(0.62, 0.66, "cross-entropy", color="C1", ha="right")
axes.text(0.66, 0.17, "squared error", color="C0", ha="center")
axes.set(xlabel="error $|a - y|$", ylabel="slope $|dJ/dz|$")
plt.show()

# %% [markdown]
# Let two neurons learn from the same bad start, $w = b = 2$. There is one example: $x = 1$ with target 0. Gradient
# descent uses $\partial J/\partial w = x  dJ/dz$ and $\partial J/\partial b = dJ/dz$.


# %%
def learn(slope, steps=300, rate=0.15):
    w, b, answers = 2.0, 2.0, []
    for _ in range(steps):
        answers.append(sigmoid(w + b))
        w, b = w - rate * slope(w + b, 0), b - rate * slope(w + b, 0)
    return answers


figure, axes = plt.subplots()
axes.plot(learn(squared_error_slope))
axes.plot(learn(cross_entropy_slope), "--")
axes.text(50, 0.87, "squared error", color="C0")
axes.text(40, 0.2, "cross-entropy", color="C1")
axes.set(xlabel="step", ylabel="answer $a$ (target 0)", ylim=(0, 1.05))
plt.show()

# %% [markdown]
# ## Convex or not
#
# A loss is convex if it never bends downwards: $d^2J/dz^2 \ge 0$ everywhere. As $z$ is linear in $w$ and $b$, the
# loss is then convex in these, too. The second derivatives, by the product rule, with $\sigma'' = \sigma' (1 - 2a)$:
#
# $$\text{squared error:} \quad \sigma'^2 + (a - y) \sigma' (1 - 2 a) \qquad \text{cross-entropy:} \quad \sigma'$$
#
# They are claims like any other: each is the derivative of a slope.


# %%
def squared_error_curvature(z, y):
    a = sigmoid(z)
    return sigmoid_prime(z) ** 2 + (a - y) * sigmoid_prime(z) * (1 - 2 * a)


def cross_entropy_curvature(z, y):
    return sigmoid_prime(z)


z = np.array(1.5)
print(autocheck.check_gradient(squared_error_slope, squared_error_curvature, z, y))
print(autocheck.check_gradient(cross_entropy_slope, cross_entropy_curvature, z, y))

# %% [markdown]
# For $y = 0$ the first is $a^2 (1 - a)(2 - 3a)$: below zero wherever $a > 2/3$. The second is never below zero.

# %%
zs = np.linspace(-6, 6, 400)
figure, axes = plt.subplots()
axes.axhline(0, color="black", linewidth=1)
axes.plot(zs, squared_error_curvature(zs, 0))
axes.plot(zs, cross_entropy_curvature(zs, 0), "--")
axes.text(1.8, 0.16, "cross-entropy", color="C1")
axes.text(3.2, -0.062, "squared error", color="C0")
axes.set(xlabel="$z$ (target 0)", ylabel="$d^2J/dz^2$", ylim=(-0.08, 0.27))
plt.show()

# %% [markdown]
# ## The surface over $w$ and $b$
#
# Seven examples: yes on the left, no on the right, with two mix-ups and an outlier at $x = 8$. $J$ is their mean,
# over all pairs of $w$ and $b$. Two neurons go downhill from different starts. Where do they end?

# %%
x_data = np.array([-5.0, -4.0, -2.0, -1.0, 0.0, 1.0, 8.0])
y_data = np.array([1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0])
starts = [(-1.5, -1.5), (0.5, 2.0)]


def descend(slope, w, b, steps=3000, rate=0.3):
    way = [(w, b)]
    for _ in range(steps):
        delta = slope(w * x_data + b, y_data)
        w, b = w - rate * np.mean(delta * x_data), b - rate * np.mean(delta)
        way.append((w, b))
    return np.array(way)


slopes = (squared_error_slope, cross_entropy_slope)
ways = [[descend(slope, *start) for start in starts] for slope in slopes]
for name, loss, pair in zip(names, (squared_error, cross_entropy), ways, strict=True):
    for way in pair:
        w, b = way[-1]
        print(f"{name}: ends at w = {w:.2f}, b = {b:.2f}, where J = {np.mean(loss(w * x_data + b, y_data)):.3f}")

# %%
w, b = np.linspace(-2, 1, 121), np.linspace(-3, 3, 121)
figure, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True)
for axis, loss, name, pair in zip(axes, handgrad.NEURON_LOSSES, names, ways, strict=True):
    J = handgrad.surface(loss, w, b, x_data, y_data)
    axis.contourf(b, w, J, levels=np.geomspace(J.min(), J.max(), 20), cmap="cividis")
    for way in pair:
        axis.plot(way[:, 1], way[:, 0], color="white", linewidth=1)
        axis.plot(way[-1, 1], way[-1, 0], "x", color="white", markersize=9, markeredgewidth=2)
    axis.set(xlabel="$b$", title=name)
axes[0].set(ylabel="$w$")
plt.show()

# %% [markdown]
# With squared error one of them is caught in a hollow that is not the lowest. With cross-entropy both arrive at the
# same place. (Dark is low, a cross is an end.)
#
# Walk along the straight line from the one end to the other: $(w, b) + t (u, v)$. The rate at which an example's $z$
# changes on the way is $s = u x + v$, so the slope and the curvature of the mean are
#
# $$\frac{dJ}{dt} = \frac{1}{M} \sum_i \frac{dJ_i}{dz_i} s_i \qquad \frac{d^2J}{dt^2} = \frac{1}{M} \sum_i \frac{d^2J_i}{dz_i^2} s_i^2$$
#
# $s^2$ is never negative. So a loss that is convex in $z$ is convex along every line.

# %%
w_start, b_start, u, v = -0.75, -0.375, 0.75, 1.25  # from about the one end to about the other
s = u * x_data + v


def on_the_line(t):
    return w_start * x_data + b_start + t * s


def line_slope(t):
    return np.mean(squared_error_slope(on_the_line(t), y_data) * s)


def line_curvature(t):
    return np.mean(squared_error_curvature(on_the_line(t), y_data) * s**2)


print(autocheck.check_gradient(line_slope, line_curvature, np.array(0.5)))

# %%
ts = np.linspace(-0.5, 1.5, 400)
figure, axes = plt.subplots()
J_squared = np.array([np.mean(squared_error(on_the_line(t), y_data)) for t in ts])
bends_down = np.array([line_curvature(t) for t in ts]) < 0
axes.plot(ts, J_squared, color="C0")
axes.plot(ts, np.where(bends_down, J_squared, np.nan), color="C1", linewidth=5, alpha=0.6)
axes.text(0.62, 0.135, "thick: bends downwards,\nso it is not convex", color="C1")
axes.set(xlabel="$t$, from one end (0) to the other (1)", ylabel="squared error on the line")
plt.show()

# %% [markdown]
# So the slide is right about the shape. But that was one neuron. Which loss ends up better on a given task with a
# given network has to be measured.
#
# ## On real digits
#
# One small network, three ways to ask about handwritten digits: is it even (binary), which of ten is it (categorical),
# which of several properties has it (multi-label). Each is trained with each loss from the same weights, for six epochs;
# once from usual weights, and once with those of the output layer ten times as large, where many units start saturated.

# %%
from handgrad.choice_of_loss import TASKS, train_each
from handgrad.data import digits

data = digits(seed=0)
runs = [(task, scale, train_each(task, data, epochs=6, scale=scale)) for task in TASKS for scale in (1, 10)]
print("held-out digits answered right    squared error   cross-entropy")
for task, scale, (squared, entropy) in runs:
    print(f"{task.name:<13}weights x {scale:<15}{squared.right:>9.1%}{entropy.right:>16.1%}")

# %%
figure, axes = plt.subplots()
for row, (_, _, (squared, entropy)) in enumerate(runs):
    ends = 100 * squared.right, 100 * entropy.right
    axes.plot(ends, [row, row], color="0.8", zorder=0)
    axes.plot(ends[0], row, "o", color="C0")
    axes.plot(ends[1], row, "s", color="C1")
axes.text(48, 2.6, "squared error", color="C0", va="top")
axes.text(94, 2.6, "cross-entropy", color="C1", va="top", ha="right")
axes.set(xlabel="held-out digits answered right, in %", yticks=range(6))
axes.set_yticklabels([f"{task.name}, weights × {scale}" for task, scale, _ in runs])
axes.invert_yaxis()
plt.show()

# %% [markdown]
# Here cross-entropy is ahead in all six. The gap is widest for ten classes from a saturated start: there the slope of
# squared error has died. Six epochs of one network from one seed are a measurement, not a law.
#
# ## A word on floats
#
# `cross_entropy` is right as a formula. As a program it fails for a saturated neuron: $a$ is rounded to 1, and $\ln(1
# - a)$ becomes $-\infty$. autocheck judges formula and program apart, and tells.

# %%
with np.errstate(all="ignore"):
    report = autocheck.check_gradient(cross_entropy, cross_entropy_slope, np.array(40.0), np.array(1.0))
    print("in floats:", cross_entropy(40.0, 1.0), "  handgrad:", f"{handgrad.NEURON_LOSSES[1].value(40.0, 1.0):.4e}")
for note in report.notes:
    print(note.text)

# %% [markdown]
# handgrad takes another form of the same function: $\max(z, 0) - y z + \ln(1 + e^{-|z|})$.
#
# ## Exercise
#
# Yes is rare in your data, so each yes shall count five times:
#
# $$J = -[5 y \ln a + (1 - y) \ln (1 - a)]$$
#
# Derive $dJ/dz$. The first attempt takes $a - y$ and multiplies it by 5. Run both cells, read which example is wrong,
# and mend it.


# %%
def weighted_loss(z, y):
    a = sigmoid(z)
    return -np.sum(5 * y * np.log(a) + (1 - y) * np.log(1 - a))


# %% tags=["exercise"]
def weighted_slope(z, y):
    return 5 * (sigmoid(z) - y)


# %% tags=["judge"]
z, y = np.array([-2.0, 0.5, 1.5]), np.array([1.0, 0.0, 1.0])
print(autocheck.check_gradient(weighted_loss, weighted_slope, z, y))

# %% [markdown]
# <details>
# <summary>Solution</summary>
#
# Only the yes term has the factor 5. The two terms no longer add up to $a - y$:
#
# $$\frac{dJ}{dz} = \left(-\frac{5 y}{a} + \frac{1 - y}{1 - a}\right) a (1 - a) = (1 - y) a - 5 y (1 - a)$$
#
# ```python
# def weighted_slope(z, y):
#     a = sigmoid(z)
#     return (1 - y) * a - 5 * y * (1 - a)
# ```
#
# </details>
