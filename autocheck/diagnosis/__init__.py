"""From a wrong gradient to the mistake that makes it: each known one is made on purpose, and what comes out is compared.

Pure functions of arrays. `case.py` is what is known of a wrong claim, `whole.py` the mistakes that are made on a gradient as a
whole, `steps.py` those that are made at one step of f's derivation, `constants.py` the numbers that have a name.
"""
