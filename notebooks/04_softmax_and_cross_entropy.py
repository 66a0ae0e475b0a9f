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
# # 4. Softmax and categorical cross-entropy
#
# **Question.** The end of the lecture is one short line: $\delta = a - y$. It takes six slides to get there
# (*Backpropagation: Multi-Class Categorical Classification*). Does each step follow from the one before? And when
# does the line hold?
#
# A derivation is a chain. It is as strong as its weakest link. So we let a machine test each link.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autocheck
from autocheck import Step, check_chain

plt.style.use("lecture.mplstyle")

# %% [markdown]
# ## Softmax
#
# $$a_n = \frac{e^{z_n}}{\sum_m e^{z_m}}$$
#
# The answers are positive and add up to 1. So if one of them grows, others have to shrink: each $a_m$ depends on
# **each** $z_n$. For sigmoids this was not so.


# %%
def softmax(z):
    return np.exp(z) / np.sum(np.exp(z))


z = np.array([1.0, 0.0, -1.0])
print(softmax(z).round(4), "sum:", softmax(z).sum().round(12))

# %%
zs = np.linspace(-4, 6, 200)
answers = np.array([softmax(np.array([z_0, 0.0, -1.0])) for z_0 in zs])
figure, axes = plt.subplots()
axes.plot(zs, answers)
for n, (across, up) in enumerate([(3.2, 0.82), (-3.9, 0.66), (-3.9, 0.2)]):
    axes.text(across, up, f"$a_{n}$", color=f"C{n}")
axes.set(xlabel="$z_0$, while $z_1 = 0$ and $z_2 = -1$", ylabel="answer")
plt.show()

# %% [markdown]
# ## Its derivative has two cases
#
# By the quotient rule, for the unit itself and for any other one:
#
# $$\frac{\partial a_n}{\partial z_n} = a_n (1 - a_n) \qquad \frac{\partial a_m}{\partial z_n} = -a_m a_n \quad (m \ne n)$$
#
# Together they fill a square table, the Jacobian. A row is an answer, a column is a $z$.


# %%
def jacobian(z):
    a = softmax(z)
    table = np.empty((len(z), len(z)))
    for m in range(len(z)):
        for n in range(len(z)):
            table[m, n] = a[n] * (1 - a[n]) if m == n else -a[m] * a[n]
    return table


print(jacobian(z).round(4))
print(autocheck.check_jacobian(softmax, jacobian, z))

# %% [markdown]
# Each column adds up to 0, since the answers keep their sum. Whoever takes the first case only, as for sigmoids,
# loses everything off the diagonal.
#
# ## The loss
#
# Targets $y$, answers $a$. In the lecture $y$ is one-hot: a single 1, and 0 elsewhere. The loss is the cross-entropy
# of notebook 01:
#
# $$J = -\sum_m y_m \ln a_m \qquad \frac{\partial J}{\partial a_m} = -\frac{y_m}{a_m}$$


# %%
def cross_entropy(z, y):
    return -np.sum(y * np.log(softmax(z)))


# %% [markdown]
# ## The derivation, link by link
#
# Wanted: $\delta_n = \partial J / \partial z_n$. Each step below is a formula, a reason, and a function that computes
# it. `others` leaves out the term $m = n$.


# %%
def slope(z, y):
    return -y / softmax(z)


def others(table):
    return table * (1 - np.eye(len(table)))


first = Step(
    r"\sum_m dJ/da_m da_m/dz_n",
    "chain rule: each answer depends on z_n",
    lambda z, y: np.sum(slope(z, y)[:, None] * jacobian(z), axis=0),
)
set_apart = Step(
    r"\sum_{m \ne n} dJ/da_m da_m/dz_n + dJ/da_n da_n/dz_n",
    "the term m = n is set apart",
    lambda z, y: np.sum(others(slope(z, y)[:, None] * jacobian(z)), axis=0) + slope(z, y) * np.diag(jacobian(z)),
)
cancelled = Step(
    r"\sum_{m \ne n} y_m a_n - y_n (1 - a_n)",
    "both cases put in; a_m and a_n cancel",
    lambda z, y: np.sum(others(y[:, None] * softmax(z)[None, :]), axis=0) - y * (1 - softmax(z)),
)
multiplied_out = Step(
    r"\sum_{m \ne n} y_m a_n + y_n a_n - y_n",
    "multiplied out",
    lambda z, y: np.sum(others(y[:, None] * softmax(z)[None, :]), axis=0) + y * softmax(z) - y,
)
collected = Step(
    r"a_n \sum_m y_m - y_n",
    "y_n a_n is the missing term of the sum; a_n stands in front",
    lambda z, y: softmax(z) * np.sum(y) - y,
)
short = Step(r"a_n - y_n", "the targets add up to 1", lambda z, y: softmax(z) - y)

# %% [markdown]
# Judge the chain. The first step is compared with the definition of the derivative, each other step with the one
# before. All of that happens at random points, of several sizes, in exact arithmetic. The targets are drawn so that
# they add up to 1.

# %%
steps = [first, set_apart, cancelled, multiplied_out, collected, short]
one = {"z": ("logits", "n"), "y": ("distribution", "n")}
print(check_chain(cross_entropy, steps, one, name="delta of softmax"))

# %% [markdown]
# Every link holds. Where both sides are fractions of polynomials in $e^z$ and $y$, the report can say more than "so
# many digits": the degree is known, so a wrong step could only have passed with a tiny chance.
#
# ## A link that breaks
#
# Now for the same chain with a slip in the middle. "Multiplied out" with a wrong sign:

# %%
slip = Step(
    r"\sum_{m \ne n} y_m a_n - y_n a_n - y_n",
    "multiplied out",
    lambda z, y: np.sum(others(y[:, None] * softmax(z)[None, :]), axis=0) - y * softmax(z) - y,
)
report = check_chain(cross_entropy, [first, set_apart, cancelled, slip, collected, short], one, name="delta of softmax")
print("broken at step", report.broken, "and right again at step", report.mended)
print(report.steps[report.broken - 1].finding)

# %% [markdown]
# The last line of the chain is right all the same! Two mistakes undo one another. Who looks at the result only,
# misses both. The lecture has such a place: on its third slide of this title, $\partial J/\partial a_n$ passes
# through $\partial (y_n \ln a_n)/\partial a_n$, where the minus sign is lost, and arrives at $-y_n/a_n$, where it is
# back.

# %%
slide = [
    Step(
        r"-\sum_m y_m d(\ln a_m)/da_n", "term by term", lambda a, y: np.sum(-(y / a)[:, None] * np.eye(len(a)), axis=0)
    ),
    Step(r"d(y_n \ln a_n)/da_n", "only the n-th term has a_n in it", lambda a, y: y / a),
    Step(r"-y_n / a_n", "the derivative of ln", lambda a, y: -y / a),
]
free = {"a": ("positive", "n"), "y": ("positive", "n")}
print(check_chain(lambda a, y: -np.sum(y * np.log(a)), slide, free, name="dJ/da on the slide"))

# %% [markdown]
# ## When does a - y hold?
#
# Only the last step used that the targets add up to 1. Take that away, and let $y$ be any positive numbers:

# %%
any_sum = {"z": ("logits", "n"), "y": ("positive", "n")}
report = check_chain(cross_entropy, steps, any_sum, name="targets of any sum")
for step in report.steps:
    print(step.number, step.verdict, step.finding)

# %% [markdown]
# Exactly this link breaks, and no other. It matters: an example may carry two labels, $y = (1, 1, 0)$, or a weight.
# Then $\delta = a - y$ is wrong, and $\delta = a \sum_m y_m - y$ is right.

# %%
two_labels = np.array([1.0, 1.0, 0.0])
print(autocheck.check_gradient(cross_entropy, lambda z, y: softmax(z) - y, z, two_labels))
print()
print(autocheck.check_gradient(cross_entropy, lambda z, y: softmax(z) * y.sum() - y, z, two_labels))

# %%
short_form, full_form = softmax(z) - two_labels, softmax(z) * two_labels.sum() - two_labels
figure, axes = plt.subplots()
place = np.arange(3)
axes.bar(place - 0.2, short_form, 0.36, color="C1")
axes.bar(place + 0.2, full_form, 0.36, color="C0")
axes.axhline(0, color="black", linewidth=1)
axes.text(0.6, -0.6, "$a - y$\n(wrong)", color="C1", va="center", ha="right")
axes.text(1.42, -0.42, r"$a \sum y - y$", color="C0", va="center")
axes.set(xticks=place, xticklabels=["$z_0$", "$z_1$", "$z_2$"], ylabel=r"$\delta$ for $y = (1, 1, 0)$")
plt.show()

# %% [markdown]
# The short form even has the wrong sign at $z_0$. (The diagnosis says it in its own way: what comes back through
# $e^z$ is the term $a \sum y$, and it is counted $1/2 = 1/\sum y$ times.)
#
# ## Exercise
#
# Softmax with a **temperature** $T$: $a = \mathrm{softmax}(z / T)$. A high $T$ makes the answers more alike. Derive
# $\delta$ for targets that add up to 1. Below stands a first attempt in two steps. Which link breaks? Mend it.


# %%
def warm_loss(z, y, T):
    return -np.sum(y * np.log(softmax(z / T)))


# %% tags=["exercise"]
attempt = [
    Step(
        "(a sum(y) - y) / T", "the chain above, and d(z/T)/dz = 1/T", lambda z, y, T: (softmax(z / T) * y.sum() - y) / T
    ),
    Step("a - y / T", "the targets add up to 1", lambda z, y, T: softmax(z / T) - y / T),
]

# %% tags=["judge"]
warm = {"z": ("real", "n"), "y": ("distribution", "n"), "T": ("positive",)}
print(check_chain(warm_loss, attempt, warm, name="delta at temperature T"))

# %% [markdown]
# <details>
# <summary>Solution</summary>
#
# The factor $1/T$ stands before both terms: $\delta = (a - y)/T$. The bracket was lost in the second step.
#
# ```python
# attempt = [
#     Step("(a sum(y) - y) / T", "the chain above, and d(z/T)/dz = 1/T", lambda z, y, T: (softmax(z / T) * y.sum() - y) / T),
#     Step("(a - y) / T", "the targets add up to 1", lambda z, y, T: (softmax(z / T) - y) / T),
# ]
# ```
#
# </details>
