// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors
//
// Which process holds the other end of a loopback connection. Linux only; elsewhere the answer is always "unknown".

#ifndef TRAINLOOP_PEER_PROCESS_H
#define TRAINLOOP_PEER_PROCESS_H

#include <stdint.h>

/// Looks up the client's socket of a TCP connection over loopback (netlink, SOCK_DIAG).
///
/// Both addresses are a `struct sockaddr` of one family, as the server sees them. Returns 0 and the socket's inode and its
/// owner, or a negative errno value: -ENOENT when there is no such socket.
int32_t trainloop_peer_socket(const void *client, const void *server, uint64_t *inode, uint32_t *user);

/// The process that opened a socket, by its inode; `hint` is looked at first. 0 when there is none that we may see.
///
/// Of parents and children that all have it, the eldest.
int32_t trainloop_socket_process(uint64_t inode, int32_t hint);

/// The name of a process, or an empty text.
void trainloop_process_name(int32_t process, char *name, int32_t capacity);

uint32_t trainloop_user(void);

#endif
