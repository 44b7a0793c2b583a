// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// Loaded into the programs of a run by `trainloop run --inject` (LD_PRELOAD), for clients that obey no variable. Three
// things change for them, and for nobody else:
//
//   the address of a captured host   is a loopback address that stands for its name;
//   a connection to such an address  on port 443 leads to the proxy's port, and elsewhere to the true host;
//   a well-known file of roots       is the run's own bundle, which also holds the run's authority.
//
// We are a guest in every one of these functions: no lock, no allocation of our own, and errno as the true function
// leaves it.

#define _GNU_SOURCE
#include "CTrainLoopInject.h"

#ifdef __linux__

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

// 127.84.76.N stands for the name in slot N. Nothing listens there: loopback is 127.0.0.0/8 and services bind to its first.
static const uint32_t standInNetwork = 0x7f544c00;
enum { slotCount = 254, nameSize = 256 };

enum { slotEmpty, slotTaken, slotReady };
static struct {
    atomic_int state;
    char name[nameSize];
} slots[slotCount];

static int proxyPort;
static const char *hostList;
static const char *bundlePath;

// In the C library's own types, since one pointer serves functions that differ in their last parameters only.
static int (*trueGetaddrinfo)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
static int (*trueConnect)(int, const struct sockaddr *, socklen_t);
static int (*trueOpen)(const char *, int, ...);
static int (*trueOpen64)(const char *, int, ...);
static int (*trueOpenat)(int, const char *, int, ...);
static int (*trueOpenat64)(int, const char *, int, ...);
static FILE *(*trueFopen)(const char *, const char *);
static FILE *(*trueFopen64)(const char *, const char *);

static void find(void *pointer, const char *name) {
    void *symbol = dlsym(RTLD_NEXT, name);
    memcpy(pointer, &symbol, sizeof symbol);
}

// Other libraries' constructors may open files before ours has run: then the first call finds the true functions.
static void prepare(void) {
    static atomic_bool isPrepared;
    if (atomic_load_explicit(&isPrepared, memory_order_acquire)) return;
    int saved = errno;
    find(&trueGetaddrinfo, "getaddrinfo");
    find(&trueConnect, "connect");
    find(&trueOpen, "open");
    find(&trueOpen64, "open64");
    find(&trueOpenat, "openat");
    find(&trueOpenat64, "openat64");
    find(&trueFopen, "fopen");
    find(&trueFopen64, "fopen64");
    const char *port = getenv("TRAINLOOP_INJECT_PORT");
    proxyPort = port ? atoi(port) : 0;
    hostList = getenv("TRAINLOOP_INJECT_HOSTS");
    bundlePath = getenv("TRAINLOOP_INJECT_BUNDLE");
    if (bundlePath && access(bundlePath, R_OK) != 0) bundlePath = NULL;
    atomic_store_explicit(&isPrepared, true, memory_order_release);
    errno = saved;
}

__attribute__((constructor)) static void start(void) { prepare(); }

// MARK: Hosts

// A leading `*.` stands for one or more labels, `*` elsewhere for one or more characters of one label.
static int matchesText(const char *pattern, size_t patternLength, const char *name, size_t nameLength) {
    while (patternLength > 0 && *pattern != '*') {
        if (nameLength == 0 || strncasecmp(pattern, name, 1) != 0) return 0;
        pattern++, patternLength--, name++, nameLength--;
    }
    if (patternLength == 0) return nameLength == 0;
    for (size_t taken = 1; taken <= nameLength && name[taken - 1] != '.'; taken++) {
        if (matchesText(pattern + 1, patternLength - 1, name + taken, nameLength - taken)) return 1;
    }
    return 0;
}

static int matchesPattern(const char *pattern, size_t length, const char *name, size_t nameLength) {
    const char *colon = memchr(pattern, ':', length);
    if (colon) {
        // Only what is TLS on the usual port can be told by its server name.
        size_t portLength = length - (size_t)(colon + 1 - pattern);
        if (portLength != 3 || memcmp(colon + 1, "443", 3) != 0) return 0;
        length = (size_t)(colon - pattern);
    }
    if (length <= 2 || memcmp(pattern, "*.", 2) != 0) return matchesText(pattern, length, name, nameLength);
    for (size_t dot = 1; dot < nameLength; dot++) {
        if (name[dot] == '.' && matchesText(pattern + 2, length - 2, name + dot + 1, nameLength - dot - 1)) return 1;
    }
    return 0;
}

static int isCaptured(const char *name) {
    if (!hostList || !proxyPort) return 0;
    size_t nameLength = strlen(name);
    if (nameLength == 0 || nameLength >= nameSize) return 0;
    for (const char *pattern = hostList; *pattern;) {
        size_t length = strcspn(pattern, ",");
        if (length > 0 && matchesPattern(pattern, length, name, nameLength)) return 1;
        pattern += length;
        if (*pattern == ',') pattern++;
    }
    return 0;
}

// The slot of a name, or -1 when all are taken: then the host is reached as without us.
static int slotOf(const char *name) {
    for (int slot = 0; slot < slotCount; slot++) {
        int state = atomic_load_explicit(&slots[slot].state, memory_order_acquire);
        if (state == slotEmpty && atomic_compare_exchange_strong(&slots[slot].state, &state, slotTaken)) {
            strcpy(slots[slot].name, name);
            atomic_store_explicit(&slots[slot].state, slotReady, memory_order_release);
            return slot;
        }
        // A slot that another thread fills at this moment is passed over: at worst a name has two.
        if (state == slotReady && strcasecmp(slots[slot].name, name) == 0) return slot;
    }
    return -1;
}

int getaddrinfo(
    const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result
) {
    prepare();
    if (!name || (hints && (hints->ai_flags & AI_NUMERICHOST)) || !isCaptured(name)) {
        return trueGetaddrinfo(name, service, hints, result);
    }
    // Who asks for IPv6 alone asks for IPv4 next.
    if (hints && hints->ai_family == AF_INET6 && !(hints->ai_flags & AI_V4MAPPED)) return EAI_NONAME;
    int slot = slotOf(name);
    if (slot < 0) return trueGetaddrinfo(name, service, hints, result);
    char address[INET_ADDRSTRLEN];
    snprintf(address, sizeof address, "127.84.76.%d", slot + 1);
    return trueGetaddrinfo(address, service, hints, result);
}

// MARK: Connections

static int slotOfAddress(uint32_t networkOrder) {
    uint32_t address = ntohl(networkOrder);
    int slot = (int)(address & 0xff) - 1;
    if ((address & 0xffffff00) != standInNetwork || slot < 0 || slot >= slotCount) return -1;
    return atomic_load_explicit(&slots[slot].state, memory_order_acquire) == slotReady ? slot : -1;
}

// To the true host, for what is not TLS on the usual port.
static int connectPast(int descriptor, int slot, int family, in_port_t port) {
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    if (family == AF_INET6) hints.ai_flags = AI_V4MAPPED | AI_ALL;
    struct addrinfo *found = NULL;
    if (trueGetaddrinfo(slots[slot].name, NULL, &hints, &found) != 0 || !found) {
        errno = EHOSTUNREACH;
        return -1;
    }
    if (family == AF_INET6) {
        ((struct sockaddr_in6 *)found->ai_addr)->sin6_port = port;
    } else {
        ((struct sockaddr_in *)found->ai_addr)->sin_port = port;
    }
    int status = trueConnect(descriptor, found->ai_addr, found->ai_addrlen);
    int saved = errno;
    freeaddrinfo(found);
    errno = saved;
    return status;
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length) {
    prepare();
    if (address && address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in changed;
        memcpy(&changed, address, sizeof changed);
        int slot = slotOfAddress(changed.sin_addr.s_addr);
        if (slot >= 0) {
            if (ntohs(changed.sin_port) != 443) return connectPast(descriptor, slot, AF_INET, changed.sin_port);
            changed.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            changed.sin_port = htons((uint16_t)proxyPort);
            return trueConnect(descriptor, (const struct sockaddr *)&changed, sizeof changed);
        }
    } else if (address && address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 changed;
        memcpy(&changed, address, sizeof changed);
        if (IN6_IS_ADDR_V4MAPPED(&changed.sin6_addr)) {
            uint32_t mapped;
            memcpy(&mapped, &changed.sin6_addr.s6_addr[12], sizeof mapped);
            int slot = slotOfAddress(mapped);
            if (slot >= 0) {
                if (ntohs(changed.sin6_port) != 443) return connectPast(descriptor, slot, AF_INET6, changed.sin6_port);
                mapped = htonl(INADDR_LOOPBACK);
                memcpy(&changed.sin6_addr.s6_addr[12], &mapped, sizeof mapped);
                changed.sin6_port = htons((uint16_t)proxyPort);
                return trueConnect(descriptor, (const struct sockaddr *)&changed, sizeof changed);
            }
        }
    }
    return trueConnect(descriptor, address, length);
}

// MARK: Files of roots

static const char *const rootFiles[] = {
    "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/ssl/certs/ca-bundle.crt",
    "/etc/pki/tls/certs/ca-bundle.crt", "/etc/pki/tls/cert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/usr/lib/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt",
};

// Python's package of roots is read by clients that ask no variable.
static const char certifi[] = "/certifi/cacert.pem";

static const char *substitute(const char *path, int isRead) {
    if (!path || !bundlePath || !isRead) return path;
    for (size_t index = 0; index < sizeof rootFiles / sizeof *rootFiles; index++) {
        if (strcmp(path, rootFiles[index]) == 0) return bundlePath;
    }
    size_t length = strlen(path), suffix = sizeof certifi - 1;
    return length > suffix && strcmp(path + length - suffix, certifi) == 0 ? bundlePath : path;
}

static int isReadOnly(int flags) { return (flags & (O_ACCMODE | O_CREAT | O_PATH)) == O_RDONLY; }

// The mode is there when the flags say so; reading it always would read what nobody passed.
#define MODE(flags)                                                          \
    mode_t mode = 0;                                                         \
    if ((flags) & O_CREAT || ((flags) & O_TMPFILE) == O_TMPFILE) {           \
        va_list list;                                                        \
        va_start(list, flags);                                               \
        mode = va_arg(list, mode_t);                                         \
        va_end(list);                                                        \
    }

int open(const char *path, int flags, ...) {
    prepare();
    MODE(flags)
    return trueOpen(substitute(path, isReadOnly(flags)), flags, mode);
}

int open64(const char *path, int flags, ...) {
    prepare();
    MODE(flags)
    return trueOpen64(substitute(path, isReadOnly(flags)), flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    prepare();
    MODE(flags)
    return trueOpenat(folder, substitute(path, isReadOnly(flags)), flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
    prepare();
    MODE(flags)
    return trueOpenat64(folder, substitute(path, isReadOnly(flags)), flags, mode);
}

FILE *fopen(const char *path, const char *mode) {
    prepare();
    return trueFopen(substitute(path, mode && mode[0] == 'r' && !strchr(mode, '+')), mode);
}

FILE *fopen64(const char *path, const char *mode) {
    prepare();
    return trueFopen64(substitute(path, mode && mode[0] == 'r' && !strchr(mode, '+')), mode);
}

#endif
