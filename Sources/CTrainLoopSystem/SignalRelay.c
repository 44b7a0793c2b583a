// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#include "SignalRelay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
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
