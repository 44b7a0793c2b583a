// Two calls by node's own fetch; prints what the program got.
const url = "https://api.openai.com/v1/chat/completions";
const headers = { authorization: "Bearer sk-canary-fetch-0000000000000000000000", "content-type": "application/json" };
const call = (text, more) =>
  fetch(url, {
    method: "POST",
    headers,
    body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: text }], ...more }),
  });

const reply = await call("Grüße 😀", {});
console.log(reply.status, await reply.text());

const decoder = new TextDecoder();
let text = "";
for await (const chunk of (await call("Tell me", { stream: true })).body) text += decoder.decode(chunk, { stream: true });
console.log(text);
