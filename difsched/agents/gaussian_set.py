"""Q-learning with a Gaussian actor: the unimodal rival of diffusion Q-learning on set networks."""

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.gaussian import GaussianActor
from difsched.agents.critic import Critic
from difsched.agents.regularised import Regularised
from difsched.config.models.gaussian_set import GaussianSetConfig


class GaussianSet(Regularised):
    """Diffusion Q-learning with a Gaussian in place of the diffusion model, all else equal.

    Its cloning loss is minus the log likelihood.
    """

    config: GaussianSetConfig

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make actor and critic."""
        self.actor = GaussianActor(self.space, features, network)
        self.critic = Critic(self.config, self.problem, features, network)


AGENT = GaussianSet
