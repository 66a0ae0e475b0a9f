"""Every number that the judge compares with, and why it is that number.

None of them is a tolerance on a gradient: the formula is judged by convergence, rounding by what inputs of finite
precision make unavoidable.
"""

# --- the definition of the derivative ---------------------------------------------------------------------------------

STEP_BITS = 160
"""The step is 2^-160 of the moved number: far below any structure that 53-bit inputs can have (a kink 1 ulp away)."""

STEP_RATIO_BITS = 40
"""The second step is 2^40 times smaller: a right claim's residual shrinks by 2^-40 (2^-20 for |x|^1.5)."""

CONVERGED_BITS = 10
"""A residual that shrank by 2^-10 or more over that ratio is on its way to zero; a wrong claim's stays as it is."""

ZERO_EXPONENT = -1100
"""The binary exponent that stands in for an element that is 0: below the smallest subnormal, 2^-1074."""

FIRST_PRECISION = 512
"""Bits to start with: a difference at the second step leaves 512 - 2 * 200 bits, more than twice a float64's."""

SPARE_BITS = 64
"""Of the first precision so many bits may be used up by an element below 1 before twice the bits are taken at once."""

LAST_PRECISION = 2**15
"""Bits to stop at: what is undecided then is `inconclusive`, with its reason."""

ZERO_PRECISION = 2**12
"""Bits at which what still can't be told from zero is zero: the smallest ratio of two float64 is 2^-2098."""

NARROW_BITS = 200
"""A difference below 2^-200 of the very numbers compared (60 digits) is none: no two formulas differ there and only there."""

# --- constants that the code rounds -----------------------------------------------------------------------------------

CONSTANT_RESIDUAL_BITS = 40
"""A residual below 2^-40 of the gradient may be the rounding of constants (2^-53) and of a few operations on them."""

CONSTANT_DRAWS = 16
"""How often the constants are moved by half an ulp, each up or down at random: some draw moves the residual by its own size."""

CONSTANT_SHARE = 4
"""The residual must move by a quarter of its own size to be the constants': a true error of 1e-14 moves by 1 %."""

# --- rounding ---------------------------------------------------------------------------------------------------------

ULP_DRAWS = 4
"""How often the inputs are moved by one ulp to see what no evaluation in that precision could avoid."""

EXCUSED_SPREADS = 16
"""How many such spreads are excused: an evaluation rounds more often than once."""

BLACK_BOX_ULPS = 2**10
"""A gradient whose formula can't be run exactly agrees within so many ulp; more is told, not passed."""

BOX_SPREADS = 2
"""How many one-ulp spreads (and ulp) a black box is excused, whose own formula can't be run: low precision leaves no room."""

BOX_DOUBT = 4
"""A box that is off by more than so many times what it is excused is wrong; in between nobody can tell."""

REFERENCE_DIGITS = 15
"""A textbook definition rounds its own constants to float64: its agreement in exact arithmetic ends near digit 16."""

REFERENCE_FLOAT_DIGITS = 8
"""Half the digits of float64: where a definition runs in floats only, more may be its own rounding."""

# --- points -----------------------------------------------------------------------------------------------------------

BENEATH_FLOATS = 2.0**-64
"""A difference of so little, beside the derivative itself, is shown by no format that NumPy computes in: the last place of the
longest, x86's of 80 bits, is 2^-63."""

ORDINARY_POINTS = 4
"""At so many points of ordinary size such a difference must stay below the last digit of float64: it might be saturation's."""

OTHER_POINTS = 8
"""How many other points are tried for a gradient that is zero at the given one."""

SATURATED = 40.0
"""Size of an argument at which exponentials swamp 1: e^-40 is 4e-18."""

MOST_SITES = 4
"""How many one-sided branches a report names."""

# --- cost -------------------------------------------------------------------------------------------------------------

BUDGET = 2.0
"""Seconds that the exact route may take before it changes from single elements to random directions."""

SECONDS_BEFORE_A_BAR = 1.0
"""A check that is done sooner shows no progress bar: it would only flicker."""

SECONDS_PER_CLAIM = 60.0
"""What `autocheck run` gives one claim, at all its points: budgets are spent several times over, yet a loop without end ends."""

SECONDS_PER_BALL = 5e-7
"""Nominal cost of one ball operation: work is counted, not timed, so that a verdict does not depend on the machine."""

OPERATIONS_OF = {
    **dict.fromkeys(("exp", "expm1", "exp2", "sin", "cos", "tan", "sinh", "cosh", "tanh", "expit"), 5),
    **dict.fromkeys(
        ("log", "log1p", "log2", "log10", "arctan", "arcsin", "arccos", "arcsinh", "arctanh", "arctan2"), 5
    ),
    **dict.fromkeys(
        ("power", "float_power", "cbrt", "logaddexp", "logaddexp2", "xlogy", "xlog1py", "entr", "rel_entr"), 5
    ),
    **dict.fromkeys(
        ("erf", "erfc", "erfcx", "ndtr", "log_ndtr", "logit", "sinc", "exp1", "expi", "i0", "i1", "i0e", "i1e"), 25
    ),
    **dict.fromkeys(
        ("gamma", "gammaln", "loggamma", "psi", "digamma", "beta", "betaln", "erfinv", "ndtri", "spence"), 100
    ),
    **dict.fromkeys(("polygamma", "zeta", "gammainc", "gammaincc", "betainc", "jv", "iv", "kv", "expn"), 200),
}
"""What a function costs beside an addition, in round numbers; 1 for the rest."""

OPERATIONS_OF_OTHERS = 100
"""The same of functions that are worked out in several steps: series, distributions."""

DIRECTIONS = 3
"""Random directions for each parameter that is too large to be judged element by element, at the least."""

MOST_DIRECTIONS = 8
"""And at the most: each of them alone sees any single wrong element."""

KINKS_ASKED = 4
"""Elements that are likely at a kink and asked one by one, for each direction that would mix the sides of many."""

DIFFERENCE_COLUMNS = 4
"""Columns of independent rows that floating-point differences are taken for: a witness, not the judge."""

DIFFERENCE_ELEMENTS = 1
"""Elements of any other parameter for which they are taken: the one that tells most."""

DIRECTION_STEP = (10, 4)
"""Differences along a direction start with a step of 2^-10 of each number, in single precision 2^-4, ..."""

DIRECTION_RUNGS = 4
"""... and take so many steps, each half of the one before: eight calls of f."""

CONFIRMING_RUNGS = 3
"""Where differences only confirm what automatic differentiation says of each element, six calls are enough."""

VAGUE = 16.0
"""A difference whose bar takes up more than half the digits of its terms, give or take 16 ulp, tells too little to agree."""

DIFFERENCE_ELEMENTS_ALONE = 300
"""The same where floating-point differences are the only witness: then what was not asked is not judged."""

CURVE_EXPONENTS = (2, 6, 12, 20, 30, 45, 60, 80, 100, 130, 160)
"""Steps 2^-k at which the exact quotient is drawn beside the floating-point ones."""

CURVE_SHARE = 0.25
"""Of the budget, what the exact quotient may take to be drawn: a picture never costs as much as the verdict."""

DRAWN_ELEMENTS = 4096
"""A gradient of more elements is not drawn element by element: each would be smaller than a pixel or two."""

LADDER_RUNGS = 46
"""Steps from 1 down to 2^-45 of the point's size: beyond it differences of float64 are noise."""

NOISE_FACTOR = 3.0
"""A difference of two values errs by up to twice their noise, and its extrapolation by a little more."""

KINK_SHARE = 2.0**-5
"""The slopes of both sides are a kink where the central bar is no smaller than so much of their gap: else it sees through it."""

ENDLESS_RATIO = 0.95
"""A slope whose change per halved step does not shrink by 5 % grows without end (|x|^1.1 shrinks by 7 %, x log x by none)."""

ENDLESS_WAVER = 0.1
"""By how much that ratio may differ from rung to rung: of a power, a logarithm or a jump it is constant, of noise anything."""

ENDLESS_RUNGS = 5
"""On so many of the smallest steps in a row."""

ENDLESS_NOISE = 2.0**-48
"""Rounding of f beside how much it changes: what is less is no growth."""

BESIDE = 1.125
"""Where a step in a staircase is looked for: an eighth of the step farther out."""

STILL_RUNGS = 4
"""A function that stands still on so many of the smallest rungs may be a staircase, ..."""

STAIRS = 4
"""... which is asked on the so many rungs where it first moves, ..."""

STAIR_ULPS = 8.0
"""... by more than so many ulp: a staircase of single ulp is what floats are."""

NOISE_SPACING = 0.85
"""The floor of the noise is measured at steps of u^0.85 (2^-45 for float64): no pole or wave is so near, and x + h is exact."""

NOISE_POINTS = 9
"""How many values the noise is measured on."""

FLOAT32_ROUNDOFF = 2.0**-24
"""Unit roundoff of float32: at this or more, points are rounded to float32 before they are used."""

ACCURACY_BITS = 1200
"""Bits for the exact value of a formula whose floating-point result is measured."""

SENSITIVITY_BITS = 300
"""Inputs are moved by 2^-300 of themselves to measure a condition number."""

ACCURACY_BAR = 4.0
"""handgrad's own quality bar: every formula within 4 (1 + kappa) ulp of its exact value."""

COMPILED_WELL = 100_000
"""Numbers among the arguments from which on a JAX function runs long enough to be worth compiling with care."""

OPERATIONS_PER_CALL = 10
"""What a call of a ufunc costs beside its elements, in ball operations."""

NEARBY = 2.0**-30
"""How far from the point, beside its size, autodiff is asked again where it contradicts the definition at the point."""

SIDES_OF_A_KINK = (8, 64)
"""At so many points, and at so many while a claim is in doubt, what the slopes on the sides of a kink are: of sixteen equals each
is the largest at some of 64, but in one case of 60; one that never was is not spoken of."""

SIDES_TO_ACQUIT = 4
"""At so many points to begin with whether a claim at several kinks lies in the plane through the gradients close by: most do."""

DISTANCES = 16
"""They lie up to 2^-16 times nearer than NEARBY, element by element: any of a tie's elements is the largest at some of them."""

KINKS_TOGETHER = 16
"""Elements at kinks that are looked at together: the gradients at 64 points then leave no side of a kink unseen."""

KINKS_LISTED = 10_000
"""Of each parameter, in floating point: a million of them would take longer to list than the check takes."""

NO_JUMP = 2.0**-20
"""Beside the widest jump between the slopes, what autodiff's rounding and the curvature over 2^-30 can make of zero."""

OFF_THE_PLANE = 2.0**-10
"""A claim is beside the plane by a thousandth of the jump or not at all: mistakes at ties are whole slopes."""

SECOND_STEP_BITS = 400
"""Second derivatives difference a derivative that is itself a difference, with a step of 2^-400: far below 2^-240."""

# --- chains of steps --------------------------------------------------------------------------------------------------

CHAIN_POINTS = 20
"""Random points at which the steps of a derivation are compared, beside one simple point that makes a readable example."""

CHAIN_DIGITS = 90
"""Digits to which two steps must agree there: what 512 bits leave after everything that a page of algebra cancels."""

CHAIN_CHOICES = 2**20 - 1
"""Numerators that each input is drawn from: a wrong rational step of degree d agrees at a point with a chance of d over this."""

CHAIN_SCALES = (16, 20, 26, 12)
"""Inputs are numerators over 2^these in turn: up to 16, up to 1, up to 1/64, up to 256."""

CHAIN_SIZES = (2, 3, 4)
"""Lengths of the arrays, in turn: one element or all alike would hide a lost sum, a lost transpose."""

CHAIN_JAX_POINTS = 3
"""Points at which JAX is asked too, in exact arithmetic through its jaxpr."""

CHAIN_SHORT_BITS = 20
"""Bits of the denominator of a constant that somebody wrote (1/2, 0.25); what needs more was rounded, and may be no fraction."""

MUCH_LESS = 10
"""What « asks for: ten times smaller, the least that anybody means by it."""

# --- diagnosis --------------------------------------------------------------------------------------------------------

DIAGNOSIS_BITS = 140
"""A mistake reproduces the claimed gradient to 42 digits of its largest element: slopes by the definition have about 60."""

CONSTANT_BITS = 44
"""Where the code rounds its own constants (2^-53, and a few operations on them), two ways of writing it differ by that."""

FLOAT_SHARE = 2
"""Where a gradient is known in floating point only, it must do so to half of its dtype's bits."""

FIRST_LOOK = 1e-6
"""What differs by more in floating point is not asked again exactly: most mistakes that are tried."""

LARGEST_IN_FRACTION = 16
"""Fractions up to 16/16 are recognised as such; anything else needs a meaning."""

LARGEST_POWER_OF_TEN = 6
"""So are powers of ten down to 1e-6: the weights that people give to penalties."""

MOST_STEPS = 20_000
"""Steps of a derivation, one for each number computed: more take longer to pull back than the check itself."""

MUTATIONS_AT_ONCE = 64
"""So many mistakes are pulled back side by side."""

FINDINGS = 4
"""So many steps that explain the claim are confirmed exactly; the first is named."""

RUNS_PER_PASS = 4
"""A pass through the derivation takes about as long as four runs of f on balls: a diagnosis costs no more than the check."""

PASSES_PER_RUN = 2
"""f or the claim run again with one call done otherwise takes about as long as two passes through f's derivation."""

GRADIENTS_PER_FAMILY = 2
"""Of a mistake with a number in it most are given up after one gradient; with what the others take it is two."""

POINTING = 0.1
"""The share of the squared error that the first step of Newton's method must promise to take away: else it leads nowhere."""

FREE_STEPS = 100_000
"""Steps that a diagnosis may always pass, however cheap the check was: a few tenths of a second."""

NEWTON_STEPS = 8
"""Newton's method doubles the digits each time: 8 of them lead from one digit to all."""

NEWTON_BITS = 100
"""The step of the slope that it goes by, in bits below the unit: 30 digits of the slope are right."""

MOST_PLACES = 6
"""Decimal places that arguments are printed to, and typed in again."""

DIFFERENCED_ELEMENTS = 12
"""A difference quotient in the place of a derivative is made again for so few elements: each needs two runs for each step."""

DIFFERENCE_STEPS = 8
"""Steps of 1e-2 to 1e-8."""

INERT_PATHS = 4
"""So many paths that add up to nothing are left out one by one, before all of them together."""

MOST_LEVELS = 4
"""Divisions inside of one another in one expression: more are a loop's."""

SHORT_DECIMAL = 8
"""Characters of a number that somebody typed in: what is longer is a coincidence where only 13 digits are known."""
