"""Diffusion Q-learning (Wang et al. 2023) with the critic of implicit Q-learning.

``dql_default`` has perceptrons and actions in a box, ``dql_set`` is ours: networks equivariant to
the users' order, a projection to the budget, clean actions predicted instead of noise, credit by
user, and the critic's gradient through whole denoising chains. Each of these is a hyper-parameter
of its own. The algorithm with the critic of its paper is in `difsched.agents.dql_published`.

``idql`` has no Q loss, ``eta = 0``: a clone of the data proposes and an implicit critic takes the
best, which is implicit diffusion Q-learning (Hansen-Estruch et al. 2023, algorithms 1 and 2, the
greedy choice).
"""

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.diffusion import DiffusionActor
from difsched.agents.critic import Critic
from difsched.agents.regularised import Regularised
from difsched.config.models.dql import DQLConfig


class DQL(Regularised):
    """A diffusion model of the data's actions that is pulled towards what the critic prefers.

    The critic is that of implicit Q-learning; see `Critic.loss`. What the critic judges is the end
    of a denoising chain, or of one step (Kang et al. 2023, eq. 9), as ``gradient`` says.
    """

    config: DQLConfig

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make the denoiser, and the critic where it judges or ranks."""
        config = self.config
        self.actor = DiffusionActor(
            self.space,
            features,
            network,
            steps=config.diffusion_steps,
            schedule=config.schedule,
            prediction=config.prediction,
            gradient=config.gradient,
        )
        if config.has_critic:
            self.critic = Critic(config, self.problem, features, network)


AGENT = DQL
