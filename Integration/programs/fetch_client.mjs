// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// node's own fetch: posts each file that it is given, and prints the reply.
import { readFileSync } from "node:fs";

const headers = { authorization: `Bearer ${process.env.TRAINLOOP_TEST_KEY}`, "content-type": "application/json" };
for (const file of process.argv.slice(2)) {
  const reply = await fetch(process.env.TRAINLOOP_TEST_URL, { method: "POST", headers, body: readFileSync(file) });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of reply.body) text += decoder.decode(chunk, { stream: true });
  console.log(`REPLY ${reply.status}\n${text}\nEND`);
}
