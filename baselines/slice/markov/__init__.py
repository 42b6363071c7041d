"""The mathematics of the MDP scheduler: demand states, their chain, value iteration."""
