// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#ifndef CTRAINLOOPSYSTEM_PROCESSENVIRONMENT_H
#define CTRAINLOOPSYSTEM_PROCESSENVIRONMENT_H

/// The process's environment as `NAME=VALUE` strings, ended by NULL; not to be kept across `setenv`.
char *_Nullable *_Nullable trainloop_environment(void);

#endif
