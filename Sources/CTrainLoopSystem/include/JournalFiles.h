// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors
//
// What the journal needs of the C library, as plain functions: Embedded Swift has no Glibc module, and `open` is variadic.
// Every function that can fail returns a negative errno value; only `trainloop_read` may wait for anything but the disk.

#ifndef TRAINLOOP_JOURNAL_FILES_H
#define TRAINLOOP_JOURNAL_FILES_H

#include <stdint.h>

/// Opens an existing file to append to (and to look at its last byte). Returns the descriptor.
int32_t trainloop_open_append(const char *path);

/// Makes a new file, readable by its owner only, and opens it to append to. -EEXIST when there is one.
int32_t trainloop_create_append(const char *path);

/// Makes a folder and those above it that are missing, for the owner only. 0 also when it was there.
int32_t trainloop_make_folder(const char *path);

/// Writes once, again only when interrupted by a signal. Returns the count, which may be short.
int64_t trainloop_write(int32_t descriptor, const uint8_t *bytes, int64_t count);

/// Brings a file's content, or a folder's entries, to the disk.
int32_t trainloop_sync(int32_t descriptor);
int32_t trainloop_sync_folder(const char *path);

void trainloop_close(int32_t descriptor);

/// What the system knows of an open file.
typedef struct trainloop_facts {
    int64_t size;
    /// None means that the file was deleted.
    int64_t links;
    /// Both together name a file.
    uint64_t device, inode;
} trainloop_facts;

int32_t trainloop_read_facts(int32_t descriptor, trainloop_facts *facts);

/// The byte at `offset`, 0 to 255.
int32_t trainloop_byte_at(int32_t descriptor, int64_t offset);

/// The largest number N below `limit` for which `folder` has a file `N.jsonl`, or -1 when there is none.
int64_t trainloop_newest_stem(const char *folder, int64_t limit);

/// All such numbers, in no order: as many as there is room for are written to `stems`. Returns how many there are,
/// none where there is no such folder.
int64_t trainloop_stems(const char *folder, int64_t *stems, int64_t capacity);

/// Takes the lock on a lock file without waiting; makes the file if need be. Returns the descriptor, or -EWOULDBLOCK.
/// The end of the process gives the lock back too.
int32_t trainloop_try_lock(const char *path);

/// Gives the lock back, also for a child that has just been forked and still holds the file, and closes the file.
void trainloop_unlock(int32_t descriptor);

/// Reads up to `count` bytes at `offset`. Returns the count, 0 at the end.
int64_t trainloop_read_at(int32_t descriptor, uint8_t *bytes, int64_t count, int64_t offset);

/// Reads up to `count` bytes that come next, also of a pipe, and then waits for them. Returns the count, 0 at the end.
int64_t trainloop_read(int32_t descriptor, uint8_t *bytes, int64_t count);

/// Opens a file to read. Returns the descriptor.
int32_t trainloop_open_read(const char *path);

/// Puts a file in the place of another in one step.
int32_t trainloop_rename(const char *from, const char *to);

/// Removes a file.
int32_t trainloop_unlink(const char *path);

/// The process, for names that no other process chooses.
int32_t trainloop_process_identifier(void);

/// The text of an errno value, in English or the locale's language.
const char *trainloop_error_text(int32_t error);

#endif
