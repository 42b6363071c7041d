"""Actors: what proposes an action, and its behaviour-cloning loss.

Notation: observation s, action a in units of the agent (`ActionSpace`), eps ~ N(0, 1); denoising
step t = 1..T, x_t = sqrt(abar_t) a + sqrt(1 - abar_t) eps.

Every actor has three verbs. ``bc_loss`` gives for logged (s, a) the loss of cloning each of them
and an action of the actor's own, differentiable, for a critic to judge. ``sample`` makes an action
of noise. ``mode`` is what the actor does when nobody ranks its samples.

An action is a function of what is seen and noise: whoever asks for one draws the noise, as many
standard normal numbers for each number of an action as the actor says, (R, draws, M, A) for R rows.
Here an action is (R, M, A): A numbers for each of M entities, or M = 1 where it is one for the
whole; see `ActionSpace`.
"""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn

from difsched.agents.actions import ActionSpace
from difsched.agents.features import State, step_embedding
from difsched.agents.schedule import Schedule

#: Makes a network for so many inputs and outputs a user; a third number: members of an ensemble.
MakeNetwork = Callable[..., nn.Module]
#: Range of a Gaussian's log standard deviation, in units of the agent.
LOG_SD = (-4.0, 1.0)


def draw(shape: tuple[int, ...] | torch.Size, generator: torch.Generator, like: Tensor) -> Tensor:
    """Return standard normal numbers from a generator on the CPU, on the device of ``like``."""
    return torch.randn(shape, generator=generator).to(like.device)


def draw_noise(
    draws: int, shape: tuple[int, ...] | torch.Size, generator: torch.Generator, like: Tensor
) -> Tensor:
    """Return the noise (R, draws, M, A) of actions of a shape (R, M, A), on ``like``'s device."""
    return draw((draws, *shape), generator, like).transpose(0, 1)


class Actor(Protocol):
    """What the agent asks of an actor; rows R, entities N, features F.

    Attributes
    ----------
    space : ActionSpace
        What actions are admitted.
    draws, mode_draws : int
        Standard normal numbers that `sample` and `mode` take for each number of an action.
    """

    space: ActionSpace
    draws: int
    mode_draws: int

    def bc_loss(
        self, state: State, action: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the cloning loss of each row, (R,), and proposals for the first rows, (P, M, A).

        The critic judges them; P = R but for a diffusion that saves on chains.
        """
        ...

    def sample(self, state: State, noise: Tensor) -> Tensor:
        """Return an action (R, M, A) of each row for noise (R, draws, M, A)."""
        ...

    def mode(self, state: State, noise: Tensor) -> Tensor:
        """Return the actions (R, M, A) taken when none is ranked; noise (R, mode_draws, M, A)."""
        ...


class DiffusionActor(nn.Module):
    """A denoising diffusion model of the action (Ho et al. 2020; Wang et al. 2023, eq. 1).

    Parameters
    ----------
    space : ActionSpace
        What actions are admitted.
    features : int
        Features an entity.
    network : callable
        Makes the denoiser.
    steps : int
        Denoising steps T, >= 1.
    schedule : {"vp", "linear", "cosine"}
        Noise schedule.
    prediction : {"noise", "action"}
        What the denoiser gives: eps, or the clean action itself.
    gradient : {"one_step", "chain", "half_chain"}
        What is proposed to a critic; see `bc_loss`.
    """

    embedding: Tensor

    def __init__(
        self,
        space: ActionSpace,
        features: int,
        network: MakeNetwork,
        *,
        steps: int,
        schedule: str,
        prediction: str,
        gradient: str = "one_step",
    ) -> None:
        super().__init__()
        self.space = space
        self.prediction, self.gradient = prediction, gradient
        self.schedule = Schedule(schedule, steps)
        self.draws = self.mode_draws = steps
        embedding = step_embedding(steps)
        self.register_buffer("embedding", embedding, persistent=False)
        self.denoiser = network(features + space.width + embedding.shape[1], space.width)

    def denoise(
        self, features: Tensor, noisy: Tensor, step: Tensor | slice
    ) -> tuple[Tensor, Tensor]:
        """Return the denoiser's output and the clean action that follows from it, both (R, M, A).

        The output is eps or the clean action itself, as ``prediction`` says. From eps the clean
        action is (x_t - sqrt(1 - abar_t) eps) / sqrt(abar_t) (Ho et al. 2020, eq. 15).

        Parameters
        ----------
        features : (R, N, F) Tensor
        noisy : (R, M, A) Tensor
            x_t.
        step : (R,) Tensor of int, or slice of one number
            t - 1, of each row or of all.
        """
        time = self.embedding[step].unsqueeze(1).expand(*features.shape[:2], -1)
        inputs = torch.cat([features, self.space.spread(noisy, features.shape[1]), time], dim=-1)
        output = self.space.pool(self.denoiser(inputs)[0])
        if self.prediction == "action":
            return output, output
        signal = self.schedule.alpha_bar[step].view(-1, 1, 1)
        return output, (noisy - (1 - signal).sqrt() * output) / signal.sqrt()

    def bc_loss(
        self, state: State, action: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the denoiser's squared error at a random x_t (Ho et al. 2020, eq. 14) and a_0.

        The proposal a_0 is the clean action that one denoising step gives from the same x_t
        (Kang et al. 2023, eq. 9), or with ``gradient: chain`` the end of a whole chain from noise,
        through which the critic's gradient then runs (Wang et al. 2023, eq. 3). A chain costs T
        passes, so ``half_chain`` runs one for the first half of the rows only.
        """
        step = torch.randint(self.schedule.steps, action.shape[:1], generator=generator)
        step, noise = step.to(action.device), draw(action.shape, generator, action)
        signal = self.schedule.alpha_bar[step].view(-1, 1, 1)
        noisy = signal.sqrt() * action + (1 - signal).sqrt() * noise
        output, clean = self.denoise(state.features, noisy, step)
        goal = action if self.prediction == "action" else noise
        cloning = (output - goal).square().mean(dim=(-2, -1))
        if self.gradient == "one_step":
            return cloning, self.space.admit(clean, state.observation)
        rows = len(state) if self.gradient == "chain" else -(-len(state) // 2)
        start = draw_noise(self.draws, action[:rows].shape, generator, action)
        return cloning, self.sample(state.map(lambda part: part[:rows]), start)

    def sample(self, state: State, noise: Tensor) -> Tensor:
        """Return the end of the denoising chain for each row: T steps from noise (R, T, M, A).

        The chain starts from the first row of the noise. After every step the clean action is
        admitted to the action space, then x_{t-1} follows from q(x_{t-1} | x_t, clean) (Ho et al.
        2020, eq. 6) and the noise's row t - 1, counted from 0.
        """
        noisy = noise[:, 0]
        for index in reversed(range(1, self.schedule.steps)):
            step = slice(index, index + 1)
            clean = self.denoise(state.features, noisy, step)[1]
            clean = self.space.admit(clean, state.observation)
            mean = self.schedule.posterior_mean(index, clean, noisy)
            noisy = torch.addcmul(mean, self.schedule.posterior_sd[index], noise[:, index])
        last = self.denoise(state.features, noisy, slice(0, 1))[1]
        return self.space.admit(last, state.observation)

    def mode(self, state: State, noise: Tensor) -> Tensor:
        """Return one sample."""
        return self.sample(state, noise)


class GaussianActor(nn.Module):
    """A Gaussian a | s with independent entities, mean and standard deviation from one network.

    Parameters
    ----------
    space : ActionSpace
        What actions are admitted.
    features : int
        Features an entity.
    network : callable
        Makes the network.
    """

    draws, mode_draws = 1, 0

    def __init__(self, space: ActionSpace, features: int, network: MakeNetwork) -> None:
        super().__init__()
        self.space = space
        self.network = network(features, 2 * space.width)

    def distribution(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation, both (R, M, A)."""
        mean, log_sd = self.space.pool(self.network(features)[0]).chunk(2, dim=-1)
        return mean, log_sd.clamp(*LOG_SD)

    def bc_loss(
        self, state: State, action: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return minus the log likelihood, a mean less ln(2 pi) / 2, and a sample."""
        mean, log_sd = self.distribution(state.features)
        cloning = (0.5 * ((action - mean) / log_sd.exp()).square() + log_sd).mean(dim=(-2, -1))
        noise = draw(action.shape, generator, action)
        return cloning, self.space.admit(mean + log_sd.exp() * noise, state.observation)

    def sample(self, state: State, noise: Tensor) -> Tensor:
        """Return a draw for each row, for noise (R, 1, M, A)."""
        mean, log_sd = self.distribution(state.features)
        return self.space.admit(mean + log_sd.exp() * noise[:, 0], state.observation)

    def mode(self, state: State, noise: Tensor) -> Tensor:
        """Return the mean."""
        return self.space.admit(self.distribution(state.features)[0], state.observation)


class DeterministicActor(nn.Module):
    """One action for each observation.

    Parameters
    ----------
    space : ActionSpace
        What actions are admitted.
    features : int
        Features an entity.
    network : callable
        Makes the network.
    """

    draws = mode_draws = 0

    def __init__(self, space: ActionSpace, features: int, network: MakeNetwork) -> None:
        super().__init__()
        self.space = space
        self.network = network(features, space.width)

    def bc_loss(
        self, state: State, action: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the squared error of each row, (R,), and the action."""
        output = self.space.pool(self.network(state.features)[0])
        cloning = (output - action).square().mean(dim=(-2, -1))
        return cloning, self.space.admit(output, state.observation)

    def action(self, state: State) -> Tensor:
        """Return the action (R, M, A) of each row."""
        output = self.space.pool(self.network(state.features)[0])
        return self.space.admit(output, state.observation)

    def sample(self, state: State, noise: Tensor) -> Tensor:
        """Return the action: every sample is the same."""
        return self.action(state)

    def mode(self, state: State, noise: Tensor) -> Tensor:
        """Return the action."""
        return self.action(state)
