"""Networks: the function that they are, and the gradient that is written out for it."""

from typing import Any

import pytest
import torch
from torch import Tensor

from difsched.agents.networks import ACTIVATIONS, MLPNetwork, SetNetwork

ROWS, INPUTS, HIDDEN = 4, 3, 5
CASES = [
    (kind, users, outputs, members)
    for kind in ("set", "mlp")
    for users, outputs, members in [(3, 1, 2), (3, 2, 1), (1, 1, 1), (1, 2, 2)]
]


def make(
    kind: str, users: int, outputs: int, members: int, layers: int = 3, activation: str = "silu"
) -> Any:
    shape: dict[str, Any] = dict(hidden=HIDDEN, layers=layers, members=members)
    shape["activation"] = activation
    generator = torch.Generator().manual_seed(1)
    if kind == "set":
        network: Any = SetNetwork(INPUTS, outputs, generator=generator, **shape)
    else:
        network = MLPNetwork(INPUTS, outputs, users=users, generator=generator, **shape)
    return network.double()


def values(users: int) -> Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.randn(ROWS, users, INPUTS, dtype=torch.double, generator=generator)


def by_definition(network: Any, seen: Tensor, member: int) -> Tensor:
    """Return the outputs (R, N, D) of one member, layer by layer as the papers write them."""

    after = ACTIVATIONS[network.activation]

    def affine(part: Any, hidden: Tensor) -> Tensor:
        return hidden @ part.weight[member] + part.bias[member]

    if isinstance(network, MLPNetwork):
        hidden = seen.flatten(1)
        for part in network.hidden:
            hidden = after(affine(part, hidden))
        return affine(network.last, hidden).view(*seen.shape[:2], -1)
    hidden = after(affine(network.first, seen))
    for own, pooled in zip(network.own, network.pooled, strict=True):
        hidden = after(affine(own, hidden) + affine(pooled, hidden.mean(dim=1, keepdim=True)))
    return affine(network.last, hidden)


@pytest.mark.parametrize("case", CASES)
def test_a_network_is_its_definition(case: tuple[str, int, int, int]) -> None:
    network, seen = make(*case), values(case[1])
    outputs = network(seen)
    for member in range(case[3]):
        expected = by_definition(network, seen, member)
        assert torch.allclose(outputs[member], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("kind", ["set", "mlp"])
def test_so_is_a_network_of_another_activation(kind: str, activation: str) -> None:
    network, seen = make(kind, 3, 2, 2, activation=activation), values(3)
    for member in range(2):
        expected = by_definition(network, seen, member)
        assert torch.allclose(network(seen)[member], expected, rtol=0, atol=1e-12)


def test_normalised_layers_have_mean_0_and_variance_1() -> None:
    after = ACTIVATIONS["normalised_silu"](3 * torch.randn(50, 64) + 2)
    assert torch.allclose(after.mean(dim=1), torch.zeros(50), atol=1e-5)
    assert torch.allclose(after.var(dim=1, correction=0), torch.ones(50), atol=1e-3)


@pytest.mark.parametrize("case", CASES)
def test_the_gradient_is_the_finite_differences(case: tuple[str, int, int, int]) -> None:
    network, seen = make(*case), values(case[1]).requires_grad_()
    weights = list(network.parameters())
    assert torch.autograd.gradcheck(lambda seen, *weights: network(seen), (seen, *weights))


@pytest.mark.parametrize("case", CASES)
def test_frozen_weights_pass_the_gradient_on(case: tuple[str, int, int, int]) -> None:
    network, seen = make(*case), values(case[1]).requires_grad_()
    (free,) = torch.autograd.grad(network(seen).square().sum(), seen)
    network.requires_grad_(False)
    (frozen,) = torch.autograd.grad(network(seen).square().sum(), seen)
    assert torch.equal(free, frozen)


@pytest.mark.parametrize("kind", ["set", "mlp"])
def test_a_member_alone_gives_and_learns_the_same(kind: str) -> None:
    network, seen = make(kind, 3, 1, 2), values(3)
    alone = slice(1, 2)
    assert torch.allclose(network(seen, alone), network(seen)[alone], rtol=0, atol=1e-12)
    weights = list(network.parameters())
    one = torch.autograd.grad(network(seen, alone).square().sum(), weights)
    both = torch.autograd.grad(network(seen).square().sum(), weights)
    for found, expected in zip(one, both, strict=True):
        assert torch.allclose(found[alone], expected[alone], rtol=0, atol=1e-12)
        assert not found[:1].any()


@pytest.mark.parametrize("kind", ["set", "mlp"])
def test_without_a_gradient_the_outputs_are_the_same_bits(kind: str) -> None:
    network, seen = make(kind, 3, 2, 2), values(3)
    with torch.inference_mode():
        plain = network(seen)
    assert torch.equal(plain, network(seen))


@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize("kind", ["set", "mlp"])
def test_any_number_of_layers_will_do(kind: str, layers: int) -> None:
    network, seen = make(kind, 3, 1, 1, layers), values(3)
    assert torch.allclose(network(seen)[0], by_definition(network, seen, 0), rtol=0, atol=1e-12)
    assert torch.autograd.gradcheck(network, (seen.requires_grad_(),))
