// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#include "ProcessEnvironment.h"

#ifdef __APPLE__
#include <crt_externs.h>

char **trainloop_environment(void) { return *_NSGetEnviron(); }
#else
extern char **environ;

char **trainloop_environment(void) { return environ; }
#endif
