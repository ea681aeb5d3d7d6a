"""Registries: named things that register themselves in their own file."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from hub.errors import UnknownName
from hub.language.sentence import Sentence


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """Its name."""
        ...


T = TypeVar("T", bound=Named)


class Registry(Generic[T]):
    """Things of one kind by name, found by importing every module of one package."""

    def __init__(self, kind: str, package: str) -> None:
        self.kind, self.package = kind, package
        self._items: dict[str, T] = {}
        self._discovered = False

    def register(self, cls: Callable[[], T]) -> Callable[[], T]:
        """Class decorator: adds one instance. A name taken twice raises ValueError."""
        self.add(cls())
        return cls

    def add(self, item: T) -> None:
        """Add a thing under its ``name``. A name taken twice raises ValueError."""
        if item.name in self._items:
            raise ValueError(f"two {self.kind}s are named {item.name!r}")
        self._items[item.name] = item

    def replace(self, item: T) -> None:
        """Put another thing in the place of the one with its name. Raises UnknownName where there is none."""
        self._items[self[item.name].name] = item

    def remove(self, name: str) -> None:
        """Take the thing of this name away. Raises UnknownName where there is none."""
        del self._items[self[name].name]

    def discover(self) -> None:
        """Import every module of the package, once, so that each registers itself."""
        if not self._discovered:
            self._discovered = True
            package = importlib.import_module(self.package)
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"{self.package}.{module.name}")

    def __iter__(self) -> Iterator[T]:
        """Every registered thing, by name."""
        self.discover()
        items = dict(self._items)  # another thread may take one away
        return iter([items[name] for name in sorted(items)])

    def __getitem__(self, name: str) -> T:
        """The thing of this name; raises UnknownName, naming those there are."""
        self.discover()
        try:
            return self._items[name]
        except KeyError:
            known = ", ".join(sorted(self._items))
            told = Sentence("There is no {kind} {name!r}; there are {known}.", kind=self.kind, name=name, known=known)
            raise UnknownName(told) from None

    def chosen(self, names: Sequence[str]) -> tuple[T, ...]:
        """Those of a setting's names, by name: ``all`` are all there are, ``none`` is none. Raises UnknownName."""
        if "none" in names and len(set(names)) > 1:
            raise UnknownName(f"A list of {self.kind}s is either 'none' or names, not both.")
        picked = tuple(self[name] for name in sorted(set(names) - {"all", "none"}))
        return tuple(self) if "all" in names else picked
