# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Replaces methods of client libraries in place, on their classes: whoever holds a client, an instance or a subclass of it
holds the replaced method too. What is imported later is patched when it is imported.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from types import FunctionType, ModuleType
from typing import Any, Callable

from . import _recorder

#: The module that defines the classes; the module here and its function that patch them, imported when they are needed.
_TARGETS = {
    "httpx._client": ("_httpx", "patch"),
    "httpx2._client": ("_httpx", "patch"),
    "http.client": ("_http_client", "patch"),
    "urllib3.connectionpool": ("_urllib3", "patch"),
    "aiohttp.client_reqrep": ("_aiohttp", "patch_request"),
    "aiohttp.client_proto": ("_aiohttp", "patch_protocol"),
    "aiohttp.http_writer": ("_aiohttp", "patch_writer"),
    "aiohttp.connector": ("_aiohttp", "patch_connector"),
    "multiprocessing.process": ("_multiprocessing", "patch_process"),
    "multiprocessing.util": ("_multiprocessing", "patch_util"),
}

#: The class, the method's name, what stood there and what replaced it.
_replaced: list[tuple[type, str, Any, Any]] = []
#: The targets of which nothing was missing.
_whole: set[str] = set()
#: Held while a recording begins or ends; a fork in the midst of that must not leave it held in the child.
_lock = threading.RLock()


def _renew_lock() -> None:
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_renew_lock)


def begin(path: Any, data_folder: Any = None) -> None:
    """Opens the recorder, unless it is open, and replaces what is not replaced yet; raises `CannotOpen`."""
    with _lock:
        if not _recorder.is_open():
            _recorder.open(path, data_folder)
        if not any(map(_is_ours, sys.meta_path)):
            sys.meta_path.insert(0, _Finder())
        if any(_is_of_library(owner, owner.__dict__.get(method)) for owner, method, _, _ in _replaced):
            # It was replaced while the patch of another stood there, such as a mock, and went with that.
            _whole.clear()
    # What is imported from now on goes by the finder. The lock is not held, for this waits for imports of other threads.
    for name in _TARGETS:
        if name in _whole:
            continue
        _wait_for_import(name)
        module = sys.modules.get(name)
        if module is None:
            continue
        if _is_unfinished(module):
            # Another thread may have begun it since: that one's is waited for, our own is not.
            _wait_for_import(name)
        if _is_unfinished(module):
            _recorder.say(f"calls by {name} are not recorded: collect was called in the midst of its import; call it again")
        else:
            _apply(module, name)


def end() -> None:
    """Puts back every method, and closes the recorder."""
    with _lock:
        _uninstall()
        _recorder.close()


def replace(module: ModuleType, name: str, make: Callable[[Any], Any], is_optional: bool = False) -> None:
    """Replaces a method, such as `Client.send`, by what `make` makes of it, on the class that defines it.

    Raises where the module has no such method of its own now: another version, or a mock in its place.
    """
    class_name, _, method = name.partition(".")
    for owner in getattr(module, class_name).__mro__:
        if method in owner.__dict__ and _package(owner) == _package(module):
            break
    else:
        if is_optional:
            return
        raise AttributeError(f"no method {name}")
    original = owner.__dict__[method]
    # A mock would answer to every name; a wrapper of ours that somebody made has our mark too.
    if getattr(original, "__dict__", {}).get("__trainloop__") is True:
        return
    if not _is_of_library(owner, original) and any(entry[:2] == (owner, method) for entry in _replaced):
        # Somebody has replaced ours in turn, which is at work beneath.
        return
    if not hasattr(type(original), "__get__"):
        raise TypeError(f"{name} is {original!r}")
    replacement = make(original if isinstance(original, FunctionType) else _bound_caller(original))
    replacement.__trainloop__ = True
    for attribute in ("__name__", "__qualname__", "__doc__", "__module__", "__annotations__", "__wrapped__"):
        try:
            setattr(replacement, attribute, original if attribute == "__wrapped__" else getattr(original, attribute))
        except AttributeError:
            pass
    setattr(owner, method, replacement)
    _replaced.append((owner, method, original, replacement))


def _bound_caller(original: Any) -> Any:
    """Calls what stands in a class as an attribute of an instance: the wrappers of others look for the instance there."""
    return lambda self, *args, **kwargs: original.__get__(self, type(self))(*args, **kwargs)


def _package(named: Any) -> str:
    """Of a class or a module, the first word of its name: classes are also said to be of a package's outer modules."""
    return (named.__name__ if isinstance(named, ModuleType) else named.__module__).partition(".")[0]


def _is_of_library(owner: type, method: Any) -> bool:
    """Whether it is the library's own: whoever replaces it, be it us, is of another package."""
    return getattr(method, "__globals__", {}).get("__name__", "").partition(".")[0] == _package(owner)


def _wait_for_import(name: str) -> None:
    """Until no other thread imports this module, which it may do without it being in `sys.modules` yet."""
    try:
        importlib._bootstrap._lock_unlock_module(name)  # type: ignore[attr-defined]
    except AttributeError:
        # Another version of Python: a module that is then found unfinished is said.
        pass


def _is_unfinished(module: ModuleType) -> bool:
    return getattr(getattr(module, "__spec__", None), "_initializing", False)


def _uninstall() -> None:
    for finder in filter(_is_ours, list(sys.meta_path)):
        sys.meta_path.remove(finder)
    _whole.clear()
    covered = []
    for owner, name, original, replacement in reversed(_replaced):
        if owner.__dict__.get(name) is replacement:
            setattr(owner, name, original)
        else:
            # Somebody has replaced ours in turn; it stays beneath, and does nothing until the next recording.
            covered.append((owner, name, original, replacement))
    _replaced[:] = covered


def _apply(module: ModuleType, target: str) -> None:
    try:
        file, function = _TARGETS[target]
        with _lock:
            getattr(importlib.import_module("." + file, __package__), function)(module)
            _whole.add(target)
    except Exception as error:
        _recorder.say(f"calls by {target} are not recorded, or not whole: it is not as it was known ({error!r})")


def _is_ours(finder: Any) -> bool:
    """By its mark, not its type: where the package was imported anew, the finder is of the class that was before."""
    return getattr(finder, "__trainloop__", False) is True


class _Finder:
    """Finds the targets as the others would, and patches them once they are executed."""

    __trainloop__ = True

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname not in _TARGETS:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if find is None or _is_ours(finder):
                continue
            spec = find(fullname, path, target)
            if spec is None:
                continue
            if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                spec.loader = _Loader(spec.loader, fullname)
            return spec
        return None


class _Loader:
    """Another loader, and the patch behind it."""

    def __init__(self, loader: Any, target: str) -> None:
        self._loader = loader
        self._target = target

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # The module is to look as if we had not been there.
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        _apply(module, self._target)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
