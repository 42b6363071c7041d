"""The actor that denoises: a diffusion model of the action.

Denoising step t = 1..T, x_t = sqrt(abar_t) a + sqrt(1 - abar_t) eps.
"""

import torch
from torch import Tensor, nn

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.actor import MakeNetwork, draw, draw_noise
from difsched.agents.actors.features import State, step_embedding
from difsched.agents.actors.schedule import Schedule


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
