"""Q-learning with a shortcut model for an actor: one pass decides, and nothing is distilled."""

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.shortcut import ShortcutActor
from difsched.agents.critic import Critic
from difsched.agents.regularised import Regularised
from difsched.config.models.shortcut_set import ShortcutSetConfig


class ShortcutSet(Regularised):
    """Diffusion Q-learning with a shortcut model in place of the diffusion, all else equal."""

    config: ShortcutSetConfig

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make actor and critic."""
        halvings = self.config.halvings
        self.actor = ShortcutActor(self.space, features, network, halvings=halvings)
        self.critic = Critic(self.config, self.problem, features, network)


AGENT = ShortcutSet
