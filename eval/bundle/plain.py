"""Frozen dataclasses as plain JSON and back, sentences with their templates, so that pages can be told again.

What is read comes from a stranger's file: it becomes only what the annotations of the dataclass name, and a sentence's
fields are filled in by plain formats alone.
"""

import base64
import re
import string
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from hub.errors import DataError
from hub.language.sentence import Sentence

T = TypeVar("T")
FORMAT = re.compile(r",?(?:\.\d)?[dfg%]?")  # of a field: those that sentences have, none with a width
LONGEST = 100_000  # letters of a sentence


def to_plain(value: Any) -> Any:
    """Return a value as JSON has it: dataclasses as objects, sentences by template and fields, bytes as base64."""
    if isinstance(value, Sentence):
        return {"template": value.template, "fields": {name: to_plain(one) for name, one in value.fields.items()}}
    if is_dataclass(value):
        return {one.name: to_plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): to_plain(one) for name, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(to_plain, value), key=str)
    if isinstance(value, tuple | list):
        return list(map(to_plain, value))
    return _scalar_to_plain(value)


def _scalar_to_plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value.item() if isinstance(value, np.generic) else value


def from_plain(kind: type[T], plain: Any) -> T:
    """Return the dataclass of this kind that plain JSON tells.

    Raises: DataError, naming the place, for anything else.
    """
    try:
        found: T = _read(kind, plain, kind.__name__)
    except RecursionError as error:
        raise _wrong(kind.__name__, "as flat as it should be") from error
    return found


def _wrong(place: str, wanted: str) -> DataError:
    return DataError(f"{place} is not {wanted}: the file was written by another version, or was changed.")


def _read(kind: Any, plain: Any, place: str) -> Any:
    origin, parts = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        if plain is None and type(None) in parts:
            return None
        return _read(next(one for one in parts if one is not type(None)), plain, place)
    if is_dataclass(kind) and isinstance(kind, type):
        return _read_dataclass(kind, plain, place)
    if origin in {dict, Mapping}:
        if not isinstance(plain, dict):
            raise _wrong(place, "an object")
        return {_read(parts[0], key, place): _read(parts[1], one, f"{place}.{key}") for key, one in plain.items()}
    if origin in {tuple, frozenset, list}:
        return _read_several(origin, parts, plain, place)
    return _read_scalar(kind, plain, place)


def _read_dataclass(kind: Any, plain: Any, place: str) -> Any:
    if not isinstance(plain, dict) or not plain.keys() <= {one.name for one in fields(kind)}:
        raise _wrong(place, "an object with these fields alone")
    hints = get_type_hints(kind)
    try:
        return kind(**{name: _read(hints[name], one, f"{place}.{name}") for name, one in plain.items()})
    except TypeError as error:
        raise _wrong(place, f"whole ({error})") from error


def _read_several(origin: Any, parts: tuple[Any, ...], plain: Any, place: str) -> Any:
    if not isinstance(plain, list):
        raise _wrong(place, "a list")
    same = origin is not tuple or parts[-1] is Ellipsis
    if not same and len(parts) != len(plain):
        raise _wrong(place, f"a list of {len(parts)}")
    kinds = [parts[0]] * len(plain) if same else parts
    return origin(_read(one, each, f"{place}[{n}]") for n, (one, each) in enumerate(zip(kinds, plain, strict=True)))


def _read_scalar(kind: Any, plain: Any, place: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(plain)
        except ValueError as error:
            raise _wrong(place, f"one of {', '.join(str(one.value) for one in kind)}") from error
    if kind in {str, Sentence} and isinstance(plain, dict):
        return _read_sentence(plain, place)
    if kind is bytes and isinstance(plain, str):
        return _convert(lambda: base64.b64decode(plain, validate=True), place, "bytes as base64")
    if kind is float and isinstance(plain, int) and not isinstance(plain, bool):
        return _convert(lambda: float(plain), place, "a number of the usual size")
    if not isinstance(plain, kind) or (kind is int and isinstance(plain, bool)):
        raise _wrong(place, f"of the type {kind.__name__}")
    return plain


def _convert(convert: Callable[[], T], place: str, wanted: str) -> T:
    try:
        return convert()
    except (ValueError, OverflowError) as error:
        raise _wrong(place, wanted) from error


def _read_sentence(plain: Mapping[str, Any], place: str) -> Sentence:
    """Return the sentence of a template and fields, whose formats are those that numbers have."""
    template, given = plain.get("template"), plain.get("fields")
    if plain.keys() != {"template", "fields"} or not isinstance(template, str) or not isinstance(given, dict):
        raise _wrong(place, "a sentence")
    values = {name: _read_field(one, f"{place}.{name}") for name, one in given.items()}
    try:
        if not _is_plain(template, values):
            raise _wrong(place, "a sentence")
        return Sentence(template, **values)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        raise _wrong(place, "a sentence") from error


def _is_plain(template: str, values: Mapping[str, Any]) -> bool:
    """Return whether a template asks for these values alone, in plain formats, and not for endless repetition.

    Raises: ValueError for what is no template.
    """
    size = len(template)
    for _, name, form, conversion in string.Formatter().parse(template) if values else ():
        if name is None:
            continue
        if name not in values or not FORMAT.fullmatch(form or "") or conversion not in {None, "r"}:
            return False
        size += len(str(values[name]))
    return size <= LONGEST


def _read_field(plain: Any, place: str) -> Any:
    if isinstance(plain, dict):
        return _read_sentence(plain, place)
    if isinstance(plain, list):
        return [_read_field(one, place) for one in plain]
    if not isinstance(plain, str | int | float):
        raise _wrong(place, "a field of a sentence")
    return plain
