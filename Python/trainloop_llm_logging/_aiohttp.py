# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""aiohttp's client: the bytes of both messages are seen at its protocol and its writer; Swift follows their HTTP/1.1."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from . import _patches, _recorder
from ._recorder import HEADER_NAME, Exchange


def _under_way(protocol: Any) -> Exchange | None:
    """The exchange on a connection; of other protocols, such as that of aiohttp's server, there is none."""
    return getattr(protocol, "_trainloop", None)


def _taken(protocol: Any) -> Exchange | None:
    exchange = _under_way(protocol)
    if exchange is not None:
        protocol._trainloop = None
    return exchange


def patch_request(module: ModuleType) -> None:
    def make_send(original: Any) -> Any:
        async def send(self: Any, conn: Any) -> Any:
            exchange = _begin(self, conn)
            if exchange is None:
                return await original(self, conn)
            try:
                return await original(self, conn)
            except BaseException as error:
                exchange.fail(_cause(error, self))
                raise

        return send

    def make_start(original: Any) -> Any:
        async def start(self: Any, connection: Any) -> Any:
            try:
                return await original(self, connection)
            except BaseException as error:
                exchange = _under_way(getattr(connection, "protocol", None))
                if exchange is not None:
                    exchange.fail(_cause(error, self))
                raise

        return start

    _patches.replace(module, "ClientRequest.send", make_send)
    _patches.replace(module, "ClientResponse.start", make_start)


def _begin(request: Any, conn: Any) -> Exchange | None:
    try:
        if request.method == "CONNECT":
            # The tunnel through a proxy, for the request to come.
            return None
        is_secure, host, port = _destination(request)
        if not _recorder.captures(host, port):
            return None
        exchange = Exchange("python:aiohttp")
        tag = request.headers.get(HEADER_NAME)
        if tag is not None:
            # These headers were made for this request; the caller's own are elsewhere.
            del request.headers[HEADER_NAME]
        exchange.begin_wire(is_secure, host, port, tag)
        conn.protocol._trainloop = exchange
        return exchange
    except Exception as error:
        _recorder.fault(error)
        return None


def _cause(error: BaseException, timed: Any) -> BaseException:
    """The error, save that aiohttp cancels what is too late, and makes a timeout of that further out."""
    is_late = getattr(getattr(timed, "_timer", None), "_cancelled", False) is True
    return TimeoutError() if is_late and type(error).__name__ == "CancelledError" else error


def _destination(request: Any) -> tuple[bool, str, int]:
    url = request.url
    is_secure = url.scheme in ("https", "wss")
    return is_secure, url.raw_host or "", url.port or (443 if is_secure else 80)


def patch_writer(module: ModuleType) -> None:
    def make_write(original: Any) -> Any:
        def _write(self: Any, chunk: Any) -> Any:
            exchange = _under_way(getattr(self, "_protocol", None))
            if exchange is not None:
                exchange.request_wire(chunk)
            return original(self, chunk)

        return _write

    def make_writelines(original: Any) -> Any:
        def _writelines(self: Any, chunks: Any) -> Any:
            exchange = _under_way(getattr(self, "_protocol", None))
            if exchange is not None:
                chunks = tuple(chunks)
                for chunk in chunks:
                    exchange.request_wire(chunk)
            return original(self, chunks)

        return _writelines

    _patches.replace(module, "StreamWriter._write", make_write)
    _patches.replace(module, "StreamWriter._writelines", make_writelines, is_optional=True)


def patch_protocol(module: ModuleType) -> None:
    def make_data_received(original: Any) -> Any:
        def data_received(self: Any, data: Any) -> Any:
            exchange = _under_way(self)
            if exchange is not None:
                exchange.response_wire(data)
            return original(self, data)

        return data_received

    def make_connection_lost(original: Any) -> Any:
        def connection_lost(self: Any, exc: Any) -> Any:
            exchange = _taken(self)
            if exchange is not None:
                if exc is None:
                    exchange.response_wire_end()
                else:
                    exchange.fail(exc)
            return original(self, exc)

        return connection_lost

    def make_close(original: Any) -> Any:
        def close(self: Any) -> Any:
            exchange = _taken(self)
            if exchange is not None:
                exchange.end(Exchange.CLIENT_CLOSED)
            return original(self)

        return close

    _patches.replace(module, "ResponseHandler.data_received", make_data_received)
    _patches.replace(module, "ResponseHandler.connection_lost", make_connection_lost)
    _patches.replace(module, "ResponseHandler.close", make_close)


def patch_connector(module: ModuleType) -> None:
    """A connection that cannot be had is seen here only."""

    def make_connect(original: Any) -> Any:
        async def connect(self: Any, req: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return await original(self, req, *args, **kwargs)
            except BaseException as error:
                _note_unconnected(req, _cause(error, req))
                raise

        return connect

    _patches.replace(module, "BaseConnector.connect", make_connect)


def _note_unconnected(request: Any, error: BaseException) -> None:
    try:
        is_secure, host, port = _destination(request)
        if not _recorder.captures(host, port):
            return
        exchange = Exchange("python:aiohttp")
        fields = [(str(name), str(value)) for name, value in request.headers.items()]
        exchange.request(request.method, is_secure, host, port, request.url.raw_path_qs, fields)
        body = getattr(request.body, "_value", request.body)
        if isinstance(body, (bytes, bytearray, str)):
            exchange.request_body(body)
        exchange.request_end()
        exchange.fail(error)
    except Exception as fault:
        _recorder.fault(fault)
