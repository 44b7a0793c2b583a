# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""boto3's client of Bedrock's runtime."""

import json

import shared

shared.before_import()

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
TOOLS = {
    "tools": [
        {"toolSpec": {"name": name, "inputSchema": {"json": shared.PARAMETERS}}} for name in ("get_weather", "get_time")
    ]
}


def make_client(attempts):
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=shared.BASE,
        region_name="us-east-1",
        aws_access_key_id="AKIACANARYMATRIX0000",
        aws_secret_access_key=shared.KEY,
        aws_session_token=f"{shared.KEY}-session",
        config=Config(retries={"mode": "standard", "total_max_attempts": attempts}),
    )


def build():
    global client, patient_client
    client, patient_client = make_client(1), make_client(3)


def request(prompt, **more):
    return {"modelId": MODEL, "messages": [{"role": "user", "content": [{"text": shared.asked(prompt)}]}], **more}


def take(reply):
    shared.show(reply)
    content = reply["output"]["message"]["content"]
    shared.expect(
        http=reply["ResponseMetadata"]["HTTPStatusCode"],
        text="".join(part.get("text", "") for part in content),
        toolCalls=[
            {"name": part["toolUse"]["name"], "arguments": part["toolUse"]["input"]}
            for part in content
            if "toolUse" in part
        ],
        model=MODEL,
        inputTokens=reply["usage"]["inputTokens"],
        outputTokens=reply["usage"]["outputTokens"],
        finishReason=reply["stopReason"],
    )


def ask(prompt, **more):
    take(client.converse(**request(prompt, **more)))  # CALL


def ask_streamed(prompt, **more):
    reply = client.converse_stream(**request(prompt, **more))  # CALL
    text, calls, seen = "", [], {}
    for event in reply["stream"]:
        shared.show(event)
        seen |= event
        delta = event.get("contentBlockDelta", {}).get("delta", {})
        text += delta.get("text", "")
        if "contentBlockStart" in event:
            calls.append({"name": event["contentBlockStart"]["start"]["toolUse"]["name"], "arguments": ""})
        if "toolUse" in delta:
            calls[-1]["arguments"] += delta["toolUse"]["input"]
    shared.expect(
        http=reply["ResponseMetadata"]["HTTPStatusCode"],
        text=text,
        toolCalls=[call | {"arguments": json.loads(call["arguments"])} for call in calls],
        model=MODEL,
        inputTokens=seen["metadata"]["usage"]["inputTokens"],
        outputTokens=seen["metadata"]["usage"]["outputTokens"],
        finishReason=seen["messageStop"]["stopReason"],
    )


def case_plain():
    ask("Grüße 😀")
    ask("Hello", system=[{"text": "Be brief."}])


def case_streamed():
    ask_streamed("Grüße 😀")
    ask_streamed("[sim:drip=5] Hello")


def case_tool_call():
    ask("[sim:tools] Weather?", toolConfig=TOOLS)


def case_streamed_tool_call():
    ask_streamed("[sim:tools] Weather?", toolConfig=TOOLS)


def case_error():
    for status in [429, 400, 500]:
        try:
            ask(f"[sim:error={status}]")
        except ClientError as error:
            http = error.response["ResponseMetadata"]["HTTPStatusCode"]
            shared.show_error(error, http)
            shared.expect("error", http, model=MODEL)
    reply = client.converse_stream(**request("[sim:cut=body] Hello"))  # CALL
    text = ""
    try:
        for event in reply["stream"]:
            shared.show(event)
            text += event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
    except Exception as error:
        shared.show_error(error)
        shared.expect_incomplete(text, MODEL)


def case_retry():
    shared.expect("error", 429, model=MODEL)
    take(patient_client.converse(**request("[sim:flaky] Hello")))  # CALL


def case_early_break():
    reply = client.converse_stream(**request("[sim:drip=50] Hello"))  # CALL
    text = ""
    for count, event in enumerate(reply["stream"], 1):
        shared.show(event)
        text += event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
        if count == 3:
            break
    reply["stream"].close()
    shared.expect_incomplete(text, MODEL)


def case_smoke():
    ask("Say hello.", inferenceConfig={"maxTokens": 16})
    ask_streamed("Say hello.", inferenceConfig={"maxTokens": 16})


if __name__ == "__main__":
    shared.run(globals())
