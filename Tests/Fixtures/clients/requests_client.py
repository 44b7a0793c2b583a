"""Two calls by requests; prints the bytes that the program got."""

import requests

session = requests.Session()
session.headers["Authorization"] = "Bearer sk-canary-requests-00000000000000000000"
url = "https://api.openai.com/v1/chat/completions"


def body(text, **more):
    return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}], **more}


reply = session.post(url, json=body("Grüße 😀"), headers={"X-Trainloop-Tag": "plain"})
print(reply.status_code, reply.text)
with session.post(url, json=body("Tell me", stream=True), stream=True) as reply:
    for line in reply.iter_lines():
        print(line.decode())
