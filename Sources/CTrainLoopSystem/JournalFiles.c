// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#define _GNU_SOURCE
#include "JournalFiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int32_t trainloop_open_append(const char *path) {
    int descriptor = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int32_t trainloop_create_append(const char *path) {
    int descriptor = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_CREAT | O_EXCL, 0600);
    return descriptor < 0 ? -errno : descriptor;
}

int32_t trainloop_make_folder(const char *path) {
    char part[4096];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part) return -ENAMETOOLONG;
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != 0) continue;
        char end = part[i];
        part[i] = 0;
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            // A folder above may be there and closed to us, which is no matter as long as the last one can be made.
            int reason = errno;
            struct stat facts;
            if (end == 0 || stat(part, &facts) != 0) return -reason;
        }
        part[i] = end;
    }
    return 0;
}

int64_t trainloop_write(int32_t descriptor, const uint8_t *bytes, int64_t count) {
    ssize_t written;
    do {
        written = write(descriptor, bytes, (size_t)count);
    } while (written < 0 && errno == EINTR);
    return written < 0 ? -errno : written;
}

int32_t trainloop_sync(int32_t descriptor) {
    return fsync(descriptor) != 0 ? -errno : 0;
}

int32_t trainloop_sync_folder(const char *path) {
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    int32_t result = trainloop_sync(descriptor);
    close(descriptor);
    return result;
}

void trainloop_close(int32_t descriptor) {
    close(descriptor);
}

int32_t trainloop_read_facts(int32_t descriptor, trainloop_facts *facts) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return -errno;
    *facts = (trainloop_facts){
        .size = status.st_size,
        .links = (int64_t)status.st_nlink,
        .device = (uint64_t)status.st_dev,
        .inode = (uint64_t)status.st_ino,
    };
    return 0;
}

int32_t trainloop_byte_at(int32_t descriptor, int64_t offset) {
    uint8_t byte;
    ssize_t count = pread(descriptor, &byte, 1, offset);
    return count < 0 ? -errno : count == 0 ? -EIO : byte;
}

// The number that a name such as 1795000000000.jsonl begins with; -1 for any other name.
static int64_t stem_of(const char *name) {
    int64_t stem = 0;
    const char *c = name;
    for (; *c >= '0' && *c <= '9' && stem < INT64_MAX / 100; c++) stem = stem * 10 + (*c - '0');
    return c != name && strcmp(c, ".jsonl") == 0 ? stem : -1;
}

int64_t trainloop_newest_stem(const char *folder, int64_t limit) {
    int64_t newest = -1;
    DIR *stream = opendir(folder);
    if (stream == NULL) return newest;
    struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        int64_t stem = stem_of(entry->d_name);
        if (stem > newest && stem < limit) newest = stem;
    }
    closedir(stream);
    return newest;
}

int64_t trainloop_stems(const char *folder, int64_t *stems, int64_t capacity) {
    int64_t count = 0;
    DIR *stream = opendir(folder);
    if (stream == NULL) return errno == ENOENT ? 0 : -errno;
    struct dirent *entry;
    // Only errno tells the end of the folder from a failure.
    while (errno = 0, (entry = readdir(stream)) != NULL) {
        int64_t stem = stem_of(entry->d_name);
        if (stem < 0) continue;
        if (count < capacity) stems[count] = stem;
        count++;
    }
    int error = errno;
    closedir(stream);
    return error != 0 ? -error : count;
}

int32_t trainloop_try_lock(const char *path) {
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return -errno;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
    int error = errno;
    close(descriptor);
    return -error;
}

void trainloop_unlock(int32_t descriptor) {
    flock(descriptor, LOCK_UN);
    close(descriptor);
}

int64_t trainloop_read_at(int32_t descriptor, uint8_t *bytes, int64_t count, int64_t offset) {
    ssize_t got;
    do {
        got = pread(descriptor, bytes, (size_t)count, offset);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

int64_t trainloop_read(int32_t descriptor, uint8_t *bytes, int64_t count) {
    ssize_t got;
    do {
        got = read(descriptor, bytes, (size_t)count);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

int32_t trainloop_open_read(const char *path) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int32_t trainloop_rename(const char *from, const char *to) {
    return rename(from, to) != 0 ? -errno : 0;
}

int32_t trainloop_unlink(const char *path) {
    return unlink(path) != 0 ? -errno : 0;
}

int32_t trainloop_process_identifier(void) {
    return getpid();
}

const char *trainloop_error_text(int32_t error) {
    return strerror(error);
}
