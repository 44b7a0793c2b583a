# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""What the clients' objects say, as the members of an oracle's line (docs/conformance.md).

The objects come as the dictionaries that the clients make of them. A provider may have filled them with anything: a
value of another kind than the API's counts as absent.
"""
import json

NOTHING = {
    "model": None, "response_id": None, "text": "", "texts": [], "tool_calls": [], "server_tool_calls": [],
    "finish_reasons": [], "stop_sequence": None, "usage": None, "thinking": "", "refusal": None, "error": None,
}


def chat_completion(reply):
    """OpenAI's ChatCompletion; of several choices, the first has the text, the calls, the thinking and the refusal."""
    choices = sorted(elements(reply, "choices"), key=index)
    messages = [member(choice, "message") for choice in choices]
    first = messages[0] if messages else {}
    texts = [parts(message.get("content"), "text", "output_text") for message in messages]
    return {
        **common(reply),
        "text": texts[0] if texts else "",
        "texts": texts,
        "tool_calls": chat_tool_calls(first),
        "finish_reasons": [choice.get("finish_reason") for choice in choices],
        "usage": usage(reply, "prompt_tokens", "completion_tokens"),
        # Members of other providers, which the client hands on.
        "thinking": string(first, "reasoning_content") or string(first, "reasoning")
        or thinking_parts(first.get("content")),
        "refusal": string(first, "refusal"),
    }


def index(choice):
    value = choice.get("index")
    return value if isinstance(value, (int, float)) else 0


def chat_tool_calls(message):
    """The calls, and the one of the older form; some providers fill in every member, with empty strings."""
    old = member(message, "function_call")
    calls = [(None, "function_call", old)] if old.get("name") or old.get("arguments") else []
    for call in elements(message, "tool_calls"):
        kind = "custom" if member(call, "custom").get("name") else "function"
        calls.append((call.get("id"), kind, member(call, kind)))
    return [
        tool_call(number, called.get("name"), called.get("input" if kind == "custom" else "arguments"), kind)
        for number, kind, called in calls
    ]


# The items that call the application's tools: the kind of the call, and the member that has the arguments.
RESPONSE_CALLS = {"function_call": ("function", "arguments"), "custom_tool_call": ("custom", "input")}


def response(reply):
    """OpenAI's Response."""
    items = elements(reply, "output")
    content = [part for item in items if item.get("type") == "message" for part in elements(item, "content")]
    reasoning = [item for item in items if item.get("type") == "reasoning"]
    text = parts(content, "output_text", "text")
    return {
        **common(reply),
        "text": text,
        "texts": [text],
        "tool_calls": [response_tool_call(item) for item in items if string(item, "type") in RESPONSE_CALLS],
        "server_tool_calls": [server_tool_call(item) for item in items if is_server_tool_call(item)],
        "finish_reasons": [reply.get("status")],
        "incomplete_reason": member(reply, "incomplete_details").get("reason"),
        "usage": usage(reply, "input_tokens", "output_tokens"),
        "thinking": "".join(
            join(elements(item, part), "text") for item in reasoning for part in ("summary", "content")),
        "refusal": join([part for part in content if part.get("type") == "refusal"], "refusal") or None,
    }


def response_tool_call(item):
    kind, arguments = RESPONSE_CALLS[item["type"]]
    return tool_call(item.get("call_id"), item.get("name"), item.get(arguments), kind)


def is_server_tool_call(item):
    kind = string(item, "type") or ""
    return kind not in RESPONSE_CALLS and (
        kind.endswith("_call") or kind in ("mcp_list_tools", "mcp_approval_request"))


def server_tool_call(item):
    return {"id": item.get("call_id") or item.get("id"), "name": item.get("name"), "kind": item["type"]}


def message(reply):
    """Anthropic's Message."""
    content = reply.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else elements(reply, "content")
    text = join([block for block in blocks if block.get("type") == "text"], "text")
    counts = member(reply, "usage")
    return {
        **common(reply),
        "text": text,
        "texts": [text],
        "tool_calls": [
            tool_call(block.get("id"), block.get("name"), block.get("input"), "tool_use")
            for block in blocks if block.get("type") == "tool_use"
        ],
        "server_tool_calls": [
            server_tool_call(block) for block in blocks if (string(block, "type") or "").endswith("_tool_use")],
        "finish_reasons": [reply.get("stop_reason")],
        "stop_sequence": reply.get("stop_sequence"),
        "usage": counts and {
            "input": counts.get("input_tokens"),
            "output": counts.get("output_tokens"),
            "cached": counts.get("cache_read_input_tokens"),
            "cache_write": counts.get("cache_creation_input_tokens"),
            "reasoning": member(counts, "output_tokens_details").get("thinking_tokens"),
        } or None,
        "thinking": join([block for block in blocks if block.get("type") == "thinking"], "thinking"),
    }


READINGS = {"chat.completions": chat_completion, "responses": response, "messages": message}


def error(body, status=None):
    """The provider's error, from the object that tells it or the words that are all there is."""
    told = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(told, dict):
        told = {"message": "" if told is None else str(told)}
    message = told.get("message") or told.get("detail") or ""
    return {"status": status, "type": told.get("type"), "code": told.get("code"), "message": message}


def common(reply):
    told = reply.get("error")
    return {**NOTHING, "model": reply.get("model"), "response_id": reply.get("id"), "error": told and error(told)}


def usage(reply, input_name, output_name):
    """The counts of OpenAI's APIs, under their own names; None where there are none."""
    counts = member(reply, "usage")
    return counts and {
        "input": counts.get(input_name),
        "output": counts.get(output_name),
        "cached": member(counts, f"{input_name}_details").get("cached_tokens"),
        "cache_write": None,
        "reasoning": member(counts, f"{output_name}_details").get("reasoning_tokens"),
    } or None


def tool_call(number, name, arguments, kind):
    """Arguments as the string that was sent; where the provider sends an object, as JSON."""
    if not isinstance(arguments, str) or kind == "tool_use":
        arguments = "" if arguments is None else json.dumps(arguments, separators=(",", ":"), ensure_ascii=False)
    return {"id": number, "name": name or None, "arguments": arguments, "kind": kind}


def parts(content, *kinds):
    """The text of a content that is a string, or a list of parts of some kinds."""
    if isinstance(content, str):
        return content
    return join([part for part in objects(content) if part.get("type") in kinds], "text")


def thinking_parts(content):
    """Mistral's thinking, in parts of the content."""
    return "".join(parts(part.get("thinking"), "text") for part in objects(content) if part.get("type") == "thinking")


def join(dictionaries, name):
    return "".join(each[name] for each in dictionaries if isinstance(each.get(name), str))


def string(dictionary, name):
    value = dictionary.get(name)
    return value if isinstance(value, str) else None


def member(dictionary, name):
    value = dictionary.get(name)
    return value if isinstance(value, dict) else {}


def elements(dictionary, name):
    return objects(dictionary.get(name))


def objects(value):
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
