"""What ``difsched export`` does."""

import argparse
from dataclasses import asdict

from difsched.agents.policy import OfflinePolicy
from difsched.baselines.weights import load_policy
from difsched.cli.train_evaluate import choose
from difsched.errors import InputError
from difsched.export import export
from difsched.utils.files import check_output
from difsched.utils.terminal import say


def write(arguments: argparse.Namespace) -> None:
    """Write weights as an ONNX file."""
    check_output("--onnx", arguments.onnx)
    policy = load_policy(arguments.weights, choose(arguments)[0].config)
    if not isinstance(policy, OfflinePolicy):
        raise InputError(f"{arguments.weights}: must be weights of a learner from logged data")
    about = export(policy, arguments.onnx)
    noise = f", noise (W, {', '.join(map(str, about.draws))})" if about.draws[0] else ""
    text = (
        f"{arguments.onnx}: {about.algorithm} of {about.family}, "
        f"{arguments.onnx.stat().st_size} bytes\n"
        f"inputs: observation (W, {about.entities}, {about.features}){noise}; output: action"
    )
    say({"out": str(arguments.onnx), **asdict(about)}, text, arguments.json)
