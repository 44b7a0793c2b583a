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
    limit.rlim_cur = wanted < (uint64_t)limit.rlim_max ? (rlim_t)wanted : limit.rlim_max;
#ifdef __APPLE__
    // There the hard limit may be infinite, and more than this is refused.
    if (limit.rlim_cur > OPEN_MAX) limit.rlim_cur = OPEN_MAX;
#endif
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : -errno;
}
