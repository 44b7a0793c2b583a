// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors
//
// How many descriptors this process may have open: the soft limit, up to the hard one.

#ifndef TRAINLOOP_DESCRIPTOR_LIMIT_H
#define TRAINLOOP_DESCRIPTOR_LIMIT_H

#include <stdint.h>

/// The limit, or 0 when it is not known.
uint64_t trainloop_descriptor_limit(void);

/// Sets the limit; what is above the hard one, or what the system can hold, becomes that. Returns 0 or a negative errno value.
int32_t trainloop_set_descriptor_limit(uint64_t limit);

#endif
