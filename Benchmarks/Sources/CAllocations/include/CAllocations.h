// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#ifndef C_ALLOCATIONS_H
#define C_ALLOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

/// What a process has asked of malloc and its like, while it was counted.
typedef struct {
    uint64_t count;
    uint64_t byte_count;
} allocations;

/// Begins or ends to count; what was counted stays.
void allocations_count(bool is_counting);

/// What was asked for so far.
///
/// - is_recorder: on the queue of TrainLoop's recorder; else on all other threads.
allocations allocations_so_far(bool is_recorder);

#endif
