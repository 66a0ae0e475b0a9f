"""`x.flat` and `np.nditer(x)` of a lifted array: its elements one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from autocheck.lifted.run import refuse


class FlatIterator:
    """`x.flat`: the elements one after the other, by number too."""

    def __init__(self, array: Any) -> None:
        self.base, self.index = array, 0

    @property
    def coords(self) -> tuple[int, ...]:
        """Of the next element."""
        return tuple(int(i) for i in np.unravel_index(self.index, self.base.shape)) if len(self) else ()

    def __iter__(self) -> FlatIterator:
        return self

    def __next__(self) -> Any:
        if self.index >= len(self):
            raise StopIteration
        self.index += 1
        return self.base[np.unravel_index(self.index - 1, self.base.shape)]

    def __len__(self) -> int:
        return self.base.size

    def __getitem__(self, index: Any) -> Any:
        return np.ravel(self.base)[index].copy()

    def __setitem__(self, index: Any, value: Any) -> None:
        places = np.arange(self.base.size)[index]
        self.base[np.unravel_index(places, self.base.shape)] = np.resize(value, np.shape(places))


class ElementIterator:
    """`np.nditer(x)` of one array: 0-d views of its elements, which may be written into, and where they stand."""

    def __init__(self, op: Any, flags: Any = (), op_flags: Any = None, *_: Any, **__: Any) -> None:
        if isinstance(op, (list, tuple)) or {"external_loop", "buffered"} & set(flags or ()):
            raise refuse("np.nditer of several arrays, or by chunks, is not lifted")
        self.operands, self.iterindex = (op,), 0

    @property
    def itersize(self) -> int:
        return int(self.operands[0].size)

    @property
    def finished(self) -> bool:
        return self.iterindex >= self.itersize

    @property
    def multi_index(self) -> tuple[int, ...]:
        return tuple(int(i) for i in np.unravel_index(self.iterindex, self.operands[0].shape))

    @property
    def index(self) -> int:
        return self.iterindex

    @property
    def value(self) -> Any:
        return self.operands[0][(*self.multi_index, ...)]

    def __getitem__(self, number: int) -> Any:
        return (self.value,)[number]

    def iternext(self) -> bool:
        self.iterindex += 1
        return not self.finished

    def __iter__(self) -> Any:
        while not self.finished:
            yield self.value
            self.iternext()

    def __enter__(self) -> ElementIterator:
        return self

    def __exit__(self, *_: Any) -> None:
        """Nothing is buffered."""
