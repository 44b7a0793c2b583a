// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors
//
// The few functions that a new C library has and an old one has not, as the system calls that they are: so that a library
// built here loads where glibc is as old as 2.17. Hidden: nobody else is served by them.

#ifdef __linux__

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN int stat(const char *restrict path, struct stat *restrict facts) {
    return (int)syscall(SYS_newfstatat, AT_FDCWD, path, facts, 0);
}

HIDDEN int fstat(int descriptor, struct stat *facts) {
    return (int)syscall(SYS_fstat, descriptor, facts);
}

/// Embedded Swift asks for every object in this way, mostly with the alignment that malloc gives anyway and gives faster.
HIDDEN int posix_memalign(void **pointer, size_t alignment, size_t count) {
    *pointer = alignment <= _Alignof(max_align_t) ? malloc(count) : aligned_alloc(alignment, (count + alignment - 1) & -alignment);
    return *pointer == NULL ? ENOMEM : 0;
}

/// For the hash seeds of Swift's own collections, which need difference between processes, no secrecy.
HIDDEN void arc4random_buf(void *bytes, size_t count) {
    uint8_t *next = bytes;
    while (count > 0) {
        long got = syscall(SYS_getrandom, next, count, 0);
        if (got <= 0) return;
        next += got;
        count -= (size_t)got;
    }
}

#endif
