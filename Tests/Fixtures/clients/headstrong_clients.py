"""Three calls by clients that obey no proxy variable; prints what the program got. The base URL is the one argument."""

import asyncio
import http.client
import json
import sys
import urllib.parse

import aiohttp
import urllib3

base = sys.argv[1] if len(sys.argv) > 1 else "https://api.openai.com"
path = "/v1/chat/completions"
headers = {"Authorization": "Bearer sk-canary-headstrong-00000000000000000", "Content-Type": "application/json"}


def body(text, **more):
    return json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}], **more})


async def by_aiohttp():
    async with aiohttp.ClientSession() as session:
        async with session.post(base + path, data=body("Tell me", stream=True), headers=headers) as reply:
            print(reply.status, await reply.text())


asyncio.run(by_aiohttp())

reply = urllib3.PoolManager().request("POST", base + path, body=body("Grüße 😀").encode(), headers=headers)
print(reply.status, reply.data.decode())

url = urllib.parse.urlsplit(base)
kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
connection = kind(url.netloc)
connection.request("POST", path, body("Hello"), headers)
reply = connection.getresponse()
print(reply.status, reply.read().decode())
