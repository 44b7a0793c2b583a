// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors
//
// Which process holds the other end of a loopback connection. Linux only; elsewhere the answer is always "unknown".

#ifndef TRAINLOOP_PEER_PROCESS_H
#define TRAINLOOP_PEER_PROCESS_H

#include <stdint.h>

/// Looks up the client's socket of a TCP connection over loopback (netlink's SOCK_DIAG, else the list in `/proc/net`).
///
/// Both addresses are a `struct sockaddr` of IPv4 or IPv6, as the server sees them. Returns 1 and the socket's inode and its
/// owner, 0 when there is no such socket, or -1 when that cannot be known here.
int32_t trainloop_peer_socket(const void *client, const void *server, uint64_t *inode, uint32_t *user);

/// The same by the list in `/proc/net` alone.
int32_t trainloop_listed_socket(const void *client, const void *server, uint64_t *inode, uint32_t *user);

/// The process that opened a socket, by its inode; `hint` is looked at first. 0 when there is none that we may see.
///
/// Of parents and children that all have it, the eldest.
int32_t trainloop_socket_process(uint64_t inode, int32_t hint);

/// The name of a process, or an empty text.
void trainloop_process_name(int32_t process, char *name, int32_t capacity);

uint32_t trainloop_user(void);

#endif
