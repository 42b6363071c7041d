"""What every scheduler is, learned or not."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Policy(Protocol):
    """Decides on grants; evaluation, latency and plots know nothing else of a method."""

    def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
        """Return the grants for W windows at once.

        A decision has no memory: the same window gets the same grants, alone or among others, in
        any order, at every call. What a decision leaves to chance follows from what is seen of the
        window. Only policies that collect data draw anew at every call.

        Parameters
        ----------
        observation : (W, N, F) ndarray of float
            What the scheduler sees of each user before each window.

        Returns
        -------
        (W, N) ndarray of int
            RBs a slot, >= 0, each row summing to the policy's budget.
        """
        ...
