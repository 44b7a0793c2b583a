"""Two calls by httpx, one of them asynchronous; prints what the program got."""

import asyncio

import httpx

headers = {"Authorization": "Bearer sk-canary-httpx-0000000000000000000000"}
url = "https://api.openai.com/v1/chat/completions"


def body(text, **more):
    return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}], **more}


async def streamed():
    async with httpx.AsyncClient(headers=headers) as client:
        async with client.stream("POST", url, json=body("Tell me", stream=True)) as reply:
            async for line in reply.aiter_lines():
                print(line)


with httpx.Client(headers=headers) as client:
    reply = client.post(url, json=body("Grüße 😀"))
    print(reply.status_code, reply.text)
asyncio.run(streamed())
