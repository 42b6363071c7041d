"""Flow Q-learning (Park, Li and Levine 2025): one pass decides, behind a flow that clones."""

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.flow import FlowActor
from difsched.agents.critic import Critic
from difsched.agents.regularised import Regularised
from difsched.config.models.flow_set import FlowSetConfig


class FlowSet(Regularised):
    """Flow Q-learning on the networks, projection and critics of ``dql_set``.

    A flow clones the data; the actor is a one-step policy distilled from it that climbs the critic.
    The critic's loss and the weight ``eta`` of its judgement are those of all learners here: the
    published weight is on the distillation instead, which is ``distillation / eta``.
    """

    config: FlowSetConfig

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make actor and critic."""
        self.actor = FlowActor(
            self.space,
            features,
            network,
            steps=self.config.flow_steps,
            distillation=self.config.distillation,
        )
        self.critic = Critic(self.config, self.problem, features, network)


AGENT = FlowSet
