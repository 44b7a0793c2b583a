// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#define _GNU_SOURCE
#include "ProcessEnvironment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __APPLE__
#include <crt_externs.h>

char **trainloop_environment(void) { return *_NSGetEnviron(); }
#else
extern char **environ;

char **trainloop_environment(void) { return environ; }
#endif

const char *trainloop_variable(const char *name) {
    return getenv(name);
}

int32_t trainloop_working_directory(char *path, int32_t capacity) {
    if (getcwd(path, (size_t)capacity) == NULL) return -errno;
    return (int32_t)strlen(path);
}

int64_t trainloop_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

#ifdef __APPLE__

uint64_t trainloop_random(void) {
    uint64_t bits;
    arc4random_buf(&bits, sizeof bits);
    return bits;
}

#else

#include <sys/syscall.h>

// The system call itself: the C library's functions for it are younger than the libraries that we are loaded beside.
uint64_t trainloop_random(void) {
    uint64_t bits = 0;
    const unsigned nonblocking = 1;
    if (syscall(SYS_getrandom, &bits, sizeof bits, nonblocking) == sizeof bits) return bits;
    int descriptor = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) {
        ssize_t count = read(descriptor, &bits, sizeof bits);
        close(descriptor);
        if (count == sizeof bits) return bits;
    }
    // Identifiers need difference, not secrecy.
    return (uint64_t)trainloop_now() * 0x9e3779b97f4a7c15u ^ (uint64_t)getpid() << 32;
}

#endif
