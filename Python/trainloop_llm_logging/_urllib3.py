# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""urllib3, where http.client sees nothing: it may connect before it begins a request, and it may speak HTTP/2."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from . import _patches, _recorder
from ._http_client import Upload, destination, text, told
from ._recorder import HEADER_NAME, Exchange


def patch(module: ModuleType) -> None:
    failures = (OSError, import_module("urllib3.exceptions").HTTPError)

    def make_request(original: Any) -> Any:
        def _make_request(self: Any, conn: Any, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
            http2 = sys.modules.get("urllib3.http2.connection")
            if http2 is not None and isinstance(conn, getattr(http2, "HTTP2Connection", ())):
                return _over_http2(original, self, conn, method, url, args, kwargs)
            own = getattr(conn, "__dict__", {})
            own.pop("_trainloop_seen", None)
            own["_trainloop_body"] = kwargs.get("body")
            try:
                return original(self, conn, method, url, *args, **kwargs)
            except failures as error:
                if not own.get("_trainloop_seen"):
                    exchange = _begin(conn, method, url, kwargs)
                    if exchange is not None:
                        exchange.request_end()
                        exchange.fail(error)
                raise
            finally:
                own.pop("_trainloop_body", None)

        return _make_request

    _patches.replace(module, "HTTPConnectionPool._make_request", make_request)
    if not any(base.__module__ == "http.client" for base in import_module("urllib3.connection").HTTPConnection.__mro__):
        # Of its connections we see only those that cannot be had.
        _recorder.say(
            "calls by urllib3, requests and niquests are not recorded: urllib3-future stands in urllib3's place. "
            "Use trainloop run.")


def _over_http2(original: Any, pool: Any, conn: Any, method: Any, url: Any, args: Any, kwargs: Any) -> Any:
    exchange = _begin(conn, method, url, kwargs)
    if exchange is None:
        return original(pool, conn, method, url, *args, **kwargs)
    try:
        response = original(pool, conn, method, url, *args, **kwargs)
    except BaseException as error:
        exchange.request_end()
        exchange.fail(error)
        raise
    exchange.request_end()
    _end(exchange, response)
    return response


def _begin(conn: Any, method: Any, url: Any, kwargs: dict[str, Any]) -> Exchange | None:
    """Tells a request from the arguments, and makes of them those with which it is to be sent: without its tag, and with
    content that tells what is read of it. None when it is not to be recorded.
    """
    try:
        is_secure, host, port = destination(conn, url)
        if not _recorder.captures(host, port):
            return None
        exchange = Exchange("python:urllib3")
        headers = kwargs.get("headers") or {}
        if exchange.request(
            method, is_secure, host, port, url, [(text(name), text(value)) for name, value in headers.items()]):
            kwargs["headers"] = kept = headers.copy()
            for name in [name for name in kept if text(name).lower() == HEADER_NAME.lower()]:
                del kept[name]
        body = kwargs.get("body")
        if isinstance(body, (bytes, str)):
            exchange.request_body(body)
        elif hasattr(body, "read"):
            kwargs["body"] = Upload(body, exchange.request_body)
        elif body is not None:
            kwargs["body"] = told(body, exchange.request_body)
        return exchange
    except Exception as error:
        _recorder.fault(error)
        return None


def _end(exchange: Exchange, response: Any) -> None:
    """urllib3 has read a response over HTTP/2 whole, and takes no content coding off it."""
    try:
        exchange.response(response.status, [(text(name), text(value)) for name, value in response.headers.items()])
        exchange.response_body(response.data)
        exchange.end(Exchange.COMPLETE)
    except Exception as error:
        _recorder.fault(error)
