"""What every scheduler is, learned or not."""

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from numpy.typing import NDArray

if TYPE_CHECKING:
    from difsched.family import Simulator


class Policy(Protocol):
    """Decides on actions; evaluation, latency and plots know nothing else of a method."""

    def act(self, observation: NDArray[Any]) -> NDArray[Any]:
        """Return the actions for W windows at once.

        A decision has no memory: the same window gets the same action, alone or among others, in
        any order, at every call. What a decision leaves to chance follows from what is seen of the
        window. Only policies that collect data draw anew at every call.

        Parameters
        ----------
        observation : (W, N, F) ndarray of float
            What the scheduler sees of each entity before each window.

        Returns
        -------
        (W, *shape) ndarray
            Of the family's action set (`ActionSet.shape`); of the slice RBs a slot (W, N), whole
            numbers that spend the budget.
        """
        ...


@runtime_checkable
class Clairvoyant(Policy, Protocol):
    """An oracle that is shown the future: what no policy can know, and a bound on what it can do.

    Unlike other policies it remembers: after `foresee` its `act` is called once for every window,
    in their order, with the observations of the first copies, of all or of fewer.
    """

    def foresee(self, simulator: "Simulator") -> None:
        """Look at all that is going to happen in the coming episodes, and plan them.

        `evaluate` calls it before the first window; nothing else does.

        Parameters
        ----------
        simulator : Simulator
            Of the family, before the first window; only read.
        """
        ...
