"""Columns of the votes' table as whole numbers: numpy counts a million of them at once."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]


def _to_dictionary(column: pa.ChunkedArray) -> pa.DictionaryArray:
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return coded.unify_dictionaries().combine_chunks()


def _to_indices(array: pa.DictionaryArray) -> Codes:
    return np.asarray(array.indices.cast(pa.int64()).fill_null(-1))


def list_names(*columns: pa.ChunkedArray) -> tuple[str, ...]:
    """Return the values that the columns may hold, sorted; for columns of few values."""
    found = {name for column in columns for name in _to_dictionary(column).dictionary.to_pylist()}
    return tuple(sorted(found - {None}))


def encode(column: pa.ChunkedArray, names: Sequence[str]) -> Codes:
    """Return each row's place in ``names``, (rows,); -1 where it is null or none of them."""
    place = {name: i for i, name in enumerate(names)}
    array = _to_dictionary(column)
    lookup = np.array([*(place.get(name, -1) for name in array.dictionary.to_pylist()), -1], dtype=np.int64)
    return np.asarray(lookup[_to_indices(array)])


def number_values(column: pa.ChunkedArray) -> Codes:
    """Return a number a row, (rows,), the same for the same value; -1 for null; for columns of many values."""
    return _to_indices(_to_dictionary(column))


def is_set(column: pa.ChunkedArray) -> Mask:
    """Return which rows are not null, (rows,)."""
    return np.asarray(column.is_valid().combine_chunks().to_numpy(zero_copy_only=False))
