"""The learners' losses against their papers' formulas, computed anew in numpy on a small batch."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from difsched.agents.actors.schedule import betas
from difsched.agents.networks import MLPNetwork
from tests.agents.conftest import make_agent, make_batch

Array = NDArray[np.float64]
ROWS, STEP, BUDGET = 9, 3, 60.0


def sigmoid(values: Array) -> Array:
    return 1 / (1 + np.exp(-values))


def normalised(values: Array) -> Array:
    centred = values - values.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)


ACTIVATIONS: dict[str, Any] = {
    "silu": lambda x: x * sigmoid(x),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "normalised_silu": lambda x: normalised(x * sigmoid(x)),
}


def array(tensor: Tensor) -> Array:
    return tensor.detach().double().numpy()


def outputs(network: Any, values: Array, member: int = 0) -> Array:
    """Return what a network says, (R, N, D), of values (R, N, I)."""
    activation = ACTIVATIONS[network.activation]

    def affine(part: Any, hidden: Array) -> Array:
        return hidden @ array(part.weight[member]) + array(part.bias[member])

    if isinstance(network, MLPNetwork):
        hidden = values.reshape(len(values), -1)
        for part in network.hidden:
            hidden = activation(affine(part, hidden))
        return affine(network.last, hidden).reshape(*values.shape[:2], -1)
    hidden = activation(affine(network.first, values))
    for own, pooled in zip(network.own, network.pooled, strict=True):
        context = affine(pooled, hidden.mean(axis=1, keepdims=True))
        hidden = activation(affine(own, hidden) + context)
    return affine(network.last, hidden)


class Case:
    """A learner, its target, a batch, and the noise that its loss draws in turn."""

    def __init__(self, name: str, **changes: Any) -> None:
        self.agent, self.target = (make_agent(name, seed, **changes) for seed in (0, 1))
        self.config: Any = self.agent.config
        batch = make_batch(self.agent, ROWS)
        following = batch.next_action.clone()
        following[2:4] = torch.nan  # an episode's end
        self.batch = replace(batch, next_action=following)
        self.seen, self.after = (array(s.features) for s in (batch.state, batch.next_state))
        self.action, self.outcomes = array(batch.action), array(batch.outcomes)
        self.generator = torch.Generator().manual_seed(5)

    def losses(self) -> dict[str, float]:
        """Return what the learner says, with its whole loss."""
        noise = torch.Generator().manual_seed(5)
        whole, parts = self.agent.loss(self.batch, self.target, STEP, noise)
        return {name: float(part.detach()) for name, part in {"whole": whole, **parts}.items()}

    def normal(self, *shape: int) -> Array:
        return array(torch.randn(shape or self.action.shape, generator=self.generator))

    def steps(self) -> NDArray[np.int64]:
        steps = self.config.diffusion_steps
        return torch.randint(steps, (ROWS,), generator=self.generator).numpy()

    def admitted(self, action: Array) -> Array:
        """Return the nearest grants of the budget, or of the box, by bisection."""
        space = self.agent.space
        grants = space.center + space.scale * action
        if not space.project:
            return (grants.clip(0, BUDGET) - space.center) / space.scale
        low, high = grants.min(axis=1, keepdims=True) - BUDGET, grants.max(axis=1, keepdims=True)
        for _ in range(60):
            middle = (low + high) / 2
            spends = np.maximum(grants - middle, 0).sum(axis=1, keepdims=True) > BUDGET
            low, high = np.where(spends, middle, low), np.where(spends, high, middle)
        return (np.maximum(grants - low, 0) - space.center) / space.scale

    def parts(self, said: Array) -> Array:
        by_user = getattr(self.config, "credit", "window") == "user"
        return said if by_user else said.mean(axis=1, keepdims=True)

    def q_parts(self, of: Any, seen: Array, action: Array) -> list[Array]:
        both = np.concatenate([seen, action], axis=-1)
        members = range(self.config.critics)
        return [self.parts(outputs(of.critic.functions, both, member)) for member in members]

    def q(self, action: Array) -> list[Array]:
        """Return Q_i(s, a) of the learner's critic, (R,) each."""
        seen = self.seen[: len(action)]
        return [part.mean(axis=(1, 2)) for part in self.q_parts(self.agent, seen, action)]

    def v_parts(self, seen: Array) -> Array:
        critic: Any = self.agent.critic
        return self.parts(outputs(critic.value, seen))

    def fit(self, goal: Array) -> float:
        """Return the squared error of the Q functions."""
        parts = self.q_parts(self.agent, self.seen, self.action)
        return float(np.mean([(part - goal) ** 2 for part in parts]))

    def implicit(self) -> dict[str, float]:
        """Return the losses of implicit Q-learning's critic; without a discount Q's alone."""
        gamma, tau = self.config.discount, self.config.expectile
        critic: Any = self.agent.critic
        goal = self.outcomes + (gamma * self.v_parts(self.after) if gamma else 0)
        found = {"critic": self.fit(goal)}
        if critic.value is not None:
            least = np.min(self.q_parts(self.target, self.seen, self.action), axis=0)
            missed = least - self.v_parts(self.seen)
            found["value"] = float((np.abs(tau - (missed < 0)) * missed**2).mean())
        return found

    def climb(self, action: Array, scale: int = 0) -> float:
        """Return -E Q_i / E |Q_j|, j so many places after i."""
        values, count = self.q(action), self.config.critics
        return float(-values[STEP % count].mean() / np.abs(values[(STEP + scale) % count]).mean())

    def gaussian(self) -> tuple[Array, Array]:
        """Return minus the log likelihood of each row, and a sample."""
        actor: Any = self.agent.actor
        mean, log_sd = np.split(outputs(actor.network, self.seen), 2, axis=-1)
        log_sd = log_sd.clip(-4, 1)
        losses = 0.5 * ((self.action - mean) / np.exp(log_sd)) ** 2 + log_sd
        return losses.mean(axis=(1, 2)), self.admitted(mean + np.exp(log_sd) * self.normal())

    def bars(self) -> tuple[Array, Array]:
        beta = betas(self.config.schedule, self.config.diffusion_steps)
        return beta, np.cumprod(1 - beta)

    def denoised(self, actor: Any, seen: Array, noisy: Array, step: Any) -> tuple[Array, Array]:
        """Return the denoiser's output and the clean action that follows."""
        bar = self.bars()[1][step].reshape(-1, 1, 1)
        told = np.broadcast_to(array(actor.embedding)[step], (len(seen), 8))[:, None]
        inputs = [seen, noisy, np.repeat(told, seen.shape[1], axis=1)]
        said = outputs(actor.denoiser, np.concatenate(inputs, axis=-1))
        if self.config.prediction == "action":
            return said, said
        return said, (noisy - np.sqrt(1 - bar) * said) / np.sqrt(bar)

    def cloned(self) -> tuple[float, Array]:
        """Return the denoiser's squared error, and the clean actions of its one step."""
        step, noise = self.steps(), self.normal()
        bar = self.bars()[1][step].reshape(-1, 1, 1)
        noisy = np.sqrt(bar) * self.action + np.sqrt(1 - bar) * noise
        said, clean = self.denoised(self.agent.actor, self.seen, noisy, step)
        goal = self.action if self.config.prediction == "action" else noise
        return float(((said - goal) ** 2).mean()), self.admitted(clean)

    def chain(self, actor: Any, seen: Array) -> Array:
        """Return the ends of denoising chains."""
        steps = self.config.diffusion_steps
        noise = self.normal(steps, *self.action.shape)
        beta, bar = self.bars()
        noisy = noise[0]
        for t in reversed(range(1, steps)):
            clean = self.admitted(self.denoised(actor, seen, noisy, [t])[1])
            mean = np.sqrt(bar[t - 1]) * beta[t] / (1 - bar[t]) * clean
            mean += np.sqrt(1 - beta[t]) * (1 - bar[t - 1]) / (1 - bar[t]) * noisy
            noisy = mean + np.sqrt(beta[t] * (1 - bar[t - 1]) / (1 - bar[t])) * noise[t]
        return self.admitted(self.denoised(actor, seen, noisy, [0])[1])


def check(case: Case, expected: dict[str, float], **weights: float) -> None:
    """Compare the parts, and the whole as their sum with weights."""
    whole = sum(weights.get(name, 1.0) * part for name, part in expected.items())
    assert case.losses() == pytest.approx({"whole": whole, **expected}, rel=2e-4, abs=2e-5)


def test_behaviour_cloning() -> None:
    case = Case("bc")
    check(case, {"cloning": case.cloned()[0]})


@pytest.mark.parametrize("discount", [0.0, 0.9])
def test_idql(discount: float) -> None:
    case = Case("idql", discount=discount)
    check(case, {**case.implicit(), "cloning": case.cloned()[0]})


def test_diffusion_q_learning_with_an_implicit_critic() -> None:
    case = Case("dql_default", eta=0.7)
    cloning, clean = case.cloned()
    check(case, {**case.implicit(), "cloning": cloning, "q": case.climb(clean)}, q=0.7)


@pytest.mark.parametrize("discount", [0.0, 0.9])
def test_diffusion_q_learning_as_published(discount: float) -> None:
    case = Case("dql_published", eta=0.7, discount=discount)
    goal = case.outcomes
    if discount:
        action = case.chain(case.target.actor, case.after)
        goal = goal + discount * np.min(case.q_parts(case.target, case.after, action), axis=0)
    cloning, _ = case.cloned()
    climb = case.climb(case.chain(case.agent.actor, case.seen), scale=1)
    check(case, {"critic": case.fit(goal), "cloning": cloning, "q": climb}, q=0.7)


@pytest.mark.parametrize("credit", ["user", "window"])
def test_implicit_q_learning(credit: str) -> None:
    case = Case("iql", credit=credit, beta=2.0, discount=0.9)
    rows, _ = case.gaussian()
    v = case.v_parts(case.seen).mean(axis=(1, 2))
    weight = np.exp(2.0 * (np.min(case.q(case.action), axis=0) - v)).clip(max=100)
    check(case, {**case.implicit(), "cloning": float((weight * rows).mean())})


@pytest.mark.parametrize("credit", ["user", "window"])
def test_conservative_q_learning(credit: str) -> None:
    case = Case("cql", credit=credit, alpha=0.3)
    _, sample = case.gaussian()
    order = torch.randperm(ROWS, generator=case.generator).numpy()
    other = case.action[order] + case.normal()
    level = np.log((np.exp(case.q(sample)) + np.exp(case.q(other))) / 2)
    above = float((level - np.array(case.q(case.action))).mean())
    found = {**case.implicit(), "q": case.climb(sample), "conservative": above}
    check(case, found, conservative=0.3)


@pytest.mark.parametrize("credit", ["user", "window"])
def test_td3_bc(credit: str) -> None:
    case = Case("td3_bc", credit=credit, alpha=5.0)
    actor: Any = case.agent.actor
    said = outputs(actor.network, case.seen)
    cloning = float(((said - case.action) ** 2).mean())
    climb = case.climb(case.admitted(said))
    check(case, {**case.implicit(), "cloning": cloning, "q": climb}, q=5.0)


@pytest.mark.parametrize("discount", [0.0, 0.9])
def test_rebrac(discount: float) -> None:
    case = Case("rebrac", actor_penalty=0.2, critic_penalty=0.3, discount=discount)
    goal = case.outcomes
    if discount:
        noise = (0.2 * case.normal()).clip(-0.5, 0.5)
        target: Any = case.target.actor
        action = case.admitted(case.admitted(outputs(target.network, case.after)) + noise)
        missed = ((action - array(case.batch.next_action)) ** 2).mean(axis=(1, 2), keepdims=True)
        missed[2:4] = 0
        ahead = np.min(case.q_parts(case.target, case.after, action), axis=0)
        goal = goal + discount * (ahead - 0.3 * missed)
    actor: Any = case.agent.actor
    said = outputs(actor.network, case.seen)
    cloning = float(((said - case.action) ** 2).mean())
    climb = case.climb(case.admitted(said))
    check(case, {"critic": case.fit(goal), "cloning": cloning, "q": climb}, cloning=0.2)


def test_flow_q_learning() -> None:
    case = Case("flow_set", eta=0.7, distillation=2.0, flow_steps=3)
    actor: Any = case.agent.actor
    time = array(torch.rand(ROWS, generator=case.generator)).reshape(-1, 1, 1)
    noise, half = case.normal(), (ROWS + 1) // 2

    def velocity(seen: Array, noisy: Array, at: Any) -> Array:
        inputs = [seen, noisy, np.broadcast_to(at, noisy.shape)]
        return outputs(actor.flow, np.concatenate(inputs, axis=-1))

    missed = velocity(case.seen, (1 - time) * noise + time * case.action, time)
    flow = ((missed - (case.action - noise)) ** 2).mean()
    start, seen = case.normal(half, *case.action.shape[1:]), case.seen[:half]
    end = start
    for step in range(3):
        end = end + velocity(seen, end, step / 3) / 3
    one = case.admitted(outputs(actor.one_step, np.concatenate([seen, start], axis=-1)))
    distance = ((one - case.admitted(end)) ** 2).mean()
    found = {"cloning": float(flow + 2.0 * distance), "q": case.climb(one)}
    check(case, {**case.implicit(), **found}, q=0.7)


def test_shortcut_model() -> None:
    case = Case("shortcut_set", eta=0.7, halvings=2)
    actor: Any = case.agent.actor

    def velocity(seen: Array, noisy: Array, at: Any, length: Any) -> Array:
        more = [np.broadcast_to(value, noisy.shape) for value in (at, length)]
        return outputs(actor.network, np.concatenate([seen, noisy, *more], axis=-1))

    def between(noise: Array, action: Array, at: Array) -> Array:
        return (1 - at) * noise + at * action

    time = array(torch.rand(ROWS, generator=case.generator)).reshape(-1, 1, 1)
    noise, half = case.normal(), (ROWS + 1) // 2
    missed = velocity(case.seen, between(noise, case.action, time), time, 0.0)
    flow = ((missed - (case.action - noise)) ** 2).mean()

    seen, action = case.seen[:half], case.action[:half]
    halving = torch.randint(3, (half,), generator=case.generator).numpy().reshape(-1, 1, 1)
    steps = 2.0**halving
    place = array(torch.rand(half, generator=case.generator)).reshape(-1, 1, 1)
    time, length = np.floor(place * steps) / steps, 1 / steps
    noisy = between(case.normal(*action.shape), action, time)
    asked = np.where(halving == 2, 0.0, length / 2)
    first = velocity(seen, noisy, time, asked)
    second = velocity(seen, noisy + length / 2 * first, time + length / 2, asked)
    missed = velocity(seen, noisy, time, length) - (first + second) / 2
    consistency = (missed**2).mean()

    start = case.normal(*action.shape)
    one = case.admitted(start + velocity(seen, start, 0.0, 1.0))
    found = {"cloning": float(flow + consistency), "q": case.climb(one)}
    check(case, {**case.implicit(), **found}, q=0.7)
