# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""http.client, and with it all that stands on it: urllib.request, urllib3 1 and 2, requests, botocore.

The bytes of both messages are seen where they meet the socket, so it does not matter by which method a response is read;
Swift follows their HTTP/1.1.
"""

from __future__ import annotations

import io
import socket
from types import ModuleType
from typing import Any, Callable

from . import _patches, _recorder
from ._recorder import HEADER_NAME, Exchange

_TAG = HEADER_NAME.lower()


class _State:
    """A connection's request on its way, from `putrequest` to `getresponse`."""

    __slots__ = ("exchange", "is_secure", "host", "port", "tag", "body", "has_begun", "is_busy", "error")

    def __init__(self, is_secure: bool, host: str, port: int, body: Any) -> None:
        #: The server has closed while it was sent to; it may have answered before.
        self.error: OSError | None = None
        self.exchange = Exchange("python:http.client")
        self.is_secure = is_secure
        self.host = host
        self.port = port
        self.tag: str | None = None
        #: The body, where it is known before the head is sent.
        self.body = body
        self.has_begun = False
        self.is_busy = False

    def __del__(self) -> None:
        if self.error is not None:
            # Nobody has looked for an answer.
            self.exchange.fail(self.error)

    def takes(self, header: Any, values: tuple) -> bool:
        """Whether this is the field that tags the call, which is not to be sent."""
        try:
            if len(header) != len(_TAG) or not values or text(header).lower() != _TAG:
                return False
            self.tag = text(values[0])
            return True
        except Exception:
            # No header at all: the library says so to its caller.
            return False

    def sent(self, data: Any) -> Any:
        """Tells what is sent; gives what is to be sent: the same, or what reads the same and tells."""
        if not self.has_begun:
            self.has_begun = True
            self.exchange.begin_wire(self.is_secure, self.host, self.port, self.tag)
        if isinstance(data, (bytes, bytearray, memoryview)):
            self.exchange.request_wire(data)
        elif isinstance(data, io.TextIOBase):
            return _TextUpload(data, self.exchange.request_wire)
        elif hasattr(data, "read"):
            return Upload(data, self.exchange.request_wire)
        elif _is_buffer(data):
            self.exchange.request_wire(data)
        elif hasattr(data, "__iter__"):
            return told(data, self.exchange.request_wire)
        return data

    def failed(self, error: BaseException, is_connected: bool) -> None:
        """Sending failed; a body that never came to be sent was part of the request all the same."""
        if not is_connected and isinstance(self.body, (bytes, str)):
            self.exchange.request_wire(self.body)
        self.exchange.fail(error)

    def attach(self, response: Any) -> None:
        """Tells what is read from the response's socket from now on."""
        reader = response.fp
        raw = getattr(reader, "raw", None)
        if type(raw) is socket.SocketIO:
            raw.__class__ = _TappedSocketIO
            raw._trainloop = self.exchange
        else:
            response.fp = io.BufferedReader(_TappedReader(reader, self.exchange))


def patch(module: ModuleType) -> None:
    failures = (OSError, module.HTTPException)
    misuse = module.ImproperConnectionState

    def make_putrequest(original: Any) -> Any:
        def putrequest(self: Any, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(self, method, url, *args, **kwargs)
            try:
                self.__dict__.pop("_trainloop", None)
                is_secure, host, port = destination(self, url)
                if _recorder.captures(host, port):
                    self._trainloop = _State(is_secure, host, port, self.__dict__.get("_trainloop_body"))
                    self._trainloop_seen = True
            except Exception as error:
                _recorder.fault(error)
            return result

        return putrequest

    def make_putheader(original: Any) -> Any:
        def putheader(self: Any, header: Any, *values: Any) -> Any:
            state = self.__dict__.get("_trainloop")
            if state is not None and state.takes(header, values):
                return None
            return original(self, header, *values)

        return putheader

    def make_send_output(original: Any) -> Any:
        def _send_output(self: Any, message_body: Any = None, *args: Any, **kwargs: Any) -> Any:
            state = self.__dict__.get("_trainloop")
            if state is not None and message_body is not None:
                state.body = message_body
            return original(self, message_body, *args, **kwargs)

        return _send_output

    def make_send(original: Any) -> Any:
        def send(self: Any, data: Any) -> Any:
            state = self.__dict__.get("_trainloop")
            # Busy: the connection is being made, and speaks to a proxy by this very method.
            if state is None or state.is_busy:
                return original(self, data)
            try:
                data = state.sent(data)
            except Exception as error:
                _recorder.fault(error)
            state.is_busy = True
            try:
                return original(self, data)
            except (BrokenPipeError, ConnectionResetError) as error:
                # urllib3 reads the answer, where there is one. Not this error itself, which would hold on to the frames.
                state.error = ConnectionResetError(*error.args)
                raise
            except BaseException as error:
                self.__dict__.pop("_trainloop", None)
                state.failed(error, is_connected=getattr(self, "sock", None) is not None)
                raise
            finally:
                state.is_busy = False

        return send

    def make_getresponse(original: Any) -> Any:
        def getresponse(self: Any, *args: Any, **kwargs: Any) -> Any:
            state = self.__dict__.get("_trainloop")
            if state is None or args or kwargs:
                return original(self, *args, **kwargs)
            response_class = self.response_class
            own = self.__dict__.get("response_class")

            def attached(*args: Any, **kwargs: Any) -> Any:
                response = response_class(*args, **kwargs)
                try:
                    state.attach(response)
                except Exception as error:
                    _recorder.fault(error)
                return response

            try:
                self.response_class = attached
            except Exception as error:
                _recorder.fault(error)
                return original(self)
            try:
                response = original(self)
            except misuse:
                raise
            except failures as error:
                self.__dict__.pop("_trainloop", None)
                state.exchange.fail(error)
                raise
            finally:
                if own is None:
                    del self.response_class
                else:
                    self.response_class = own
            state.error = None
            self.__dict__.pop("_trainloop", None)
            return response

        return getresponse

    _patches.replace(module, "HTTPConnection.putrequest", make_putrequest)
    _patches.replace(module, "HTTPConnection.putheader", make_putheader)
    _patches.replace(module, "HTTPConnection._send_output", make_send_output)
    _patches.replace(module, "HTTPConnection.send", make_send)
    _patches.replace(module, "HTTPConnection.getresponse", make_getresponse)


def text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def destination(conn: Any, url: Any) -> tuple[bool, str, int]:
    """The host that a request is for, which is not the proxy that it goes through."""
    is_secure = conn.default_port == 443
    tunnel = getattr(conn, "_tunnel_host", None)
    if tunnel:
        return is_secure, tunnel, getattr(conn, "_tunnel_port", None) or conn.default_port
    target = text(url)
    if target[:8].lower().startswith(("http://", "https://")):
        # The whole URL stands here when it goes through a proxy, which may be spoken to by TLS for either scheme.
        from urllib.parse import urlsplit

        try:
            parts = urlsplit(target)
            is_secure = parts.scheme == "https"
            return is_secure, parts.hostname or "", parts.port or (443 if is_secure else 80)
        except ValueError:
            # No host at all: the proxy says so.
            return False, "", 0
    host = conn.host
    if not isinstance(host, str):
        # Such as the None of a connection to a socket of the file system.
        return False, "", 0
    return is_secure, host.strip("[]"), conn.port


class _TappedSocketIO(socket.SocketIO):
    """The reading end of a socket; an instance becomes one while a response of ours is read from it."""

    _trainloop: Exchange

    def readinto(self, b: Any) -> Any:
        try:
            count = super().readinto(b)
        except BaseException as error:
            self._trainloop.fail(error)
            raise
        if count:
            self._trainloop.response_wire(b[:count])
        elif count == 0:
            self._trainloop.response_wire_end()
        return count

    def close(self) -> None:
        self._trainloop.end(Exchange.CLIENT_CLOSED)
        super().close()


class _TappedReader(io.RawIOBase):
    """Any other reader, such as that of a TLS library of its own."""

    def __init__(self, reader: Any, exchange: Exchange) -> None:
        self._reader = reader
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, b: Any) -> Any:
        try:
            read = getattr(self._reader, "read1", None) or self._reader.read
            data = read(len(b))
        except BaseException as error:
            self._exchange.fail(error)
            raise
        if not data:
            self._exchange.response_wire_end()
            return 0
        self._exchange.response_wire(data)
        b[: len(data)] = data
        return len(data)

    def fileno(self) -> int:
        return self._reader.fileno()

    def close(self) -> None:
        if not self.closed:
            self._exchange.end(Exchange.CLIENT_CLOSED)
            self._reader.close()
        super().close()


class Upload:
    """A file that is sent, and told as it is read."""

    def __init__(self, file: Any, tell: Callable[[Any], None]) -> None:
        self._file = file
        self._tell = tell

    def read(self, *args: Any) -> Any:
        data = self._file.read(*args)
        if data:
            self._tell(data)
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _TextUpload(io.TextIOBase):
    """A text file, which http.client sends as Latin-1."""

    def __init__(self, file: Any, tell: Callable[[Any], None]) -> None:
        self._file = file
        self._tell = tell

    def read(self, *args: Any) -> Any:
        data = self._file.read(*args)
        if data:
            self._tell(data.encode("iso-8859-1", "replace"))
        return data


def _is_buffer(data: Any) -> bool:
    """Such as an array, which a socket takes whole, though it can be iterated too."""
    try:
        memoryview(data)
    except TypeError:
        return False
    return True


def told(pieces: Any, tell: Callable[[Any], None]) -> Any:
    for piece in pieces:
        tell(piece)
        yield piece
