"""A critic that is a sum over entities of what each has from its own grant."""

from torch import Tensor, nn

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.features import State
from difsched.agents.critic import Critic
from difsched.agents.networks import ALL
from difsched.agents.structured.curves import Knots
from difsched.config.learner import SeparableConfig
from difsched.errors import InputError


class SeparableCritic(Critic):
    """Q = mean_i q_i(s, r_i): each part sees all of the observation, and its own grant alone.

    In a `Critic` the parts see one another's grants, too, through what the networks pool. Here the
    network sees the observation, pooled over all entities, and draws a curve for each; see `Knots`.
    What it is fitted to, and how, is that of every critic.

    Raises
    ------
    InputError
        If the family's rewards are not the mean of the entities' outcomes.
    """

    config: SeparableConfig

    def make_functions(self, features: int, count: int, network: MakeNetwork) -> nn.Module:
        """Return the network of the curves; see `Critic.make_functions`."""
        if self.outcomes.combine is not None:
            raise InputError(
                "the family's rewards are not the mean of outcomes: must be, as in slice"
            )
        self.knots = Knots.of(self.space, self.config.knots)
        return network(features, self.knots.count, self.config.critics)

    def q_parts(self, state: State, action: Tensor, members: slice = ALL) -> Tensor:
        """Return the parts (M, R, P, 1) of Q(s, a), of some members or all."""
        curves = self.functions(state.features, members)
        return self._parts(self.knots.at(curves, action.squeeze(-1)).unsqueeze(-1))

    def table(self, state: State, grants: Tensor) -> Tensor:
        """Return what entities are worth with each of C grants, (R, N, C): the members' mean.

        The least member, by which others rank, is not the sum of its entities' least.
        """
        curves = self.functions(state.features).mean(dim=0)
        return self.knots.table(curves, grants)
