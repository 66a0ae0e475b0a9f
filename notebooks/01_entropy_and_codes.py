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
# # 1. Entropy and codes
#
# **Question.** You talk with a friend in Australia about four cricketers. A message is a row of names, sent as bits.
# How short can it be, and what does that have to do with training a classifier?
#
# This is where lecture 13 begins (slides *Entropy: 1* to *Entropy and Cross Entropy: 5*). We check each of its
# figures. At the end stands a gradient, and you derive one yourself.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autocheck
import handgrad
from handgrad.codes import AUSTRALIA, BEST, FIRST_TRY, INDIA, TWO_BITS

plt.style.use("lecture.mplstyle")

# %% [markdown]
# ## Two bits for each name
#
# Four names need two bits each: 00, 01, 10, 11. So 1000 names take 2000 bits (slide *Entropy: 1*).

# %%
INDIA

# %%
names_in_india = {name: 1000 * share for name, share in INDIA.items()}
handgrad.message_length(TWO_BITS, names_in_india)

# %% [markdown]
# ## Shorter words, and a message that nobody can read
#
# Sachin is named half of the time. A shorter word for him should pay. Slide *Entropy: 2* first tries 0, 1, 01 and 10.
# This fails: one message has two meanings.

# %%
for reading in handgrad.readings(FIRST_TRY, "0000001", most=9):
    print("0000001 =", " ".join(reading))

# %% [markdown]
# Is there such a message for a given code? Trying messages one by one proves nothing, as there is always a longer
# one. Sardinas and Patterson found a test that ends. Lay two readings of one message side by side. One of them is
# ahead, by a rest that hangs over. This rest is the end of some word, so there are few different ones. Follow them
# all: if a rest is ever filled up exactly, the message is ambiguous. `ambiguity` does this, and gives a shortest
# message of that kind.

# %%
print(handgrad.ambiguity(FIRST_TRY))
print(handgrad.ambiguity(BEST))

# %% [markdown]
# `None`: with 0, 10, 110 and 111 no message has two readings. There is a simple reason. No word is the beginning of
# another one, so a reader knows at once where a word ends.

# %%
print("a word that begins another:", handgrad.prefix_clash(FIRST_TRY), "and", handgrad.prefix_clash(BEST))
message = handgrad.encode(BEST, ["Sachin", "Warne", "Sachin", "Bradman"])
print(message, "=", " ".join(handgrad.decode(BEST, message)))

# %% [markdown]
# How short may the words be, all in all? A word of $n$ bits uses up the share $2^{-n}$ of all messages. The shares of
# a readable code add up to 1 at most (Kraft and McMillan):
#
# $$\sum_i 2^{-n_i} \le 1$$

# %%
print("first try:", handgrad.kraft_sum(FIRST_TRY), "  best:", handgrad.kraft_sum(BEST))

# %% [markdown]
# ## The average message length
#
# Slide *Entropy and Cross Entropy: 4*: with $n_i$ bits for name $i$, which has the probability $p_i$,
#
# $$AML = \sum_i n_i p_i$$

# %%
print(handgrad.message_length(BEST, names_in_india), "bits for 1000 names")
print(handgrad.average_message_length(BEST, INDIA), "bits for one name")

# %% [markdown]
# Huffman's method finds a best code: join the two rarest names, then treat them as one name, and so on until one is
# left.

# %%
handgrad.huffman(INDIA)

# %% [markdown]
# ## Entropy
#
# Can another code do better than 1.75? No. No readable code gets below the **entropy**. Huffman's code is less than
# one bit above it, and meets it where all probabilities are powers of 1/2, as here.
#
# $$E = -\sum_i p_i \log_2 p_i$$
#
# The slide prints this formula without its minus sign. Its value, 1.75, has the sign right. A probability of $1/2$
# gets one bit, $1/4$ two bits, $1/8$ three: a name with probability $p$ would like a word of $-\log_2 p$ bits.


# %%
def entropy(p):
    return -np.sum(p * np.log2(p))


p_india = np.array(list(INDIA.values()))
print("entropy:", entropy(p_india), "  without the minus sign:", np.sum(p_india * np.log2(p_india)))

# %% [markdown]
# Entropy measures **uncertainty**. It is 0 if one name is certain, and 2 if all four are equally likely (slide
# *Entropy and Cross Entropy: 5*). `handgrad.entropy` uses the limit $p \log p \to 0$ for $p = 0$, where plain NumPy
# says NaN.

# %%
for p in ([1, 0, 0, 0], [0.5, 0.25, 0.125, 0.125], [0.25, 0.25, 0.25, 0.25]):
    print(p, "->", handgrad.entropy(p), "bits")

# %%
share = np.linspace(0, 1, 201)
pairs = np.stack([share, 1 - share], axis=1)
figure, axes = plt.subplots()
axes.plot(share, handgrad.entropy(pairs))
axes.set(xlabel="probability $p$ of the first of two names", ylabel="entropy in bits")
plt.show()

# %% [markdown]
# ## Cross-entropy
#
# The Australian friend speaks in the same code, but of other players: Warne half of the time, Kapil a quarter (slide
# *Entropy and Cross-Entropy: 3*). The code no longer fits.

# %%
names_in_australia = {name: 1000 * share for name, share in AUSTRALIA.items()}
print(handgrad.message_length(BEST, names_in_australia), "bits for 1000 names")
print(handgrad.average_message_length(BEST, AUSTRALIA), "bits for one name (the slide rounds it to 2.6)")

# %% [markdown]
# This is the **cross-entropy**. Names come with probabilities $p$; the code was made for $q$:
#
# $$H(p, q) = -\sum_i p_i \log_2 q_i$$
#
# It is at least the entropy of $p$, and equal to it for $q = p$. (The slide says *always higher*; for $q = p$ that is
# one word too many.)


# %%
def cross_entropy(p, q):
    return -np.sum(p * np.log2(q))


p_australia = np.array(list(AUSTRALIA.values()))
print("p Australia, q India:", cross_entropy(p_australia, p_india))
print("p India, q Australia:", cross_entropy(p_india, p_australia))

# %% [markdown]
# Both give 2.625! **So this example can't tell $H(p, q)$ from $H(q, p)$.** If you mix up the two, the cricketers do
# not notice: the Australian shares are the Indian shares in another order, and exchanging $p$ with $q$ gives the same
# four products. A good test example must not have such a symmetry. The two names of slide *Entropy and Cross Entropy:
# 5* have none:

# %%
p, q = np.array([0.2, 0.8]), np.array([0.4, 0.6])
print(f"H(p, q) = {cross_entropy(p, q):.3f}   H(q, p) = {cross_entropy(q, p):.3f}")

# %% [markdown]
# The slide means 0.854, the first of the two.
#
# For $p$ fixed, where is $H(p, q)$ least? At $q = p$. There it touches the entropy; the gap between them is called
# the Kullback-Leibler divergence. This is why cross-entropy serves as a loss: the targets $y$ are $p$, the network's
# answer $a$ is $q$.

# %%
q_first = np.linspace(0.01, 0.99, 197)
qs = np.stack([q_first, 1 - q_first], axis=1)
ps = np.broadcast_to(p, qs.shape)
figure, axes = plt.subplots()
axes.plot(q_first, handgrad.cross_entropy(ps, qs))
axes.plot(q_first, handgrad.cross_entropy(qs, ps), "--")
axes.plot([q[0]] * 2, [cross_entropy(p, q), cross_entropy(q, p)], "o", color="black", markersize=5)
axes.text(0.4, 0.66, "0.854", va="top", ha="center")
axes.text(0.4, 1.2, "1.122", va="bottom", ha="center")
axes.text(0.93, 3.2, "$H(p, q)$", color="C0", ha="right")
axes.text(0.6, 1.7, "$H(q, p)$", color="C1", ha="right")
axes.axhline(entropy(p), color="black", linewidth=1)
axes.text(0.99, entropy(p) - 0.06, "entropy of $p$", ha="right", va="top")
axes.set(xlabel="$q_1$, where $p_1 = 0.2$", ylabel="bits", ylim=(0, 4))
plt.show()

# %% [markdown]
# ## The first gradient
#
# A network learns by the slope of its loss. How does $H(p, q)$ change with each $q_n$? Only one term of the sum has
# $q_n$ in it, and $\log_2 q = \ln q / \ln 2$:
#
# $$\frac{\partial H}{\partial q_n} = -\frac{p_n}{q_n \ln 2}$$


# %%
def cross_entropy_gradient(p, q):
    return -p / (q * np.log(2))


report = autocheck.check_gradient(cross_entropy, cross_entropy_gradient, p, q, argnums=1)
print(report)

# %% [markdown]
# The verdict is `agrees`. autocheck ran both functions on numbers with many digits and took the derivative by its
# definition. No step size, no tolerance. (Notebook 05 shows how.)
#
# ## Exercise
#
# Derive the gradient of the entropy, $\partial E / \partial p_n$. Mind the product rule: $p_n$ stands in $p_n \log_2
# p_n$ twice. The first attempt below looks plausible. What is wrong with it? Mend it, and run both cells again.


# %% tags=["exercise"]
def entropy_gradient(p):
    return -(np.log2(p) + 1)


# %% tags=["judge"]
print(autocheck.check_gradient(entropy, entropy_gradient, p))

# %% [markdown]
# <details>
# <summary>Solution</summary>
#
# The 1 would be right for the natural logarithm, whose derivative is $1/p$. The derivative of $\log_2 p$ is $1/(p \ln
# 2)$, and $1/\ln 2 = \log_2 e$:
#
# $$\frac{\partial E}{\partial p_n} = -\left(\log_2 p_n + p_n \frac{1}{p_n \ln 2}\right) = -(\log_2 p_n + \log_2 e)$$
#
# ```python
# def entropy_gradient(p):
#     return -(np.log2(p) + 1 / np.log(2))
# ```
#
# </details>
