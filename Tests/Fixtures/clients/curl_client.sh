# Two calls by curl; prints the bytes that the program got.
set -eu
call() {
    curl --silent --show-error https://api.openai.com/v1/chat/completions \
        --header "Authorization: Bearer sk-canary-curl-00000000000000000000000" \
        --header "Content-Type: application/json" --data "$1"
}
call '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Grüße 😀"}]}'
call '{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"Tell me"}]}'
