"""What the log knows nothing of: actions of single entities that nobody took.

A network is trained to tell what single entities did from what they did in other windows with noise
of one unit. By noise-contrastive estimation (Gutmann and Hyvarinen 2010) its log odds are the log
of the ratio of the two densities, whatever the behaviour was. Where they are below FLOOR, a
critic's value is a guess, and costs: as in supported policy optimisation (Wu et al. 2022), but with
a classifier for the density, and nothing taken off inside.

The classifier sees one entity, not the others: a combination of actions that were never taken
together is inside, as a critic whose parts are fitted to each entity's outcomes carries over to it.
With ``support: action`` it sees the action alone, and what was done in any state is inside; with
``support: state`` what was done in such a state.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import relu, softplus

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.actor import MakeNetwork, draw
from difsched.agents.actors.features import State

#: Log odds below which an action is outside: logged a twentieth as often as noise makes it.
FLOOR = -3.0


class Support(nn.Module):
    """Log odds that actions of single entities are logged ones.

    Parameters
    ----------
    space : ActionSpace
        What actions are admitted.
    features : int
        Features of an entity that the classifier sees beside the action; 0: the action alone.
    network : callable
        Makes the network, which sees one entity at a time.
    """

    def __init__(self, space: ActionSpace, features: int, network: MakeNetwork) -> None:
        super().__init__()
        self.space, self.features = space, features
        self.classifier = network(features + space.width, 1)

    def log_odds(self, state: State, action: Tensor) -> Tensor:
        """Return the log odds (R, N) of each entity for actions (R, M, A); (R, M) without state."""
        seen = action
        if self.features:
            spread = self.space.spread(action, state.entities)
            seen = torch.cat([state.features, spread], dim=-1)
        odds: Tensor = self.classifier(seen.reshape(-1, 1, seen.shape[-1]))[0]
        return odds.view(seen.shape[:2])

    def loss(self, state: State, action: Tensor, generator: torch.Generator) -> Tensor:
        """Return the logistic loss of telling logged actions (R, M, A) from others with noise."""
        order = torch.randperm(len(action), generator=generator).to(action.device)
        other = action[order] + draw(action.shape, generator, action)
        logged, made = self.log_odds(state, action), self.log_odds(state, other)
        return softplus(-logged).mean() + softplus(made).mean()

    def outside(self, state: State, action: Tensor) -> Tensor:
        """Return how far actions (R, M, A) lie outside: mean_i max(0, FLOOR - log odds_i), (R,)."""
        return relu(FLOOR - self.log_odds(state, action)).mean(dim=-1)
