"""What a row of a delta feed does: replace a record, say that the product is gone, or change the quantity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.normalize.cells import Cells, Residue
from ingest.normalize.ledger import Ledger
from ingest.normalize.number import split_number
from ingest.notices import Severity
from ingest.rows import ADJUST_ZERO, NO_SEQ, OP_SHIFT, FeedContext, Op, RawBatch
from inventory_api.domain.arrays import Ints, Mask
from inventory_api.domain.profile import Absence
from inventory_api.domain.stock import NO_PRICE, Basis, Claim, pack_state, pack_value

COLUMNS = frozenset({"op", "delta", "seq"})
MAX_DELTA = ADJUST_ZERO - 1
_UNREADABLE = -1
_U64 = NDArray[np.uint64]


def parse_op(text: str) -> Op | None:
    """Read ``upsert``, ``delete`` or ``adjust`` in any letter case; blank is ``upsert``, None another word."""
    if text == "":
        return Op.UPSERT
    return Op.__members__.get(text.upper())


def parse_delta(text: str, decimal: str = ".") -> int | None:
    """Read a signed number of units, ``-1`` or ``+2.0``; None where it is no whole one or too large."""
    number = split_number(text, decimal)
    if number is None or number.fraction.strip("0") or len(number.whole) > 9 or int(number.whole) > MAX_DELTA:
        return None
    return -int(number.whole) if number.negative else int(number.whole)


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of a batch's rows. ``seq`` is ``NO_SEQ`` where a row has none.

    Attributes:
        op: ``Op`` of each row, what could not be read as ``UPSERT``.
        delta: Units of adjustments, elsewhere arbitrary.
        seq: Position in the source's count.
        absent: Value word of a deletion.
    """

    op: Ints
    delta: Ints
    seq: Ints
    absent: int

    @property
    def is_upsert(self) -> Mask:
        """Where a row speaks for itself."""
        upserts: Mask = self.op == Op.UPSERT
        return upserts

    def without_stock(self, batch: RawBatch, columns: dict[str, Cells]) -> dict[str, Cells]:
        """The columns, quantity and availability blank where the operation decides."""
        if self.is_upsert.all():
            return columns
        keep = pa.array(self.is_upsert)
        blanked = {
            name: Cells.of(pc.if_else(keep, batch.columns[name].cast(pa.string()), None), len(batch))
            for name in ("quantity", "availability")
            if name in columns
        }
        return columns | blanked

    def apply(self, value: _U64, extra: _U64) -> tuple[_U64, _U64]:
        """Value words with the operation in their highest byte; only upserts keep price and rare attributes."""
        adjust = NO_PRICE << 24 | (self.delta + ADJUST_ZERO) << 8 | int(Op.ADJUST) << OP_SHIFT
        delete = self.absent | int(Op.DELETE) << OP_SHIFT
        other = np.where(self.op == Op.ADJUST, adjust, delete).astype(np.uint64)
        return np.where(self.is_upsert, value, other), np.where(self.is_upsert, extra, np.uint64(0))

    def refuse_to_wait(self, waits: Mask, column: str, cells: Cells, ledger: Ledger) -> None:
        """An adjustment cannot wait for its store or article to be named: by then nobody knows of what."""
        rows = np.flatnonzero((self.op == Op.ADJUST) & waits & ~ledger.rejected)
        ledger.tell("adjust_without_quantity", Severity.ERROR, rows, column, cells)


class OperationReader:
    """Reads the operations of one feed."""

    def __init__(self, context: FeedContext) -> None:
        self._is_full = context.is_full
        self._absent = absent_value(context.profile.absence)
        self._ops = Residue(lambda text: (_UNREADABLE if (op := parse_op(text)) is None else int(op),))
        self._deltas = Residue(
            lambda text: (0, 1) if (units := parse_delta(text, context.decimal)) is None else (units, 0)
        )

    def read(self, columns: dict[str, Cells], blank: Cells, ledger: Ledger) -> Operations | None:
        """Read the columns; None where the batch has none of them."""
        if not COLUMNS & columns.keys():
            return None
        words, deltas, numbers = (columns.get(name, blank) for name in ("op", "delta", "seq"))
        op = np.zeros(len(words.texts), np.int64)
        self._ops.read_into(words.texts, words.texts.length > 0, op)
        op = words.spread(op)
        wrong = op == _UNREADABLE
        if self._is_full:
            wrong |= op != Op.UPSERT
        ledger.tell("op_invalid", Severity.ERROR, np.flatnonzero(wrong), "op", words)
        op = np.where(wrong, int(Op.UPSERT), op)

        units, unread = np.zeros(len(deltas.texts), np.int64), np.zeros(len(deltas.texts), np.int64)
        self._deltas.read_into(deltas.texts, np.ones(len(deltas.texts), np.bool_), units, unread)
        no_delta = (op == Op.ADJUST) & (deltas.spread(unread) != 0)
        ledger.tell("delta_invalid", Severity.ERROR, np.flatnonzero(no_delta), "delta", deltas)

        found, is_number = numbers.texts.whole_numbers(18)
        is_number, given = numbers.spread(is_number), numbers.spread(numbers.texts.length > 0)
        seq = np.where(is_number, numbers.spread(found), NO_SEQ)
        is_adjust = op == Op.ADJUST
        ledger.tell("seq_invalid", Severity.ERROR, np.flatnonzero(is_adjust & ~is_number), "seq", numbers)
        odd = np.flatnonzero(~is_adjust & given & ~is_number)
        ledger.tell("seq_invalid", Severity.WARNING, odd, "seq", numbers, changes=False)
        return Operations(op, deltas.spread(units), seq, self._absent)


def plain_values(value: _U64) -> _U64:
    """Value words without operations, for rows that wait until they no longer matter."""
    return value & np.uint64((1 << OP_SHIFT) - 1)


def absent_value(absence: Absence) -> int:
    """The value word of a product that is not there any more, without its price."""
    if absence is Absence.OUT_OF_STOCK:
        return pack_value(pack_state(Claim.OUT_OF_STOCK, Basis.FEED), 0, None)
    return pack_value(pack_state(Claim.UNKNOWN, Basis.FEED), None, None)
