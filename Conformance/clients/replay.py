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
# What stands for an argument that is not given; older versions have another word.
OMITTED = getattr(openai, "omit", openai.NOT_GIVEN)
FINAL_EVENTS = ("response.completed", "response.incomplete", "response.failed")


class Unread(Exception):
    """The client has no answer to compare with; the message says why."""


class Replayer:
    """The clients, on a transport that answers each request with the response of the exchange at hand."""

    def __init__(self):
        self.status, self.fields, self.body = 0, [], b""
        self.openai = openai.OpenAI(api_key="none", max_retries=0, http_client=self.http_client(openai))
        self.anthropic = anthropic.Anthropic(api_key="none", max_retries=0, http_client=self.http_client(anthropic))

    def http_client(self, package):
        """By the HTTP library that the package itself uses: httpx2, or httpx for the older ones."""
        http = getattr(package._base_client, "httpx2", None) or package._base_client.httpx

        def answer(request):
            return http.Response(self.status, headers=self.fields, content=self.body)

        return http.Client(transport=http.MockTransport(answer))

    def line(self, exchange):
        """The oracle's line of an exchange; None for one of another API."""
        api = corpus.api(exchange)
        if api is None:
            return None
        self.status, self.fields = exchange.get("status") or 0, corpus.response_fields(exchange)
        self.body = corpus.response_body(exchange)
        streamed = corpus.is_streamed(exchange)
        line = {"id": exchange["id"], "api": api, "streaming": "sse" if streamed else "no"}
        try:
            reply, failure = self.replay(exchange, api, streamed)
            error = failure and provider_error(failure)
        except Exception as fault:
            # Whatever a client raises that is not the provider's error: there is nothing to compare with.
            return {**line, "exclude": f"{type(fault).__name__}: {fault}"[:300]}
        members = reading.READINGS[api](reply) if reply else reading.NOTHING
        return {**line, **members, "error": error or members["error"]}

    def replay(self, exchange, api, streamed):
        """What the client makes of the response: its object as a dictionary, the error that it raises, or both."""
        if api == "responses":
            return streamed_response(self.openai) if streamed else plain(self.openai.responses.create, RESPONSE)
        if api == "chat.completions":
            chat = self.openai.chat.completions
            if streamed:
                return accumulated(chat.stream(**CHAT), "current_completion_snapshot")
            return plain(chat.create, CHAT)
        # By the beta API where the program used that.
        client = self.anthropic.beta if "beta=true" in exchange.get("url", "") else self.anthropic
        if streamed:
            return accumulated(client.messages.stream(**MESSAGE), "current_message_snapshot")
        return plain(client.messages.create, MESSAGE)


def provider_error(failure):
    """What a client raised, where it tells what the provider said; else it is raised anew."""
    if isinstance(failure, (openai.APIStatusError, anthropic.APIStatusError)):
        return reading.error(failure.body, failure.status_code)
    if type(failure) is openai.APIError and failure.body is not None:
        return reading.error(failure.body)
    raise failure


def plain(create, arguments):
    try:
        reply = create(**arguments)
    except (openai.APIError, anthropic.APIError) as error:
        return None, error
    if not hasattr(reply, "to_dict"):
        raise Unread(f"the client returns a {type(reply).__name__}")
    return dictionary(reply), None


def accumulated(manager, snapshot):
    """A stream that the client accumulates; what came before an error is there beside it."""
    reply = failure = None
    try:
        with manager as stream:
            try:
                for _ in stream:
                    pass
            finally:
                reply = snapshot_of(stream, snapshot)
    except (openai.APIError, anthropic.APIError) as error:
        failure = error
    if reply is None and failure is None:
        raise Unread("the client finds no reply in the stream")
    return reply and dictionary(reply), failure


def snapshot_of(stream, name):
    """None before the first event that begins a reply, which the clients assert."""
    try:
        return getattr(stream, name)
    except AssertionError:
        return None


def streamed_response(client):
    """A stream of responses: its final event has the whole response, or the client's accumulation fills it.

    The accumulation is stricter than the provider: where it fails, a final event that has its output stands alone.
    """
    state = response_stream.ResponseStreamState(text_format=OMITTED, input_tools=OMITTED)
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
