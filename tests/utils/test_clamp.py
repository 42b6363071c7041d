"""The clamp whose gradient leads back into the box."""

import torch

from difsched.utils.clamp import clamp


def test_values_are_those_of_a_clamp_and_gradients_lead_inwards_alone() -> None:
    values = torch.tensor([-2.0, -2.0, 0.5, 0.5, 3.0, 3.0], requires_grad=True)
    outer = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
    clamped = clamp(values, -1.0, 1.0)
    assert torch.equal(clamped, values.clamp(-1, 1))
    clamped.backward(outer)
    # A step against the gradient raises what is too low and lowers what is too high.
    assert values.grad is not None
    assert values.grad.tolist() == [0.0, -1.0, 1.0, -1.0, 1.0, 0.0]


def test_descent_from_outside_finds_the_minimum_inside() -> None:
    values = torch.tensor([9.0, -9.0], requires_grad=True)
    optimizer = torch.optim.SGD([values], lr=0.5)
    for _ in range(100):
        optimizer.zero_grad()
        (clamp(values, -1.0, 1.0) - torch.tensor([0.3, 5.0])).square().sum().backward()
        optimizer.step()
    assert torch.allclose(clamp(values, -1.0, 1.0), torch.tensor([0.3, 1.0]), atol=1e-3)
