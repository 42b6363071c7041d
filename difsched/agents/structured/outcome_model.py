"""What becomes of a window's packets, by maximum likelihood: whose they are, and which arrive."""

from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.features import State
from difsched.agents.critic import Batch
from difsched.agents.structured.curves import Knots

#: What the model learns from, columns of a log.
COLUMNS = ("sent", "delivered")


class OutcomeModel(nn.Module):
    """A packet is user i's with probability w_i(s), and gets through with p_i(s, r_i).

    One network draws both from the observation: a score for each user, of which w is the softmax,
    and a curve of log-odds over grants, of which p is the sigmoid; see `Knots`. Nothing is assumed
    of the curve's shape.

    Parameters
    ----------
    space : ActionSpace
    features : int
        Features a user.
    network : callable
        Makes the network.
    knots : int
        Grants at which a curve has its values.
    """

    def __init__(self, space: ActionSpace, features: int, network: MakeNetwork, knots: int) -> None:
        super().__init__()
        self.knots = Knots.of(space, knots)
        self.network = network(features, 1 + knots)

    def draw(self, state: State) -> tuple[Tensor, Tensor]:
        """Return the scores (R, N) and the curves of log-odds (R, N, K)."""
        output = self.network(state.features)[0]
        return output[..., 0], output[..., 1:]

    def loss(self, batch: Batch) -> Tensor:
        """Return minus the log-likelihood of a packet, a mean over those of each window.

        -sum_i [v_i log w_i + y_i log p_i + (v_i - y_i) log(1 - p_i)], v_i the share of the window's
        packets that user i sent, y_i the share that it got through: a multinomial likelihood and a
        binomial one (McCullagh and Nelder 1989, chapters 5 and 4), without what no weight moves.
        """
        share, arrived = shares(batch)
        scores, curves = self.draw(batch.state)
        odds = self.knots.at(curves, batch.action.squeeze(-1))
        fate = arrived * logsigmoid(odds) + (share - arrived) * logsigmoid(-odds)
        return -(share * scores.log_softmax(dim=-1) + fate).sum(dim=-1).mean()

    def success(self, state: State, grants: Tensor) -> Tensor:
        """Return p_i with each of C grants, (R, N, C)."""
        return self.knots.table(self.draw(state)[1], grants).sigmoid()

    def values(self, state: State, grants: Tensor) -> Tensor:
        """Return w_i p_i with each of C grants, (R, N, C): the part of all packets that arrive."""
        scores, curves = self.draw(state)
        arrives = self.knots.table(curves, grants).sigmoid()
        return scores.softmax(dim=-1).unsqueeze(-1) * arrives


def shares(batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the shares of each window's packets that users sent and got through, (R, N) each.

    Zero in a window without packets.
    """
    sent, delivered = (batch.columns[name] for name in COLUMNS)
    total = sent.sum(dim=-1, keepdim=True).clamp(min=1)
    return sent / total, delivered / total
