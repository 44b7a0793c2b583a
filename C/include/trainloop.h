/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The TrainLoop for Swift authors
 *
 * TrainLoop for hosts in any language: report what you see of an HTTP exchange with a model provider, and one line of
 * JSON is in the data folder when it ends. What the line says is in docs/event-format.md; how to begin, in docs/c.md.
 *
 *     open a recorder -> captures? -> begin -> request ... response ... end -> free -> close
 *
 * WHAT HOLDS FOR EVERY FUNCTION
 *
 * Totality.   None raises, prints, exits, blocks on a lock or reads what it was not given. A NULL handle, a negative
 *             count, NULL with a positive count, a call in the wrong order or after the end: a result code, and the
 *             record is as if it had not been called. What no library can tell is a pointer to nothing: using a handle
 *             after its destructor is an error of the caller's, as with free(). When memory is exhausted the process
 *             ends.
 * Results.    0 and above: done; below 0: not done, and why. A host that ignores every result is as safe as one that
 *             does not.
 * Bytes.      Text and content are pairs of pointer and byte count, without NUL at the end, and are copied before
 *             the function returns: nothing of the caller's is kept. (NULL, 0) is empty. Text is UTF-8; what is not
 *             reads as U+FFFD.
 * Texts back. Are written to a buffer of the caller's, cut to its capacity at a whole character and always ended by
 *             NUL. The result is the byte count of the whole text, without NUL, so that a cut can be told.
 * Threads.    The library has no lock, no thread and no signal handler. At most one thread may be inside it at a
 *             time, whatever the handles; it need not be always the same. A host with many threads puts one lock of
 *             its own around its calls, which take microseconds. Not for signal handlers.
 * Fork.       A process may fork when no thread is inside the library. The child may use the recorder and begin new
 *             exchanges at once. Exchanges that were open at the fork are the parent's to record: in the child
 *             they answer TRAINLOOP_FORKED, and freeing them writes nothing. Counts begin anew in the child.
 * Time.       Instants are taken when a function is called: report what happens when it happens.
 */

#ifndef TRAINLOOP_H
#define TRAINLOOP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of what this file says; a library answers with its own by trainloop_abi_version(). Within one version
 * functions and codes are added, none is changed or removed. */
#define TRAINLOOP_ABI_VERSION 1

/* A recorder: a configuration, a data folder and counts. One in a process is the rule. */
typedef struct trainloop_recorder trainloop_recorder;

/* One HTTP request and its response. */
typedef struct trainloop_exchange trainloop_exchange;

/* Results. */
enum {
    TRAINLOOP_OK = 0,
    /* Done, and the response has a content coding: see trainloop_exchange_response_codings. */
    TRAINLOOP_CODED = 1,
    /* Done, and the response is whole by its own framing: see trainloop_exchange_response_wire. */
    TRAINLOOP_WHOLE = 2,
    /* A NULL handle, a negative count, a value out of its range, or a call in the wrong order. */
    TRAINLOOP_MISUSE = -1,
    /* The exchange has ended; what comes later is ignored. */
    TRAINLOOP_ENDED = -2,
    /* The exchange began in the parent of this process. */
    TRAINLOOP_FORKED = -3,
    /* A line was not written: see trainloop_recorder_warning. */
    TRAINLOOP_LOST = -4,
    /* The configuration cannot be used. */
    TRAINLOOP_CONFIGURATION = -5,
    /* This program runs under `trainloop run`, which records its calls already. */
    TRAINLOOP_UNDER_RUN = -6
};

/* How an exchange ended. */
enum {
    /* The response was whole. */
    TRAINLOOP_COMPLETE = 0,
    /* The program let go before the response was whole. */
    TRAINLOOP_CLIENT_CLOSED = 1,
    /* The connection ended before the response was whole. */
    TRAINLOOP_SERVER_CLOSED = 2,
    /* No response could be had: with a type, a stable word such as connection_refused, connection_reset,
     * connection_closed, name_not_resolved, timeout or tls_failed, and a message for people. */
    TRAINLOOP_NETWORK_FAILED = 3,
    /* The host lost sight of the exchange, the program did not: with a message. */
    TRAINLOOP_CAPTURE_FAILED = 4
};

/* A header field as on the wire. */
typedef struct trainloop_field {
    const char *name;
    int64_t name_count;
    const char *value;
    int64_t value_count;
} trainloop_field;

/* What became of the exchanges that this process began. */
typedef struct trainloop_counts {
    /* Begun. */
    int64_t seen;
    /* Lines written. */
    int64_t recorded;
    /* Of those recorded: bodies that no parser understood. */
    int64_t unparsed;
    /* Of those recorded: cut by a bound. */
    int64_t truncated;
    /* Ended and not written: the data folder refused. */
    int64_t dropped;
    /* Images, sounds and files of recorded exchanges that could not be stored. */
    int64_t lost_media;
} trainloop_counts;

/* TRAINLOOP_ABI_VERSION of the library that is loaded. */
int32_t trainloop_abi_version(void);

/* ---- The recorder ------------------------------------------------------------------------------------------------ */

/* CONSTRUCTOR. Reads the configuration (README, "Configuration": a file, then TRAINLOOP_... variables) and opens a
 * recorder for it. The data folder is made when the first line is written.
 *
 *   config_path      a configuration file; (NULL, 0): wherever the configuration is looked for by default
 *   by               who records, such as "my-host/1.2"; not empty
 *   recorder         receives the recorder, or NULL when it cannot be opened; to be given to trainloop_recorder_close
 *   reason           may be NULL: receives a text for people when the result is not TRAINLOOP_OK
 *
 * Results: OK; CONFIGURATION; UNDER_RUN; MISUSE. Every other function takes a NULL recorder and does nothing, so a host
 * may go on with it. Reads the environment: no other thread may change it meanwhile. */
int32_t trainloop_recorder_open(
    const char *config_path, int64_t config_path_count,
    const char *by, int64_t by_count,
    trainloop_recorder **recorder,
    char *reason, int64_t reason_capacity);

/* METHOD. Whether exchanges with this host are to be recorded: 1, 0, or MISUSE. Only those are reported.
 *
 *   host             without port; an IPv6 address without brackets */
int32_t trainloop_recorder_captures(
    const trainloop_recorder *recorder,
    const char *host, int64_t host_count, int32_t port);

/* METHOD. Writes the counts; with a NULL recorder all are 0, and the result is MISUSE. Results: OK; MISUSE. */
int32_t trainloop_recorder_counts(const trainloop_recorder *recorder, trainloop_counts *counts);

/* METHOD. Takes what is to be said of a loss to the user, once in the life of a recorder. Ask after a result of LOST,
 * or now and then. Nothing is to be said when the configured log level is error or off.
 *
 * Results: the byte count of the text; 0 when there is nothing new; MISUSE, and the text is kept, without room for one
 * byte. */
int32_t trainloop_recorder_warning(trainloop_recorder *recorder, char *text, int64_t text_capacity);

/* METHOD. Brings the index of call sites up to date; where that fails, a warning says so. The lines need no flush: each
 * is written when its exchange ends. Results: OK; MISUSE. */
int32_t trainloop_recorder_flush(trainloop_recorder *recorder);

/* DESTRUCTOR. Records what is still open as incomplete, flushes, closes the files and frees the recorder. Exchanges
 * that are not freed stay valid, have ended, and are still to be freed. Results: OK, also for NULL; LOST. */
int32_t trainloop_recorder_close(trainloop_recorder *recorder);

/* ---- An exchange ------------------------------------------------------------------------------------------------- */

/* CONSTRUCTOR. Begins an exchange with a host that is to be recorded.
 *
 *   route            the library that the program calls with, such as "c:libcurl"; not empty
 *   file, line       the program's own place of the call; (NULL, 0) and 0 when not known
 *   exchange         receives the exchange, or NULL; to be given to trainloop_exchange_free
 *
 * Then either the heads and the content are reported (request, request_body, request_end, response, response_body), or
 * HTTP/1.1 as it is on the wire (begin_wire, request_wire, response_wire, response_wire_end). Results: OK; MISUSE. */
int32_t trainloop_exchange_begin(
    trainloop_recorder *recorder,
    const char *route, int64_t route_count,
    const char *file, int64_t file_count, int64_t line,
    trainloop_exchange **exchange);

/* METHOD. Tags the exchange, as the header field X-Trainloop-Tag does; before its request. A host that reads that
 * field takes it off before the request leaves, and may report it among the fields instead. Results: OK; MISUSE;
 * ENDED; FORKED. */
int32_t trainloop_exchange_tag(trainloop_exchange *exchange, const char *tag, int64_t tag_count);

/* METHOD. The head of the request.
 *
 *   host             without port; an IPv6 address without brackets
 *   target           path and query, beginning with '/'
 *   fields           all, with the credentials: they are needed to find them in the bodies, and none is written
 *
 * Results: OK; MISUSE; ENDED; FORKED. */
int32_t trainloop_exchange_request(
    trainloop_exchange *exchange,
    const char *method, int64_t method_count,
    int32_t is_secure,
    const char *host, int64_t host_count, int32_t port,
    const char *target, int64_t target_count,
    const trainloop_field *fields, int64_t field_count);

/* METHOD. More of the request's content, without transfer coding. Results: OK; MISUSE; ENDED; FORKED. */
int32_t trainloop_exchange_request_body(trainloop_exchange *exchange, const void *bytes, int64_t count);

/* METHOD. The request is sent. Results: OK; MISUSE; ENDED; FORKED. */
int32_t trainloop_exchange_request_end(trainloop_exchange *exchange);

/* METHOD. The head of the response. It may come before the end of the request. Interim responses (below 200, save 101)
 * are not reported: MISUSE. Results: OK; CODED; MISUSE; ENDED; FORKED. */
int32_t trainloop_exchange_response(
    trainloop_exchange *exchange,
    int32_t status,
    const trainloop_field *fields, int64_t field_count);

/* METHOD. The content codings of the response that its head names, in the order in which they were applied, with commas
 * between them, such as "gzip". The library decodes none: the host, which has the decoders of its language, takes them
 * off, the last one first, and reports what it gets to trainloop_exchange_response_body, each piece at once, so that
 * instants are true. A host whose HTTP library has decoded the content already just reports that.
 *
 * Results: the byte count of the text; 0 when there is none; MISUSE. */
int32_t trainloop_exchange_response_codings(const trainloop_exchange *exchange, char *text, int64_t text_capacity);

/* METHOD. More of the response's content, without transfer coding and content coding. Results: OK; MISUSE; ENDED;
 * FORKED. */
int32_t trainloop_exchange_response_body(trainloop_exchange *exchange, const void *bytes, int64_t count);

/* METHOD. Content of the response, `count` bytes, at least 1, that cannot be reported, such as for want of a decoder:
 * the record says so, with the reason. Results: OK; MISUSE; ENDED; FORKED. */
int32_t trainloop_exchange_response_lost(
    trainloop_exchange *exchange, int64_t count, const char *reason, int64_t reason_count);

/* METHOD. The last word on an exchange: its line is written before this returns.
 *
 *   how              TRAINLOOP_COMPLETE ... TRAINLOOP_CAPTURE_FAILED
 *   type, message    read as said there, else ignored
 *
 * Results: OK; LOST; MISUSE; ENDED; FORKED. */
int32_t trainloop_exchange_end(
    trainloop_exchange *exchange,
    int32_t how,
    const char *type, int64_t type_count,
    const char *message, int64_t message_count);

/* DESTRUCTOR. Frees the exchange. One that has not ended is ended: TRAINLOOP_COMPLETE when it was reported as bytes and
 * its response ends with the connection, else TRAINLOOP_CLIENT_CLOSED. Results: OK, also for NULL; LOST. */
int32_t trainloop_exchange_free(trainloop_exchange *exchange);

/* ---- HTTP/1.1 as on the wire ------------------------------------------------------------------------------------- */

/* METHOD. From now on the exchange is reported as bytes of HTTP/1.1, inside TLS where there is one. Instead of
 * trainloop_exchange_request. Results: OK; MISUSE; ENDED; FORKED. */
int32_t trainloop_exchange_begin_wire(
    trainloop_exchange *exchange, int32_t is_secure, const char *host, int64_t host_count, int32_t port);

/* METHOD. Bytes of the request as sent: its head, its body. Results: OK; MISUSE; ENDED; FORKED. */
int32_t trainloop_exchange_request_wire(trainloop_exchange *exchange, const void *bytes, int64_t count);

/* METHOD. Bytes of the response as received, interim responses included.
 *
 *   coded            receives content that still has its coding, for the host to decode and report as said at
 *                    trainloop_exchange_response_codings; NULL when there is none. It belongs to the exchange and is
 *                    valid until the next call of this function with it, or until it is freed.
 *   coded_count      receives its byte count
 *
 * Results: OK. WHOLE: this was the last of it; without a content coding the exchange has ended and its line is written,
 * with one the host ends it when all is decoded. LOST: it has ended, and its line was not written. MISUSE; ENDED;
 * FORKED. */
int32_t trainloop_exchange_response_wire(
    trainloop_exchange *exchange, const void *bytes, int64_t count, const uint8_t **coded, int64_t *coded_count);

/* METHOD. The server has closed the connection, which makes whole a response that ends so, and cuts any other: the
 * exchange ends. Results: OK; LOST; MISUSE; ENDED; FORKED. */
int32_t trainloop_exchange_response_wire_end(trainloop_exchange *exchange);

#ifdef __cplusplus
}
#endif

#endif
