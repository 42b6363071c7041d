"""Slices with a promised floor: bound and optimum by Lagrangian duality, and who keeps it.

`problem` states it; `dual` bounds every policy and finds multipliers, by the cutting planes of
`cuts`; `policies` has the rule with virtual queues and the planners, `schedulers` and
`of_the_slice` list all methods.
"""
