// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors
//
// A timer of the kernel's own, to be waited for as a file. Linux only; elsewhere there is none.

#ifndef TRAINLOOP_WAKE_TIMER_H
#define TRAINLOOP_WAKE_TIMER_H

#include <stdint.h>

/// Makes a timer that stands still. Returns its file descriptor, readable once it has run out, or -1.
int32_t trainloop_timer(void);

/// Sets it to run out so many nanoseconds from now, and at no other time. Wakes no thread.
void trainloop_timer_set(int32_t timer, int64_t nanoseconds);

/// Makes it unreadable again.
void trainloop_timer_clear(int32_t timer);

void trainloop_timer_close(int32_t timer);

#endif
