// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#ifndef CTRAINLOOPSYSTEM_SIGNALRELAY_H
#define CTRAINLOOPSYSTEM_SIGNALRELAY_H

/// Whether the process ignores the signal at present.
int trainloop_signal_is_ignored(int number);

/// From now on writes a note of two 32-bit integers (the signal, the sender's process id) for each of these signals that a
/// process sends to this one, and lets those pass that the kernel sends to the whole group, as for a key of the
/// terminal. Signals that the process ignores stay ignored. Once per process.
///
/// Returns the descriptor to read the notes from, or -1 with errno set.
int trainloop_signal_relay_start(const int *numbers, int count);

/// Gives these signals their default effect again, once those that were sent before have come; waits 0.1 s at most.
/// Signals that the process ignores stay ignored.
void trainloop_signal_relay_end(const int *numbers, int count);

#endif
