"""Four calls by the official Anthropic client; prints what the program got, and nothing else."""

import anthropic

client = anthropic.Anthropic(api_key="sk-ant-canary-anthropic-000000000000000000", max_retries=0)
tools = [{"name": "get_weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}]


def ask(text, **more):
    return client.messages.create(
        model="claude-3-haiku-20240307", max_tokens=256, system="Be brief.",
        messages=[{"role": "user", "content": text}], **more,
    )


print(ask("Grüße 😀").model_dump_json())
for event in ask("Tell me", stream=True):
    print(event.model_dump_json())
for event in ask("[sim:tools] Weather?", tools=tools, stream=True, extra_headers={"X-Trainloop-Tag": "weather"}):
    print(event.model_dump_json())
try:
    ask("[sim:error=529]")
except anthropic.APIStatusError as error:
    print("error", error.status_code, error.body)
