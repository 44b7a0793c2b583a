/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The TrainLoop for Swift authors
 *
 * Calls in random order with random arguments: random <first seed> <rounds>. Whatever is called, the process lives, and
 * every exchange that was begun is recorded. Prints how many lines the data folder must have.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trainloop.h"

#define EXCHANGES 4
#define CALLS 300

static uint64_t state;

/* xorshift64* */
static uint32_t any(uint32_t bound) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 2685821657736338717u) >> 33) % bound;
}

static const char *const words[] = {
    "POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: 57\r\n\r\n",
    "POST https://api.anthropic.com/v1/messages HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n39\r\n",
    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, br\r\nContent-Length: 12\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "4f\r\ndata: {\"id\":\"chatcmpl-2\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"One, \"}}]}\n\n\r\n",
    "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\"}}]}}]}\n\n",
    "event: content_block_delta\n"
    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\"}}\n\n",
    "data: [DONE]\n\n", "0\r\n\r\n",
    "{\"choices\":[{\"message\":{\"content\":\"Gr\xc3\xbc\xc3\x9f\x65\"},\"finish_reason\":\"stop\"}]}",
    "[[[[[[[[{\"\\ud800\":1e400,\"\":-0.0}", "\xff\xfe\x00\x80", "text/event-stream", "content-type",
    "content-encoding", "gzip", "authorization", "Bearer sk-0123456789abcdef0123456789", "x-trainloop-tag",
    "checkout", "api.openai.com", "/v1/responses", "POST", "GET", "HEAD", "timeout", "connection_reset", ""};

/* Bytes to be given: a word, or a part of one, or one that was changed; a copy of its own size, so that a read beyond
 * it shows. The caller frees `start`. */
typedef struct {
    char *start;
    const char *bytes;
    int64_t count;
} gift;

static gift given(void) {
    gift gift;
    const char *word = words[any(2) ? any(14) : any(sizeof words / sizeof words[0])];
    size_t count = strlen(word);
    if (any(8) == 0) count = any((uint32_t)count + 1);
    gift.start = (char *)malloc(count > 0 ? count : 1);
    memcpy(gift.start, word, count);
    if (count > 0 && any(8) == 0) gift.start[any((uint32_t)count)] = (char)any(256);
    gift.bytes = any(40) == 0 ? NULL : gift.start;
    gift.count = any(40) == 0 ? -1 - (int64_t)any(1000) : gift.bytes == NULL && any(2) == 0 ? 0 : (int64_t)count;
    return gift;
}

static const int32_t statuses[] = {200, 200, 200, 101, 204, 304, 400, 429, 500, 999, 100, 0, -1, 70000};

/* One call, whichever. */
static void call(trainloop_recorder *recorder, trainloop_exchange **exchange) {
    gift a = given(), b = given(), c = given(), d = given();
    trainloop_field fields[2] = {{a.bytes, a.count, b.bytes, b.count}, {c.bytes, c.count, d.bytes, d.count}};
    trainloop_exchange *one = any(30) == 0 ? NULL : *exchange;
    const uint8_t *coded = NULL;
    int64_t coded_count = 0;
    char text[16];
    int32_t number = any(20) == 0 ? (int32_t)any(1u << 31) - (1 << 30) : (int32_t)any(6);
    int is_post = any(4) > 0;

    switch (any(24)) {
    case 0: trainloop_exchange_free(*exchange); *exchange = NULL; break;
    case 1: trainloop_exchange_tag(one, a.bytes, a.count); break;
    case 2: case 3:
        trainloop_exchange_request(
            one, is_post ? "POST" : a.bytes, is_post ? 4 : a.count, number, "api.openai.com", 14, number,
            "/v1/chat/completions", 20, fields, number % 3);
        break;
    case 4:
        trainloop_exchange_request(
            one, a.bytes, a.count, number, b.bytes, b.count, number, c.bytes, c.count, NULL, number);
        break;
    case 5: case 6: trainloop_exchange_request_body(one, a.bytes, a.count); break;
    case 7: trainloop_exchange_request_end(one); break;
    case 8: trainloop_exchange_response(one, statuses[any(14)], fields, (int64_t)any(3)); break;
    case 9: trainloop_exchange_response_codings(one, text, number > 16 ? 16 : number); break;
    case 10: case 11: case 12: trainloop_exchange_response_body(one, a.bytes, a.count); break;
    case 13: trainloop_exchange_response_lost(one, number, a.bytes, a.count); break;
    case 14:
        if (any(4) == 0) trainloop_exchange_end(one, number, a.bytes, a.count, b.bytes, b.count);
        break;
    case 15: trainloop_exchange_begin_wire(one, number, a.bytes, a.count, number); break;
    case 16: case 17: trainloop_exchange_request_wire(one, a.bytes, a.count); break;
    case 18: case 19: case 20: case 21:
        trainloop_exchange_response_wire(one, a.bytes, a.count, any(50) ? &coded : NULL, any(50) ? &coded_count : NULL);
        for (int64_t i = 0; coded != NULL && i < coded_count; i++) state ^= coded[i];
        if (state == 0) state = 1;
        break;
    case 22:
        if (any(4) == 0) trainloop_exchange_response_wire_end(one);
        break;
    default:
        trainloop_recorder_captures(recorder, a.bytes, a.count, number);
        trainloop_recorder_warning(recorder, text, number > 16 ? 16 : number);
        if (any(20) == 0) trainloop_recorder_flush(recorder);
    }
    free(a.start);
    free(b.start);
    free(c.start);
    free(d.start);
}

static int64_t round_of_calls(uint64_t seed) {
    trainloop_recorder *recorder = NULL;
    trainloop_exchange *exchanges[EXCHANGES] = {NULL};
    trainloop_counts counts;
    int64_t begun = 0;
    int closes_first;

    state = seed * 0x9e3779b97f4a7c15u + 1;
    if (trainloop_recorder_open(NULL, 0, "random/1", 8, &recorder, NULL, 0) != TRAINLOOP_OK) exit(3);
    for (int i = 0; i < CALLS; i++) {
        trainloop_exchange **exchange = &exchanges[any(EXCHANGES)];
        if (*exchange == NULL) {
            int32_t result = trainloop_exchange_begin(recorder, "random", 6, "f", any(2), 7, exchange);
            if (result == TRAINLOOP_OK) begun++;
        }
        call(recorder, exchange);
    }
    closes_first = any(2) == 0;
    if (closes_first) trainloop_recorder_close(recorder);
    for (int i = 0; i < EXCHANGES; i++) trainloop_exchange_free(exchanges[i]);
    if (closes_first) return begun;
    trainloop_recorder_counts(recorder, &counts);
    if (counts.seen != begun || counts.recorded != begun || counts.dropped != 0) {
        fprintf(stderr, "seed %llu: %lld begun, %lld recorded\n", (unsigned long long)seed, (long long)begun,
                (long long)counts.recorded);
        exit(4);
    }
    trainloop_recorder_close(recorder);
    return begun;
}

int main(int count, char **arguments) {
    uint64_t seed = count > 2 ? strtoull(arguments[1], NULL, 10) : 1;
    uint64_t rounds = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    int64_t lines = 0;
    for (uint64_t i = 0; i < rounds; i++) lines += round_of_calls(seed + i);
    printf("%lld\n", (long long)lines);
    return 0;
}
