// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#include "DescriptorLimit.h"

#include <errno.h>
#include <limits.h>
#include <sys/resource.h>

uint64_t trainloop_descriptor_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (uint64_t)limit.rlim_cur : 0;
}

int32_t trainloop_set_descriptor_limit(uint64_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
#ifdef __APPLE__
    // There the hard limit may be infinite, and more than this is refused, save where it is so already.
    uint64_t most = limit.rlim_cur > OPEN_MAX ? (uint64_t)limit.rlim_cur : OPEN_MAX;
    if (wanted > most) wanted = most;
#endif
    limit.rlim_cur = wanted < (uint64_t)limit.rlim_max ? (rlim_t)wanted : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : -errno;
}
