/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The TrainLoop for Swift authors
 *
 * Records one plain and one streamed call whose bytes stand below, and prints the lines that were written.
 *
 *     cc -Iinclude example/record.c -Lbuild/lib -ltrainloop -Wl,-rpath,build/lib -o record
 *     TRAINLOOP_DATA_FOLDER=/tmp/records ./record
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trainloop.h"

/* A text as pointer and count. */
#define TEXT(words) (words), (int64_t)strlen(words)
#define FIELD(name, value) {TEXT(name), TEXT(value)}
#define NOTHING NULL, 0

static const char question[] =
    "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\","
    "\"content\":\"Which river flows through K\xc3\xb6ln?\"}]}";
static const char answer[] =
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,"
    "\"message\":{\"role\":\"assistant\",\"content\":\"The Rhine.\"},\"finish_reason\":\"stop\"}],"
    "\"usage\":{\"prompt_tokens\":14,\"completion_tokens\":4,\"total_tokens\":18}}";

static const char streamed_question[] =
    "POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\nContent-Type: application/json\r\n"
    "Authorization: Bearer sk-example-0123456789abcdef\r\nContent-Length: 85\r\n\r\n"
    "{\"model\":\"gpt-4o-mini\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Count.\"}]}";
/* As a socket gives them: pieces that end anywhere. */
static const char *const streamed_answer[] = {
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Enc",
    "oding: chunked\r\n\r\n4f\r\n"
    "data: {\"id\":\"chatcmpl-2\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"One, \"}}]}",
    "\n\n\r\n73\r\ndata: {\"id\":\"chatcmpl-2\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"two.\"},",
    "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n\r\n0\r\n\r\n"};

/* Ends the program with what a function answered, when that is not what the example needs. */
static void expect(int32_t wanted, int32_t result, const char *call) {
    if (result == wanted) return;
    fprintf(stderr, "%s answered %d instead of %d\n", call, (int)result, (int)wanted);
    exit(1);
}
#define EXPECT(wanted, call) expect(wanted, call, #call)

/* A call as a library above HTTP's bytes sees it. */
static void record_plain(trainloop_recorder *recorder) {
    trainloop_exchange *exchange;
    const trainloop_field sent[] = {
        FIELD("Content-Type", "application/json"), FIELD("Authorization", "Bearer sk-example-0123456789abcdef")};
    const trainloop_field received[] = {FIELD("Content-Type", "application/json")};
    EXPECT(TRAINLOOP_OK, trainloop_exchange_begin(recorder, TEXT("c:example"), TEXT(__FILE__), __LINE__, &exchange));
    EXPECT(TRAINLOOP_OK, trainloop_exchange_tag(exchange, TEXT("rivers")));
    EXPECT(TRAINLOOP_OK, trainloop_exchange_request(
        exchange, TEXT("POST"), 1, TEXT("api.openai.com"), 443, TEXT("/v1/chat/completions"), sent, 2));
    EXPECT(TRAINLOOP_OK, trainloop_exchange_request_body(exchange, TEXT(question)));
    EXPECT(TRAINLOOP_OK, trainloop_exchange_request_end(exchange));
    EXPECT(TRAINLOOP_OK, trainloop_exchange_response(exchange, 200, received, 1));
    EXPECT(TRAINLOOP_OK, trainloop_exchange_response_body(exchange, TEXT(answer)));
    EXPECT(TRAINLOOP_OK, trainloop_exchange_end(exchange, TRAINLOOP_COMPLETE, NOTHING, NOTHING));
    EXPECT(TRAINLOOP_OK, trainloop_exchange_free(exchange));
}

/* A streamed call as one who stands at the socket sees it. */
static void record_streamed(trainloop_recorder *recorder) {
    trainloop_exchange *exchange;
    const uint8_t *coded;
    int64_t coded_count;
    EXPECT(TRAINLOOP_OK, trainloop_exchange_begin(recorder, TEXT("c:example"), TEXT(__FILE__), __LINE__, &exchange));
    EXPECT(TRAINLOOP_OK, trainloop_exchange_tag(exchange, TEXT("numbers")));
    EXPECT(TRAINLOOP_OK, trainloop_exchange_begin_wire(exchange, 1, TEXT("api.openai.com"), 443));
    EXPECT(TRAINLOOP_OK, trainloop_exchange_request_wire(exchange, TEXT(streamed_question)));
    for (int i = 0; i < 4; i++)
        EXPECT(
            i < 3 ? TRAINLOOP_OK : TRAINLOOP_WHOLE,
            trainloop_exchange_response_wire(exchange, TEXT(streamed_answer[i]), &coded, &coded_count));
    EXPECT(TRAINLOOP_OK, trainloop_exchange_free(exchange));
}

/* Prints every line of every file of a folder. */
static void print_lines(const char *folder) {
    DIR *entries = opendir(folder);
    struct dirent *entry;
    if (entries == NULL) return;
    while ((entry = readdir(entries)) != NULL) {
        char path[4096];
        int byte;
        FILE *file;
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        file = fopen(path, "r");
        if (file == NULL) continue;
        while ((byte = getc(file)) != EOF) putchar(byte);
        fclose(file);
    }
    closedir(entries);
}

int main(void) {
    trainloop_recorder *recorder;
    trainloop_counts counts;
    char reason[1024], events[4096];
    const char *folder = getenv("TRAINLOOP_DATA_FOLDER");

    if (trainloop_abi_version() != TRAINLOOP_ABI_VERSION) return 1;
    if (trainloop_recorder_open(NOTHING, TEXT("c-example/1.0"), &recorder, reason, sizeof reason) != TRAINLOOP_OK) {
        fprintf(stderr, "no call is recorded: %s\n", reason);
        return 1;
    }
    if (trainloop_recorder_captures(recorder, TEXT("api.openai.com"), 443) == 1) {
        record_plain(recorder);
        record_streamed(recorder);
    }
    EXPECT(TRAINLOOP_OK, trainloop_recorder_counts(recorder, &counts));
    EXPECT(TRAINLOOP_OK, trainloop_recorder_close(recorder));
    fprintf(stderr, "%d seen, %d recorded\n", (int)counts.seen, (int)counts.recorded);
    snprintf(events, sizeof events, "%s/events", folder != NULL ? folder : "trainloop/data");
    print_lines(events);
    return 0;
}
