# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""httpx, and httpx2, which is made after it: one exchange is one `_send_single_request`, above transports, below retries,
redirects and authentication. The body is seen as the response's stream is read, chunk by chunk.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from . import _patches, _recorder
from ._recorder import HEADER_NAME, Exchange


def patch(module: ModuleType) -> None:
    route = "python:" + module.__name__.partition(".")[0]
    upload = _make_upload(module)
    streams = (module.BoundSyncStream, module.BoundAsyncStream)

    def make_send(original: Any) -> Any:
        def _send_single_request(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            attempt = _Attempt.begin(request, route, upload)
            if attempt is None:
                return original(self, request, *args, **kwargs)
            try:
                attempt.enter()
                response = original(self, request, *args, **kwargs)
            except BaseException as error:
                attempt.exchange.fail(error)
                raise
            finally:
                # Here, not in a function: a signal may raise as one is entered.
                attempt.is_sending = False
                attempt.leave()
            attempt.succeed(response, streams)
            return response

        return _send_single_request

    def make_async_send(original: Any) -> Any:
        async def _send_single_request(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            attempt = _Attempt.begin(request, route, upload)
            if attempt is None:
                return await original(self, request, *args, **kwargs)
            try:
                attempt.enter()
                response = await original(self, request, *args, **kwargs)
            except BaseException as error:
                attempt.exchange.fail(error)
                raise
            finally:
                # Here, not in a function: a signal may raise as one is entered.
                attempt.is_sending = False
                attempt.leave()
            attempt.succeed(response, streams)
            return response

        return _send_single_request

    _patches.replace(module, "BoundSyncStream.__iter__", _make_iter)
    _patches.replace(module, "BoundAsyncStream.__aiter__", _make_aiter)
    _patches.replace(module, "BoundSyncStream.close", _make_close)
    _patches.replace(module, "BoundAsyncStream.aclose", _make_aclose)
    _patches.replace(module, "Client._send_single_request", make_send)
    _patches.replace(module, "AsyncClient._send_single_request", make_async_send)


class _Attempt:
    """A request on its way: what is to be put back on it when the transport has answered, save what that has replaced."""

    __slots__ = (
        "exchange", "request", "tag", "headers", "stream", "upload", "host", "port", "is_sending", "is_reading", "token")

    @classmethod
    def begin(cls, request: Any, route: str, upload: Any) -> _Attempt | None:
        """None when the request is not for us to record."""
        try:
            url = request.url
            is_secure = url.scheme == "https"
            host = url.raw_host
            port = url.port or (443 if is_secure else 80)
            if not _recorder.captures(host, port):
                return None
            attempt = cls()
            attempt.request = request
            attempt.host = host
            attempt.port = port
            attempt.is_sending = attempt.is_reading = False
            attempt.exchange = exchange = Exchange(route)
            headers = request.headers
            attempt.headers = attempt.upload = None
            content = getattr(request, "_content", None)
            if exchange.request(request.method, is_secure, host, port, url.raw_path, headers.raw, content):
                attempt.tag = headers[HEADER_NAME]
                attempt.headers = request.headers = headers.copy()
                del request.headers[HEADER_NAME]
            if content is None:
                attempt.stream = request.stream
                attempt.upload = request.stream = upload(request.stream, attempt)
            return attempt
        except Exception as error:
            _recorder.fault(error)
            return None

    @property
    def is_active(self) -> bool:
        """Whether what is called now is the transport; the content of a request may make calls of its own."""
        return self.is_sending and not self.is_reading

    def enter(self) -> None:
        self.is_sending = True
        self.token = _recorder.inside.set(self)

    def leave(self) -> None:
        try:
            _recorder.inside.reset(self.token)
        except Exception:
            # A coroutine that is thrown away unfinished is closed in another context than its own; the attempt is over anyway.
            pass
        try:
            request = self.request
            if self.headers is not None and request.headers is self.headers:
                request.headers[HEADER_NAME] = self.tag
            if self.upload is not None and request.stream is self.upload:
                request.stream = self.stream
        except Exception as error:
            _recorder.fault(error)
        # A context that was copied meanwhile, such as that of a connection, keeps us for as long as it lives.
        self.request = self.headers = self.stream = self.upload = self.token = None

    def succeed(self, response: Any, streams: tuple[type, ...]) -> None:
        try:
            content = getattr(response, "_content", None)
            fields = response.headers.raw
            self.exchange.response(response.status_code, fields, is_decoded=content is not None)
            if content is not None:
                # A transport that does not stream, such as one of a test, has read it already.
                self.exchange.response_body(content)
                self.exchange.end(Exchange.COMPLETE)
            elif isinstance(response.stream, streams):
                response.stream._trainloop = self.exchange
            else:
                self.exchange.end(Exchange.CLIENT_CLOSED)
        except Exception as error:
            _recorder.fault(error)


def _make_iter(original: Any) -> Any:
    def __iter__(self: Any) -> Any:
        exchange = getattr(self, "_trainloop", None)
        return original(self) if exchange is None else _tapped(original(self), exchange)

    return __iter__


def _tapped(chunks: Any, exchange: Exchange) -> Any:
    take = exchange.response_body
    try:
        for chunk in chunks:
            take(chunk)
            yield chunk
    except GeneratorExit:
        raise
    except BaseException as error:
        exchange.fail(error)
        raise
    exchange.end(Exchange.COMPLETE)


def _make_aiter(original: Any) -> Any:
    def __aiter__(self: Any) -> Any:
        exchange = getattr(self, "_trainloop", None)
        chunks = original(self)
        return chunks if exchange is None else _AsyncTapped(chunks, exchange)

    return __aiter__


class _AsyncTapped:
    """An asynchronous generator that tells what it gives; not a generator itself, so that the loop has none more to end."""

    def __init__(self, chunks: Any, exchange: Exchange) -> None:
        self._chunks = chunks
        self._exchange = exchange

    def __aiter__(self) -> _AsyncTapped:
        return self

    async def __anext__(self) -> Any:
        try:
            chunk = await self._chunks.__anext__()
        except StopAsyncIteration:
            self._exchange.end(Exchange.COMPLETE)
            raise
        except BaseException as error:
            self._exchange.fail(error)
            raise
        self._exchange.response_body(chunk)
        return chunk

    async def asend(self, value: Any) -> Any:
        return await self._chunks.asend(value)

    async def athrow(self, *arguments: Any) -> Any:
        return await self._chunks.athrow(*arguments)

    async def aclose(self) -> None:
        await self._chunks.aclose()


def _make_close(original: Any) -> Any:
    def close(self: Any) -> None:
        exchange = getattr(self, "_trainloop", None)
        if exchange is not None:
            exchange.end(Exchange.CLIENT_CLOSED)
        original(self)

    return close


def _make_aclose(original: Any) -> Any:
    async def aclose(self: Any) -> None:
        exchange = getattr(self, "_trainloop", None)
        if exchange is not None:
            exchange.end(Exchange.CLIENT_CLOSED)
        await original(self)

    return aclose


def _make_upload(module: ModuleType) -> Any:
    """Makes of a stream of request content one of its kind that tells what it gives."""

    class Upload(module.SyncByteStream):  # type: ignore[name-defined]
        def __init__(self, stream: Any, attempt: _Attempt) -> None:
            self._stream = stream
            self._attempt = attempt

        def __iter__(self) -> Any:
            attempt = self._attempt
            chunks = iter(self._stream)
            while True:
                attempt.is_reading = True
                try:
                    chunk = next(chunks)
                except StopIteration:
                    break
                finally:
                    attempt.is_reading = False
                attempt.exchange.request_body(chunk)
                yield chunk
            attempt.exchange.request_end()

        def close(self) -> None:
            self._stream.close()

    class AsyncUpload(module.AsyncByteStream):  # type: ignore[name-defined]
        def __init__(self, stream: Any, attempt: _Attempt) -> None:
            self._stream = stream
            self._attempt = attempt

        async def __aiter__(self) -> Any:
            attempt = self._attempt
            chunks = self._stream.__aiter__()
            while True:
                attempt.is_reading = True
                try:
                    chunk = await chunks.__anext__()
                except StopAsyncIteration:
                    break
                finally:
                    attempt.is_reading = False
                attempt.exchange.request_body(chunk)
                yield chunk
            attempt.exchange.request_end()

        async def aclose(self) -> None:
            await self._stream.aclose()

    class BothUpload(AsyncUpload, Upload):
        """Of a form: a transport of either client may read it whole, which is not awaited."""

    def upload(stream: Any, attempt: _Attempt) -> Any:
        is_sync = isinstance(stream, module.SyncByteStream)
        if isinstance(stream, module.AsyncByteStream):
            return (BothUpload if is_sync else AsyncUpload)(stream, attempt)
        return Upload(stream, attempt) if is_sync else stream

    return upload
