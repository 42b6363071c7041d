"""Maximising a sum of sigmoids under one budget: exact, bounded, and relaxed.

`problem` states it; `envelope` and `dual` bound it; `rounding` repairs the bound's point into
whole resource blocks; `pruning` rules out grants by that bound and `knapsack` solves what is left
exactly; `convex` is the relaxation in CVXPY; `solvers` puts them together.
:func:`difsched.baselines.slice.oracle.maximize_sigmoids` is the entry to all of them.
"""
