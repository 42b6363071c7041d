"""Success curves."""

import numpy as np
import pytest

from difsched.baselines.slice.curves import mean_curve
from difsched.config import EnvironmentConfig


def test_mean_curve_averages_the_classes(config: EnvironmentConfig) -> None:
    curve = mean_curve(config)
    assert len(curve) == config.B + 1
    assert curve[10] == pytest.approx(0.5)
    pairs = zip(config.sigmoid_k_list, config.sigmoid_s_list, strict=True)
    assert curve[14] == pytest.approx(np.mean([1 / (1 + np.exp(-k * (14 - s))) for k, s in pairs]))
