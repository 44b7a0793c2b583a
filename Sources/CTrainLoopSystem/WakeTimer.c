// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#include "WakeTimer.h"

#ifdef __linux__

#include <sys/timerfd.h>
#include <unistd.h>

int32_t trainloop_timer(void) {
    return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
}

void trainloop_timer_set(int32_t timer, int64_t nanoseconds) {
    struct itimerspec when = {.it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000}};
    timerfd_settime(timer, 0, &when, NULL);
}

void trainloop_timer_clear(int32_t timer) {
    uint64_t count;
    while (read(timer, &count, sizeof count) > 0) {}
}

void trainloop_timer_close(int32_t timer) {
    close(timer);
}

#else

int32_t trainloop_timer(void) { return -1; }
void trainloop_timer_set(int32_t timer, int64_t nanoseconds) { (void)timer, (void)nanoseconds; }
void trainloop_timer_clear(int32_t timer) { (void)timer; }
void trainloop_timer_close(int32_t timer) { (void)timer; }

#endif
