"""Where the numbers of an observation (..., N, F) stand."""

from enum import IntEnum


class Column(IntEnum):
    """What the scheduler sees of each user, in this order, whatever the slice.

    ===============  =======  ====================================================================
    DEMAND           packets  of the coming window: forecast or truth, and all that wait
    PREVIOUS_DEMAND  packets  new in the window before
    SLOPE            1/RB     channel k of the coming window, or the mean of all classes
    MIDPOINT         RB       channel s of the coming window, or the mean of all classes
    ===============  =======  ====================================================================
    """

    DEMAND = 0
    PREVIOUS_DEMAND = 1
    SLOPE = 2
    MIDPOINT = 3


#: Packets: of the coming window, and of the one before.
PACKETS = slice(Column.DEMAND, Column.SLOPE)
#: The channel: k and s.
CHANNEL = slice(Column.SLOPE, Column.MIDPOINT + 1)
#: With ``retransmit: D``, after the columns of every slice: packets that wait, by age 1..D.
WAITING = slice(len(Column), None)
