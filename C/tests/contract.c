/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The TrainLoop for Swift authors
 *
 * What trainloop.h promises beside the record itself, one case a run: contract <case>. Each check is a line on standard
 * output, "ok ..." or "FAILED ...". The records of a case are looked at by run.py.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trainloop.h"

#define TEXT(words) (words), (int64_t)strlen(words)
#define NOTHING NULL, 0

static void check(int holds, const char *what) { printf("%s %s\n", holds ? "ok" : "FAILED", what); }
#define IS(result, call) check((call) == (result), #call " is " #result)

static const char body[] = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
static const char reply[] =
    "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello\"},"
    "\"finish_reason\":\"stop\"}]}";
static const char sent[] =
    "POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: 57\r\n\r\n"
    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

static trainloop_recorder *opened(void) {
    trainloop_recorder *recorder = NULL;
    char reason[512] = "";
    int32_t result = trainloop_recorder_open(NOTHING, TEXT("contract/1"), &recorder, reason, sizeof reason);
    if (result != TRAINLOOP_OK) printf("FAILED to open: %s\n", reason);
    return recorder;
}

static trainloop_exchange *begun(trainloop_recorder *recorder) {
    trainloop_exchange *exchange = NULL;
    trainloop_exchange_begin(recorder, TEXT("c:contract"), NOTHING, 0, &exchange);
    return exchange;
}

static int32_t request(trainloop_exchange *exchange) {
    return trainloop_exchange_request(
        exchange, TEXT("POST"), 1, TEXT("API.OpenAI.com"), 443, TEXT("/v1/chat/completions"), NOTHING);
}

static int32_t end(trainloop_exchange *exchange, int32_t how) {
    return trainloop_exchange_end(exchange, how, NOTHING, NOTHING);
}

static int32_t whole(trainloop_recorder *recorder) {
    trainloop_exchange *exchange = begun(recorder);
    int32_t result;
    request(exchange);
    trainloop_exchange_request_body(exchange, TEXT(body));
    trainloop_exchange_request_end(exchange);
    trainloop_exchange_response(exchange, 200, NOTHING);
    trainloop_exchange_response_body(exchange, TEXT(reply));
    result = end(exchange, TRAINLOOP_COMPLETE);
    trainloop_exchange_free(exchange);
    return result;
}

/* Every function with NULL for each of its handles, and with each other argument that it cannot take. */
static void null(void) {
    trainloop_recorder *recorder = NULL;
    trainloop_exchange *exchange = NULL;
    trainloop_counts counts = {1, 1, 1, 1, 1, 1};
    const uint8_t *coded = (const uint8_t *)"";
    int64_t coded_count = 7;
    char text[8] = "before";

    IS(TRAINLOOP_ABI_VERSION, trainloop_abi_version());
    IS(TRAINLOOP_MISUSE, trainloop_recorder_open(NOTHING, TEXT("x"), NULL, NULL, 0));
    IS(TRAINLOOP_MISUSE, trainloop_recorder_open(NOTHING, NOTHING, &recorder, NULL, 5));
    IS(TRAINLOOP_MISUSE, trainloop_recorder_open("x", -1, TEXT("x"), &recorder, text, -1));
    IS(TRAINLOOP_MISUSE, trainloop_recorder_open(NULL, 1, TEXT("x"), &recorder, text, sizeof text));
    check(strlen(text) == sizeof text - 1 && strcmp(text, "before") != 0, "a reason is cut to its buffer");
    check(recorder == NULL, "no recorder is given");
    IS(TRAINLOOP_MISUSE, trainloop_recorder_captures(NULL, TEXT("api.openai.com"), 443));
    IS(TRAINLOOP_MISUSE, trainloop_recorder_counts(NULL, &counts));
    IS(TRAINLOOP_MISUSE, trainloop_recorder_counts(NULL, NULL));
    check(counts.seen == 0 && counts.dropped == 0 && counts.lost_media == 0, "the counts of no recorder are 0");
    IS(TRAINLOOP_MISUSE, trainloop_recorder_warning(NULL, text, sizeof text));
    IS(TRAINLOOP_MISUSE, trainloop_recorder_flush(NULL));
    IS(TRAINLOOP_OK, trainloop_recorder_close(NULL));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_begin(NULL, TEXT("x"), NOTHING, 0, &exchange));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_tag(NULL, TEXT("x")));
    IS(TRAINLOOP_MISUSE, request(NULL));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request_body(NULL, TEXT(body)));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request_end(NULL));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response(NULL, 200, NOTHING));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_codings(NULL, text, sizeof text));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_body(NULL, TEXT(body)));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_lost(NULL, 1, NOTHING));
    IS(TRAINLOOP_MISUSE, end(NULL, TRAINLOOP_COMPLETE));
    IS(TRAINLOOP_OK, trainloop_exchange_free(NULL));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_begin_wire(NULL, 1, TEXT("x"), 1));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request_wire(NULL, TEXT(body)));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_wire(NULL, TEXT(body), &coded, &coded_count));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_wire(NULL, TEXT(body), NULL, NULL));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_wire_end(NULL));
    check(coded == NULL && coded_count == 0, "no content is given back");
}

/* Values out of their range, calls in the wrong order and after the end: the record is that of the right calls. */
static void order(void) {
    trainloop_recorder *recorder = opened();
    trainloop_exchange *exchange = NULL;
    trainloop_field field = {"a", 1, "b", -1}, missing = {NULL, 3, "b", 1};
    const uint8_t *coded;
    int64_t coded_count;
    char text[16];

    IS(TRAINLOOP_MISUSE, trainloop_recorder_captures(recorder, TEXT("api.openai.com"), 65536));
    IS(TRAINLOOP_MISUSE, trainloop_recorder_captures(recorder, "x", -1, 443));
    IS(1, trainloop_recorder_captures(recorder, TEXT("API.openai.COM"), 443));
    IS(0, trainloop_recorder_captures(recorder, TEXT("example.com"), 443));
    IS(0, trainloop_recorder_captures(recorder, NOTHING, 0));
    IS(TRAINLOOP_MISUSE, trainloop_recorder_counts(recorder, NULL));
    IS(TRAINLOOP_MISUSE, trainloop_recorder_warning(recorder, NULL, 4));
    IS(TRAINLOOP_MISUSE, trainloop_recorder_warning(recorder, text, 0));
    IS(0, trainloop_recorder_warning(recorder, text, sizeof text));

    IS(TRAINLOOP_MISUSE, trainloop_exchange_begin(recorder, NOTHING, NOTHING, 0, &exchange));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_begin(recorder, TEXT("x"), NULL, 2, 0, &exchange));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_begin(recorder, TEXT("x"), NOTHING, -1, &exchange));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_begin(recorder, TEXT("x"), NOTHING, 0, NULL));
    exchange = begun(recorder);
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request_body(exchange, TEXT(body)));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request_end(exchange));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response(exchange, 200, NOTHING));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_body(exchange, TEXT(reply)));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_lost(exchange, 1, NOTHING));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request_wire(exchange, TEXT(sent)));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_wire(exchange, TEXT(sent), &coded, &coded_count));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_wire_end(exchange));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_tag(exchange, NULL, 1));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_begin_wire(exchange, 1, TEXT("x"), -1));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request(exchange, "P", -1, 1, TEXT("x"), 1, TEXT("/"), NOTHING));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request(exchange, TEXT("P"), 1, TEXT("x"), 1, TEXT("/"), &field, 1));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request(exchange, TEXT("P"), 1, TEXT("x"), 1, TEXT("/"), &missing, 1));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request(exchange, TEXT("P"), 1, TEXT("x"), 1, TEXT("/"), &field, -1));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request(exchange, TEXT("P"), 1, TEXT("x"), 1, TEXT("/"), NULL, 1));
    IS(TRAINLOOP_OK, trainloop_exchange_tag(exchange, TEXT("first")));
    IS(TRAINLOOP_OK, trainloop_exchange_tag(exchange, TEXT("orderly")));
    IS(TRAINLOOP_OK, request(exchange));
    IS(TRAINLOOP_MISUSE, request(exchange));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_tag(exchange, TEXT("late")));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_begin_wire(exchange, 1, TEXT("x"), 443));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request_body(exchange, body, -5));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request_body(exchange, NULL, 5));
    IS(TRAINLOOP_OK, trainloop_exchange_request_body(exchange, NOTHING));
    IS(TRAINLOOP_OK, trainloop_exchange_request_body(exchange, TEXT(body)));
    IS(TRAINLOOP_OK, trainloop_exchange_request_end(exchange));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request_end(exchange));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request_body(exchange, TEXT(body)));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_body(exchange, TEXT(reply)));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response(exchange, 100, NOTHING));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response(exchange, -200, NOTHING));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response(exchange, 200, NULL, 1));
    IS(TRAINLOOP_OK, trainloop_exchange_response(exchange, 200, NOTHING));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response(exchange, 200, NOTHING));
    IS(0, trainloop_exchange_response_codings(exchange, text, sizeof text));
    IS(TRAINLOOP_OK, trainloop_exchange_response_body(exchange, TEXT(reply)));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_lost(exchange, 0, NOTHING));
    IS(TRAINLOOP_MISUSE, end(exchange, 5));
    IS(TRAINLOOP_MISUSE, end(exchange, -1));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_end(exchange, TRAINLOOP_NETWORK_FAILED, NULL, 1, NOTHING));
    IS(TRAINLOOP_OK, end(exchange, TRAINLOOP_COMPLETE));
    IS(TRAINLOOP_ENDED, end(exchange, TRAINLOOP_COMPLETE));
    IS(TRAINLOOP_ENDED, trainloop_exchange_response_body(exchange, TEXT(reply)));
    IS(TRAINLOOP_ENDED, trainloop_exchange_tag(exchange, TEXT("late")));
    IS(TRAINLOOP_ENDED, trainloop_exchange_response_wire_end(exchange));
    IS(TRAINLOOP_OK, trainloop_exchange_free(exchange));
    IS(TRAINLOOP_OK, trainloop_recorder_flush(recorder));
    IS(TRAINLOOP_OK, trainloop_recorder_close(recorder));
}

static char turned(char byte) {
    int is_letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    return (char)(is_letter ? byte ^ 0x20 : byte);
}

/* HTTP/1.1 byte by byte, with content that is still coded. The coding x-turn is ours: capitals for small letters, and
 * back. */
static void wire(void) {
    static const char head[] =
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Encoding: X-Turn\r\nContent-Length: 100\r\n\r\n";
    trainloop_recorder *recorder = opened();
    trainloop_exchange *exchange = begun(recorder);
    char response[256], decoded[256], names[32], cut[4];
    int64_t decoded_count = 0, coded_count, last;
    const uint8_t *coded;
    int32_t result = TRAINLOOP_OK;

    snprintf(response, sizeof response, "%s%-100s", head, reply);
    for (size_t i = strlen(head); i < strlen(response); i++) response[i] = turned(response[i]);
    IS(TRAINLOOP_OK, trainloop_exchange_begin_wire(exchange, 1, TEXT("api.openai.com"), 443));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request_body(exchange, TEXT(body)));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response(exchange, 200, NOTHING));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_request_wire(exchange, sent, -1));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_body(exchange, TEXT(reply)));
    for (size_t i = 0; i < strlen(sent); i++) trainloop_exchange_request_wire(exchange, sent + i, 1);
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_wire(exchange, response, 1, NULL, &coded_count));
    IS(TRAINLOOP_MISUSE, trainloop_exchange_response_wire(exchange, response, -1, &coded, &coded_count));
    IS(TRAINLOOP_OK, trainloop_exchange_response_wire(exchange, NULL, 0, &coded, &coded_count));
    for (size_t i = 0; i < strlen(response) && result == TRAINLOOP_OK; i++) {
        result = trainloop_exchange_response_wire(exchange, response + i, 1, &coded, &coded_count);
        for (int64_t j = 0; j < coded_count; j++) decoded[decoded_count++] = turned((char)coded[j]);
    }
    last = coded_count;
    check(result == TRAINLOOP_WHOLE, "the response is whole with its last byte");
    check(last == 1 && decoded_count == 100, "every byte of the content comes back to be decoded");
    IS(6, trainloop_exchange_response_codings(exchange, names, sizeof names));
    check(strcmp(names, "x-turn") == 0, "the coding is named in lower case");
    IS(6, trainloop_exchange_response_codings(exchange, cut, sizeof cut));
    check(strcmp(cut, "x-t") == 0, "a name is cut to its buffer");
    IS(TRAINLOOP_OK, trainloop_exchange_response_body(exchange, decoded, decoded_count));
    IS(TRAINLOOP_OK, end(exchange, TRAINLOOP_COMPLETE));
    IS(TRAINLOOP_ENDED, trainloop_exchange_response_wire(exchange, response, 1, &coded, &coded_count));
    IS(TRAINLOOP_OK, trainloop_exchange_free(exchange));

    exchange = begun(recorder);
    trainloop_exchange_begin_wire(exchange, 1, TEXT("api.openai.com"), 443);
    trainloop_exchange_request_wire(exchange, TEXT(sent));
    trainloop_exchange_response_wire(exchange, TEXT("HTTP/1.1 200 OK\r\n\r\n"), &coded, &coded_count);
    trainloop_exchange_response_wire(exchange, TEXT(reply), &coded, &coded_count);
    /* A response that ends with its connection is whole when it is freed: run.py sees it. */
    IS(TRAINLOOP_OK, trainloop_exchange_free(exchange));
    IS(TRAINLOOP_OK, trainloop_recorder_close(recorder));
}

/* An exchange that is open at the fork is the parent's; both record what they begin. */
static void forks(void) {
    trainloop_recorder *recorder = opened();
    trainloop_exchange *exchange = begun(recorder);
    trainloop_counts counts;
    int status = 0;
    pid_t child;

    request(exchange);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        const uint8_t *coded;
        int64_t coded_count;
        IS(TRAINLOOP_FORKED, trainloop_exchange_request_body(exchange, TEXT(body)));
        IS(TRAINLOOP_FORKED, trainloop_exchange_response_wire(exchange, NOTHING, &coded, &coded_count));
        IS(TRAINLOOP_FORKED, end(exchange, TRAINLOOP_COMPLETE));
        IS(TRAINLOOP_OK, whole(recorder));
        IS(TRAINLOOP_OK, trainloop_exchange_free(exchange));
        trainloop_recorder_counts(recorder, &counts);
        check(counts.seen == 1 && counts.recorded == 1, "the child counts its own");
        IS(TRAINLOOP_OK, trainloop_recorder_close(recorder));
        fflush(stdout);
        _exit(0);
    }
    check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ends well");
    IS(TRAINLOOP_OK, end(exchange, TRAINLOOP_CLIENT_CLOSED));
    IS(TRAINLOOP_OK, trainloop_exchange_free(exchange));
    trainloop_recorder_counts(recorder, &counts);
    check(counts.seen == 1 && counts.recorded == 1, "the parent counts its own");
    IS(TRAINLOOP_OK, trainloop_recorder_close(recorder));
}

/* What is open when the recorder closes is recorded, and its handle outlives it. */
static void closing(void) {
    trainloop_recorder *recorder = opened();
    trainloop_exchange *first = begun(recorder), *second = begun(recorder);
    request(first);
    IS(TRAINLOOP_OK, trainloop_recorder_close(recorder));
    IS(TRAINLOOP_ENDED, trainloop_exchange_request_body(first, TEXT(body)));
    IS(TRAINLOOP_OK, trainloop_exchange_free(second));
    IS(TRAINLOOP_OK, trainloop_exchange_free(first));
}

/* TRAINLOOP_DATA_FOLDER names a file: each line is lost, which is answered each time and said once. */
static void lost(void) {
    trainloop_recorder *recorder = opened();
    trainloop_exchange *exchange = begun(recorder);
    trainloop_counts counts;
    char text[512], again[512];
    IS(TRAINLOOP_LOST, whole(recorder));
    IS(TRAINLOOP_LOST, whole(recorder));
    check(trainloop_recorder_warning(recorder, text, sizeof text) > 0, "a loss is said");
    check(strstr(text, getenv("TRAINLOOP_DATA_FOLDER")) != NULL, "with the place");
    IS(0, trainloop_recorder_warning(recorder, again, sizeof again));
    IS(TRAINLOOP_LOST, trainloop_exchange_free(exchange));
    trainloop_recorder_counts(recorder, &counts);
    check(counts.seen == 3 && counts.recorded == 0 && counts.dropped == 3, "and counted");
    exchange = begun(recorder);
    IS(TRAINLOOP_LOST, trainloop_recorder_close(recorder));
    IS(TRAINLOOP_OK, trainloop_exchange_free(exchange));
}

/* What is wrong with a configuration is said, and the host goes on with no recorder. */
static void configuration(void) {
    trainloop_recorder *recorder = (trainloop_recorder *)&recorder;
    char reason[512], cut[2];
    IS(TRAINLOOP_CONFIGURATION, trainloop_recorder_open(TEXT("/no/such.yaml"), TEXT("x"), &recorder, reason, 512));
    check(strstr(reason, "/no/such.yaml") != NULL, "with the path");
    check(recorder == NULL, "without a recorder");
    IS(TRAINLOOP_CONFIGURATION, trainloop_recorder_open(TEXT("/no/\xc3\xb6"), TEXT("x"), &recorder, cut, 2));
    setenv("TRAINLOOP_RUN", "1", 1);
    IS(TRAINLOOP_UNDER_RUN, trainloop_recorder_open(NOTHING, TEXT("x"), &recorder, reason, sizeof reason));
    check(recorder == NULL && strstr(reason, "trainloop run") != NULL, "under trainloop run nothing is recorded twice");
    IS(TRAINLOOP_MISUSE, whole(recorder));
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *record_some(void *recorder) {
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&lock);
        whole((trainloop_recorder *)recorder);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

/* Four threads, one lock of the host's. */
static void threads(void) {
    trainloop_recorder *recorder = opened();
    trainloop_counts counts;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, record_some, recorder);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    trainloop_recorder_counts(recorder, &counts);
    check(counts.seen == 200 && counts.recorded == 200, "200 exchanges of four threads are recorded");
    IS(TRAINLOOP_OK, trainloop_recorder_close(recorder));
}

int main(int count, char **arguments) {
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {{"null", null},       {"order", order}, {"wire", wire},       {"forks", forks},
                 {"closing", closing}, {"lost", lost},   {"configuration", configuration}, {"threads", threads}};
    for (size_t i = 0; count > 1 && i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(arguments[1], cases[i].name) != 0) continue;
        cases[i].run();
        return 0;
    }
    fprintf(stderr, "usage: contract <case>\n");
    return 2;
}
