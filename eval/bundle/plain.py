"""Frozen dataclasses as plain JSON and back, sentences with their templates, so that pages can be told again.

What is read comes from a stranger's file: it becomes only what the annotations of the dataclass name, and a sentence's
fields are filled in by plain formats alone.
"""

import base64
import string
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from hub.errors import DataError
from hub.language.sentence import Sentence

T = TypeVar("T")
FORMATS = frozenset("0123456789,.%defgGr")  # letters of a field's format
LONGEST = 6  # letters of one


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
    found: T = _read(kind, plain, kind.__name__)
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
    if kind is str and isinstance(plain, dict):
        return _read_sentence(plain, place)
    if kind is bytes and isinstance(plain, str):
        return base64.b64decode(plain)
    if kind is float and isinstance(plain, int) and not isinstance(plain, bool):
        return float(plain)
    if not isinstance(plain, kind) or (kind is int and isinstance(plain, bool)):
        raise _wrong(place, f"of the type {kind.__name__}")
    return plain


def _read_sentence(plain: Mapping[str, Any], place: str) -> Sentence:
    """Return the sentence of a template and fields, whose formats are those that numbers have."""
    template, given = plain.get("template"), plain.get("fields")
    if plain.keys() != {"template", "fields"} or not isinstance(template, str) or not isinstance(given, dict):
        raise _wrong(place, "a sentence")
    values = {name: _read_field(one, f"{place}.{name}") for name, one in given.items()}
    try:
        for _, name, form, conversion in string.Formatter().parse(template) if values else ():
            if name is not None and (name not in values or len(form or "") > LONGEST or not set(form or "") <= FORMATS):
                raise _wrong(place, "a sentence")
            if conversion not in {None, "r"}:
                raise _wrong(place, "a sentence")
        return Sentence(template, **values)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise _wrong(place, "a sentence") from error


def _read_field(plain: Any, place: str) -> Any:
    if isinstance(plain, dict):
        return _read_sentence(plain, place)
    if isinstance(plain, list):
        return [_read_field(one, place) for one in plain]
    if not isinstance(plain, str | int | float):
        raise _wrong(place, "a field of a sentence")
    return plain
