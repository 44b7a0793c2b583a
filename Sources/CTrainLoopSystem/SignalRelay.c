// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#include "SignalRelay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

static volatile int relay_descriptor = -1;

static void relay(int number, siginfo_t *info, void *context) {
    (void)context;
    int saved = errno;
    int32_t note[2] = {number, 0};
#ifdef __linux__
    // Above zero: by the kernel, such as for a key of the terminal, which has told the whole group already.
    if (info->si_code > 0) return;
    note[1] = (int32_t)info->si_pid;
#else
    // Elsewhere the code does not tell who sent it: keys of the terminal are taken to be keys of the terminal.
    if (number == SIGINT || number == SIGQUIT || number == SIGWINCH) return;
    note[1] = (int32_t)info->si_pid;
#endif
    // Eight bytes into a pipe are written whole or, when it is full of unread signals, not at all.
    ssize_t written = write(relay_descriptor, note, sizeof note);
    (void)written;
    errno = saved;
}

int trainloop_signal_is_ignored(int number) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0) return 0;
    return !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_IGN;
}

int trainloop_signal_relay_start(const int *numbers, int count) {
    int ends[2];
    if (pipe(ends) != 0) return -1;
    for (int end = 0; end < 2; end++) {
        fcntl(ends[end], F_SETFD, FD_CLOEXEC);
    }
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    relay_descriptor = ends[1];
    for (int index = 0; index < count; index++) {
        if (trainloop_signal_is_ignored(numbers[index])) continue;
        struct sigaction action = {0};
        action.sa_sigaction = relay;
        action.sa_flags = SA_SIGINFO | SA_RESTART;
        sigfillset(&action.sa_mask);
        sigaction(numbers[index], &action, NULL);
    }
    return ends[0];
}

// A signal for the whole group, which ended the child, may still be on its way to a thread of ours: it is waited for, or its
// default effect would end us in the midst of our last words.
static void let_pending_pass(const sigset_t *watched, const int *numbers, int count) {
    const struct timespec moment = {0, 500000};
    for (int turn = 0; turn < 10000; turn++) {
        sigset_t pending;
        int is_pending = 0;
        if (sigpending(&pending) != 0) return;
        for (int index = 0; index < count; index++) {
            is_pending |= sigismember(watched, numbers[index]) == 1 && sigismember(&pending, numbers[index]) == 1;
        }
        if (!is_pending) return;
        nanosleep(&moment, NULL);
    }
}

void trainloop_signal_relay_end(const int *numbers, int count) {
    sigset_t watched, before;
    sigemptyset(&watched);
    for (int index = 0; index < count; index++) {
        if (!trainloop_signal_is_ignored(numbers[index])) sigaddset(&watched, numbers[index]);
    }
    // Pending signals are told to a thread that blocks them.
    pthread_sigmask(SIG_BLOCK, &watched, &before);
    let_pending_pass(&watched, numbers, count);
    for (int index = 0; index < count; index++) {
        if (sigismember(&watched, numbers[index]) == 1) signal(numbers[index], SIG_DFL);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
