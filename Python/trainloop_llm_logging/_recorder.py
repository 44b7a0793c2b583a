# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""The one recorder of the process, and the exchanges that the patched libraries report to it.

All judgement is in the extension `_trainloop` (Swift). What is here keeps a fault of ours away from the application: each
function that a patched method calls swallows its own errors, and counts and says them.
"""

from __future__ import annotations

import atexit
import os
import sys
from contextvars import ContextVar
from typing import Any, NamedTuple

from . import _location

HEADER_NAME = "X-Trainloop-Tag"
#: What `_trainloop.abi()` must say: the extension and these files are of one build.
ABI = 3

#: The attempt of a layer that records, while it calls into the next. That must then be silent about the very same call, and
#: about no other: an attempt has `is_active`, `host` and `port`, for contexts live longer than calls.
inside: ContextVar[Any] = ContextVar("trainloop_inside", default=None)


class Stats(NamedTuple):
    """Counts of exchanges with hosts on the allow-list."""

    #: Requests that were begun.
    seen: int
    #: Lines written.
    recorded: int
    #: Seen, ended and not written: the data folder refused, or a fault of ours.
    lost: int
    #: Of those recorded: bodies that no parser understood.
    unparsed: int
    #: Of those recorded: cut by a bound.
    truncated: int
    #: Images, sounds and files of those recorded that could not be stored.
    lost_media: int


_core: Any = None
_is_open = False
_faults = 0
_said: set[str] = set()
_captured: dict[tuple[str, int], bool] = {}
_quiet = False
_keeps_lines = False


class CannotOpen(Exception):
    """Nothing can be recorded; the message says why."""


def open(path: Any, data_folder: Any = None) -> None:
    """Opens the recorder; `data_folder` wins over all settings. Raises `CannotOpen` when that cannot be."""
    global _core, _is_open, _quiet
    try:
        from . import _trainloop as core

        if core.abi() != ABI:
            raise ImportError(f"its version is {core.abi()}, these files need {ABI}")
    except Exception as error:
        raise CannotOpen(f"the extension _trainloop cannot be loaded ({error}). Install the package again.") from None
    problem = core.open(*(None if name is None else os.fsencode(name) for name in (path, data_folder)))
    if problem is not None:
        raise CannotOpen(problem)
    core.keep_lines(_keeps_lines)
    _quiet = core.settings()[1] > 2
    _core = core
    _captured.clear()
    _is_open = True
    atexit.register(at_exit)


def is_open() -> bool:
    return _is_open


def is_under_run() -> bool:
    """Whether `trainloop run` started this process, and records it."""
    return os.environ.get("TRAINLOOP_RUN") == "1"


def flush() -> None:
    if _is_open:
        _settle("flush")


def close() -> None:
    global _is_open
    if _is_open:
        _settle("close")
        _is_open = False
        atexit.unregister(at_exit)


def at_exit() -> None:
    """Records what is still open, and the registry; what ends later, such as in a daemon thread, is recorded as ever."""
    if _is_open:
        _settle("close")


def _settle(how: str) -> None:
    try:
        getattr(_core, how)()
        _look_for_warning()
    except Exception as error:
        fault(error)


def settings() -> tuple[str, int, str | None]:
    """The data folder, the log level and the configuration file of an open recorder."""
    return _core.settings()


def stats() -> Stats:
    if _core is None:
        return Stats(0, 0, _faults, 0, 0, 0)
    seen, recorded, unparsed, truncated, dropped, lost_media = _core.counts()
    return Stats(seen, recorded, dropped + _faults, unparsed, truncated, lost_media)


def keep_lines(keeps: bool) -> None:
    """Keeps every line that is written also for `take_lines`: for tests."""
    global _keeps_lines
    _keeps_lines = keeps
    if _core is not None:
        _core.keep_lines(keeps)


def take_lines() -> list[bytes]:
    return [] if _core is None else _core.take_lines()


def captures(host: str | bytes, port: int) -> bool:
    """Whether exchanges with this host are recorded, and this is the outermost layer that sees them."""
    if not _is_open:
        return False
    if type(host) is bytes:
        # Not both in one dict: `python -bb` raises where they are compared.
        host = host.decode("latin-1")
    outer = inside.get()
    if outer is not None and outer.is_active and outer.port == port and _text(outer.host).lower() == _text(host).lower():
        return False
    captured = _captured.get((host, port))
    if captured is None:
        captured = _core.captures(host, port)
        if len(_captured) < 1024:
            _captured[host, port] = captured
    return captured


def say(message: str) -> None:
    """A warning, once for each text; where nobody has set up logging, Python writes it to standard error."""
    if _quiet or message in _said:
        return
    _said.add(message)
    try:
        # Not imported at the top: it is slow to import, and most programs never need it for us.
        import logging

        logging.getLogger("trainloop_llm_logging").warning("TrainLoop: %s", message)
    except Exception:
        pass


def fault(error: BaseException) -> None:
    """Counts an error of our own, which the application never sees."""
    global _faults
    _faults += 1
    say(f"a call is not recorded, or not whole, for a fault of the recorder: {error!r}")


def _look_for_warning() -> None:
    warning = _core.warning()
    if warning is not None:
        say(warning)


class Exchange:
    """One request and its response, on the way into the record. No method raises."""

    __slots__ = ("_core", "_handle", "_decoder", "_has_ended")

    COMPLETE, CLIENT_CLOSED, SERVER_CLOSED, FAILED = range(4)

    def __init__(self, route: str) -> None:
        self._core = _core
        self._handle: Any = None
        self._decoder: Any = None
        self._has_ended = False
        try:
            file, line = _location.of_caller()
            self._handle = _core.begin(route, file, line)
        except Exception as error:
            self._give_up(error)

    # What a layer above HTTP's bytes reports.

    def request(
        self, method: Any, is_secure: bool, host: Any, port: int, target: Any, fields: list, content: Any = None
    ) -> bool:
        """The head of the request, and all of its content where that is known; True when the field that tags the call is
        among `fields`, and is to be taken off.
        """
        try:
            is_tagged = self._core.request(self._handle, method, is_secure, host, port, target, fields)
            if content is not None:
                self._core.request_body(self._handle, content if type(content) is bytes else _bytes(content))
                self._core.request_end(self._handle)
            return is_tagged
        except Exception as error:
            self._give_up(error)
            return HEADER_NAME.lower() in (_text(name).lower() for name, _ in fields)

    def request_body(self, content: Any) -> None:
        try:
            self._core.request_body(self._handle, content if type(content) is bytes else _bytes(content))
        except Exception as error:
            self._give_up(error)

    def request_end(self) -> None:
        try:
            self._core.request_end(self._handle)
        except Exception as error:
            self._give_up(error)

    def response(self, status: int, fields: list, is_decoded: bool = False) -> None:
        """The head of the response; `is_decoded` when its body comes without its content coding."""
        try:
            codings = self._core.response(self._handle, status, fields)
            if codings is not None and not is_decoded:
                self._decoder = _decoder(codings)
        except Exception as error:
            self._give_up(error)

    def response_body(self, content: Any) -> None:
        if self._has_ended:
            return
        try:
            if type(content) is not bytes:
                content = _bytes(content)
            decoder = self._decoder
            if decoder is None:
                self._core.response_body(self._handle, content)
            else:
                self._decode(decoder, content)
        except Exception as error:
            self._give_up(error)

    # What a layer at HTTP's bytes reports.

    def begin_wire(self, is_secure: bool, host: str, port: int, tag: str | None) -> None:
        try:
            self._core.begin_wire(self._handle, is_secure, host, port, tag)
        except Exception as error:
            self._give_up(error)

    def request_wire(self, data: Any) -> None:
        try:
            self._core.request_wire(self._handle, data if type(data) is bytes else _bytes(data))
        except Exception as error:
            self._give_up(error)

    def response_wire(self, data: Any) -> None:
        if self._has_ended:
            return
        try:
            handle = self._handle
            coded = self._core.response_wire(handle, data if type(data) is bytes else _bytes(data))
            if coded is not None:
                decoder = self._decoder
                if decoder is None:
                    decoder = self._decoder = _decoder(self._core.response_codings(handle))
                self._decode(decoder, coded)
            if self._core.is_whole(handle):
                self.end(self.COMPLETE)
        except Exception as error:
            self._give_up(error)

    def response_wire_end(self) -> None:
        """The server has closed the connection."""
        if self._has_ended:
            return
        self._has_ended = True
        try:
            self._core.response_wire_end(self._handle)
            self._handle = self._decoder = None
            _look_for_warning()
        except Exception as error:
            self._give_up(error)

    # The end.

    def end(self, kind: int, error_type: str = "", message: str = "") -> None:
        """Ends the exchange; a second end does nothing."""
        if self._has_ended:
            return
        self._has_ended = True
        try:
            self._core.end(self._handle, kind, error_type, message)
            # Clients keep us, with a response or an idle connection, for much longer than this.
            self._handle = self._decoder = None
            warning = self._core.warning()
            if warning is not None:
                say(warning)
        except Exception as error:
            self._give_up(error)

    def fail(self, error: BaseException) -> None:
        """Ends the exchange with what the application is given instead of a response."""
        if self._has_ended:
            return
        try:
            kind = _failure_type(error)
            if kind is None:
                self.end(self.CLIENT_CLOSED)
            else:
                self.end(self.FAILED, kind, str(error) or type(error).__name__)
        except Exception as fault:
            self._give_up(fault)

    def _decode(self, decoder: Any, content: bytes) -> None:
        decoded, problem = decoder.decode(content)
        if decoded:
            self._core.response_body(self._handle, decoded)
        if problem is not None:
            self._core.response_lost(self._handle, len(content), problem)

    def _give_up(self, error: BaseException) -> None:
        """Of what follows nothing is taken any more; what was taken until now is recorded as incomplete."""
        self._has_ended = True
        self._handle = None
        fault(error)


def _decoder(codings: list[str]) -> Any:
    # Not imported at the top: most replies have no content coding.
    from . import _decoders

    return _decoders.for_codings(codings)


def _text(name: Any) -> str:
    return name.decode("latin-1") if isinstance(name, bytes) else str(name)


def _bytes(content: Any) -> bytes:
    return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else bytes(content)


def _failure_type(error: BaseException) -> str | None:
    """A stable word for a network error; None when it was the application that gave up."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes and len(causes) < 16:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    names = [type(cause).__name__ for cause in causes]
    # Each library has its own cancellation; none is an Exception, nor are the ways out of a program.
    if not isinstance(error, Exception) or names[0] == "CancelledError":
        return None
    if any("Timeout" in name for name in names) or "timeout" in names:
        return "timeout"
    words = {
        "gaierror": "name_not_resolved", "ConnectionRefusedError": "connection_refused",
        "ConnectionResetError": "connection_reset", "BrokenPipeError": "connection_reset",
        "SSLCertVerificationError": "tls_failed", "SSLError": "tls_failed",
        "RemoteDisconnected": "connection_closed", "RemoteProtocolError": "connection_closed",
        "ServerDisconnectedError": "connection_closed", "IncompleteRead": "connection_closed",
    }
    for name in reversed(names):
        if name in words:
            return words[name]
    return names[0]
