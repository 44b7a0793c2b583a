// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#ifndef CTRAINLOOPSYSTEM_PROCESSENVIRONMENT_H
#define CTRAINLOOPSYSTEM_PROCESSENVIRONMENT_H

#include <stdint.h>

#ifndef __clang__
#define _Nullable
#define _Nonnull
#endif

/// The process's environment as `NAME=VALUE` strings, ended by NULL; not to be kept across `setenv`.
char *_Nullable *_Nullable trainloop_environment(void);

/// The value of a variable, or NULL; not to be kept across `setenv`.
const char *_Nullable trainloop_variable(const char *_Nonnull name);

/// Writes the working directory, ended by NUL. Returns its length, or a negative errno value.
int32_t trainloop_working_directory(char *_Nonnull path, int32_t capacity);

/// The wall clock: nanoseconds since 1970.
int64_t trainloop_now(void);

/// 64 random bits of the system, for identifiers; never blocks.
uint64_t trainloop_random(void);

#endif
