// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// malloc and its like of the whole process: the program's own come before those of the C library, which do the work.

#include "CAllocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern const char *dispatch_queue_get_label(void *queue);

static atomic_bool counts;
static _Atomic uint64_t calls[2], bytes[2];

static void note(size_t size) {
    if (!atomic_load_explicit(&counts, memory_order_relaxed)) return;
    // NULL is DISPATCH_CURRENT_QUEUE_LABEL: the queue whose work this thread does.
    const char *label = dispatch_queue_get_label(NULL);
    int side = label && strcmp(label, "trainloop.recorder") == 0;
    atomic_fetch_add_explicit(&calls[side], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&bytes[side], size, memory_order_relaxed);
}

void allocations_count(bool is_counting) { atomic_store(&counts, is_counting); }

allocations allocations_so_far(bool is_recorder) {
    return (allocations){atomic_load(&calls[is_recorder]), atomic_load(&bytes[is_recorder])};
}

void *malloc(size_t size) {
    note(size);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    note(count * size);
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    note(size);
    return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
    note(size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) || alignment & (alignment - 1)) return EINVAL;
    void *found = memalign(alignment, size);
    if (!found) return ENOMEM;
    *block = found;
    return 0;
}
