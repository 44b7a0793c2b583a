"""Seven calls by the official OpenAI client; prints what the program got, and nothing else."""

import openai

client = openai.OpenAI(api_key="sk-canary-openai-000000000000000000000000", max_retries=0)
tools = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]


def messages(text):
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]


reply = client.chat.completions.create(model="gpt-4o-mini", messages=messages("Grüße 😀"))
print(reply.model_dump_json())

stream = client.chat.completions.create(
    model="gpt-4o-mini", messages=messages("Tell me"), stream=True, stream_options={"include_usage": True}
)
for chunk in stream:
    print(chunk.model_dump_json())

stream = client.chat.completions.create(
    model="gpt-4o-mini", messages=messages("[sim:tools] Weather?"), tools=tools, stream=True,
    extra_headers={"X-Trainloop-Tag": "weather"},
)
for chunk in stream:
    print(chunk.model_dump_json())

try:
    client.chat.completions.create(model="gpt-4o-mini", messages=messages("[sim:error=429]"))
except openai.RateLimitError as error:
    print("error", error.status_code, error.message)

print(client.responses.create(model="gpt-4o-mini", input="Hello").model_dump_json(exclude={"created_at"}))
for event in client.responses.create(model="gpt-4o-mini", input="Hello", stream=True):
    print(event.type)

print(len(client.embeddings.create(model="text-embedding-3-small", input=["a", "b"]).data))
