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


class Past(IntEnum):
    """What the scheduler sees of each user and window of its history, in this order.

    ===============  =======  ====================================================================
    GRANTED          RBs      a slot, in that window
    ACKNOWLEDGED     1        share of the packets sent that got through, 0 where none was sent
    SENT             packets  in that window: new ones, and those that waited
    ===============  =======  ====================================================================
    """

    GRANTED = 0
    ACKNOWLEDGED = 1
    SENT = 2


#: Packets: of the coming window, and of the one before.
PACKETS = slice(Column.DEMAND, Column.SLOPE)
#: The channel: k and s.
CHANNEL = slice(Column.SLOPE, Column.MIDPOINT + 1)
#: With ``debt_information``, which goes without ``retransmit``: what the user is owed, packets.
DEBT = len(Column)
#: With ``retransmit: D``, after the columns of every slice: packets that wait, by age 1..D, as
#: those see them who are not shown a history. With it, see `waiting`.
WAITING = slice(len(Column), None)


def waiting(retransmit: int) -> slice:
    """Return where the packets that wait stand, by age 1..D, whatever follows them."""
    return slice(len(Column), len(Column) + retransmit)


def past(windows: int) -> slice:
    """Return where the history of K >= 1 windows stands: the last 3 K columns, see `Past`."""
    return slice(-len(Past) * windows, None)
