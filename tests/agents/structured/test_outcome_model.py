"""The model of outcomes: its likelihood by hand."""

import numpy as np
import pytest
import torch
from scipy.special import expit, log_softmax

from difsched.agents.critic import Batch
from difsched.agents.structured.neural_estimate import NeuralEstimate
from tests.agents.conftest import USERS, make_agent, observations


def case(windows: int = 5) -> tuple[NeuralEstimate, Batch]:
    agent = make_agent("neural_estimate")
    assert isinstance(agent, NeuralEstimate)
    generator = np.random.default_rng(0)
    sent = generator.integers(0, 90, (windows, USERS))
    sent[-1] = 0
    columns = {"sent": sent, "delivered": generator.binomial(sent, 0.6)}
    state = agent.standardizer.state(observations(windows))
    tensors = {name: torch.tensor(column, dtype=torch.float32) for name, column in columns.items()}
    action = torch.randn(windows, USERS, 1)
    return agent, Batch(state, action, torch.zeros(windows, 1, 1), state, action, tensors)


def test_the_loss_is_minus_the_log_likelihood_of_a_packet() -> None:
    agent, batch = case()
    with torch.no_grad():
        scores, curves = (part.numpy() for part in agent.model.draw(batch.state))
        loss = float(agent.model.loss(batch))
    knots = agent.model.knots
    places = np.linspace(knots.low, knots.high, knots.count)
    total = 0.0
    for row in range(5):
        whose = log_softmax(scores[row])
        sent, delivered = (batch.columns[name][row].numpy() for name in ("sent", "delivered"))
        for user in range(USERS):
            if not sent.sum():
                continue
            odds = np.interp(batch.action[row, user, 0], places, curves[row, user])
            fate = delivered[user] * np.log(expit(odds))
            fate += (sent[user] - delivered[user]) * np.log(expit(-odds))
            total -= (sent[user] * whose[user] + fate) / sent.sum()
    assert loss == pytest.approx(total / 5, rel=1e-5)


def test_values_are_the_part_of_all_packets_that_arrives() -> None:
    agent, batch = case()
    grants = agent.space.grants
    values = agent.model.values(batch.state, grants)
    success = agent.model.success(batch.state, grants)
    assert values.shape == (5, USERS, 61)
    assert torch.allclose((values / success).sum(dim=1), torch.ones(5, 61), atol=1e-5)
