"""Arrays that stand in for NumPy's while a function is judged: exact ones (balls), traced ones (JAX), watched ones (floats)."""

from autocheck.lifted import functions as functions  # fills the table of NumPy functions before anything is patched
