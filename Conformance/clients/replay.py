# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Gives recorded responses to the official clients, and says what they make of them. Needs `openai` and `anthropic`."""
import anthropic
import openai
from openai.lib.streaming.responses import _responses as response_stream

import corpus
import reading

CHAT = {"model": "m", "messages": [{"role": "user", "content": "."}]}
RESPONSE = {"model": "m", "input": "."}
MESSAGE = {**CHAT, "max_tokens": 1}
FINAL_EVENTS = ("response.completed", "response.incomplete", "response.failed")


class Unread(Exception):
    """The client has no answer to compare with; the message says why."""


class Replayer:
    """The clients, on a transport that answers each request with the response of the exchange at hand."""

    def __init__(self):
        self.exchange = None
        self.openai = openai.OpenAI(api_key="none", max_retries=0, http_client=self.http_client(openai))
        self.anthropic = anthropic.Anthropic(api_key="none", max_retries=0, http_client=self.http_client(anthropic))

    def http_client(self, package):
        """By the HTTP library that the package itself uses: httpx2, or httpx for the older ones."""
        http = getattr(package._base_client, "httpx2", None) or package._base_client.httpx

        def answer(request):
            return http.Response(
                self.exchange["status"], headers=corpus.response_fields(self.exchange),
                content=corpus.response_body(self.exchange))

        return http.Client(transport=http.MockTransport(answer))

    def line(self, exchange):
        """The oracle's line of an exchange; None for one of another API."""
        api = corpus.api(exchange)
        if api is None:
            return None
        self.exchange = exchange
        streamed = corpus.is_streamed(exchange)
        line = {"id": exchange["id"], "api": api, "streaming": "sse" if streamed else "no"}
        try:
            return {**line, **self.read(api, streamed)}
        except Exception as error:
            # Whatever a client raises that is not the provider's error: there is nothing to compare with.
            return {**line, "exclude": f"{type(error).__name__}: {error}"[:300]}

    def read(self, api, streamed):
        reply, failure = REPLIES[api, streamed](self)
        members = reading.READINGS[api](reply) if reply else dict(reading.NOTHING)
        if failure:
            members["error"] = provider_error(failure)
        return members


def provider_error(failure):
    """What a client raised, where it tells what the provider said; else it is raised anew."""
    if isinstance(failure, (openai.APIStatusError, anthropic.APIStatusError)):
        return reading.error(failure.body, failure.status_code)
    if type(failure) is openai.APIError and failure.body is not None:
        return reading.error(failure.body)
    raise failure


def plain(call):
    """The object that a call returns as a dictionary, and the error that it raises; one of them is None."""
    try:
        reply = call()
    except (openai.APIError, anthropic.APIError) as error:
        return None, error
    if not hasattr(reply, "to_dict"):
        raise Unread(f"the client returns a {type(reply).__name__}")
    return dictionary(reply), None


def accumulated(open_stream, snapshot):
    """The same of a stream that the client accumulates; what came before an error is there beside it."""
    reply = failure = None
    try:
        with open_stream() as stream:
            try:
                for _ in stream:
                    pass
            finally:
                reply = snapshot(stream)
    except (openai.APIError, anthropic.APIError) as error:
        failure = error
    if reply is None and failure is None:
        raise Unread("the client finds no reply in the stream")
    return reply and dictionary(reply), failure


def chat_snapshot(stream):
    try:
        return stream.current_completion_snapshot
    except AssertionError:
        return None


def message_snapshot(stream):
    try:
        return stream.current_message_snapshot
    except AssertionError:
        return None


def streamed_response(client):
    """A stream of responses: its final event has the whole response, or the client's accumulation fills it.

    The accumulation is stricter than the provider: where it fails, a final event that has its output stands alone.
    """
    state = response_stream.ResponseStreamState(text_format=openai.omit, input_tools=openai.omit)
    final = failure = fault = event = None
    try:
        for event in client.responses.create(**RESPONSE, stream=True):
            events = [event]
            try:
                events = events if fault else state.handle_event(event)
            except Exception as error:
                fault = error
            final = next((each.response for each in events if each.type in FINAL_EVENTS), final)
    except openai.APIError as error:
        failure = error
    if (event or not failure) and (final is None or final.output is None):
        raise fault or Unread("the stream has no final event, and the client no response")
    return final and dictionary(final), failure


def dictionary(reply):
    return reply.to_dict(mode="python", warnings=False)


def messages(replayer):
    """Anthropic's client by its beta API where the program used that."""
    is_beta = "beta=true" in replayer.exchange["url"]
    return replayer.anthropic.beta.messages if is_beta else replayer.anthropic.messages


REPLIES = {
    ("chat.completions", False): lambda r: plain(lambda: r.openai.chat.completions.create(**CHAT)),
    ("chat.completions", True): lambda r: accumulated(lambda: r.openai.chat.completions.stream(**CHAT), chat_snapshot),
    ("responses", False): lambda r: plain(lambda: r.openai.responses.create(**RESPONSE)),
    ("responses", True): lambda r: streamed_response(r.openai),
    ("messages", False): lambda r: plain(lambda: messages(r).create(**MESSAGE)),
    ("messages", True): lambda r: accumulated(lambda: messages(r).stream(**MESSAGE), message_snapshot),
}
