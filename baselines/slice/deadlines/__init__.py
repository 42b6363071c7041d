"""Slices in which packets wait: a certified bound, feasible plans, rules, and a filter.

`episode` states the problem; `programme` solves one user's part, or two users', exactly; `bound`
prices RBs and bounds the loss; `plan` finds feasible plans; `sampled` bounds policies that react to
sampled deliveries; `rules` holds schedulers; `hidden` filters channel classes that are not shown.
"""
