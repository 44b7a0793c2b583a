// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#define _GNU_SOURCE
#include "PeerProcess.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

uint32_t trainloop_user(void) {
    return (uint32_t)geteuid();
}

#ifdef __linux__

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

/// Puts an address and its port where a question has them.
static void put_address(const struct sockaddr *address, __be32 *bytes, __be16 *port) {
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        memcpy(bytes, &v4->sin_addr, sizeof v4->sin_addr);
        *port = v4->sin_port;
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
        memcpy(bytes, &v6->sin6_addr, sizeof v6->sin6_addr);
        *port = v6->sin6_port;
    }
}

/// An address and its port as `/proc/net/tcp` writes them: words in the machine's order.
static void write_address(const struct sockaddr *address, char *text, size_t capacity) {
    __be32 words[4] = {0};
    __be16 port = 0;
    put_address(address, words, &port);
    int count = address->sa_family == AF_INET6 ? 4 : 1;
    size_t length = 0;
    for (int index = 0; index < count; index++) {
        length += (size_t)snprintf(text + length, capacity - length, "%08X", words[index]);
    }
    snprintf(text + length, capacity - length, ":%04X", ntohs(port));
}

/// Looks a connection up in one of the kernel's lists.
static int32_t search_list(
    const char *path, const struct sockaddr *client, const struct sockaddr *server, uint64_t *inode, uint32_t *user) {
    char source[48], destination[48], line[512];
    write_address(client, source, sizeof source);
    write_address(server, destination, sizeof destination);
    FILE *file = fopen(path, "re");
    if (file == NULL) return -1;
    int32_t result = 0;
    while (result == 0 && fgets(line, sizeof line, file) != NULL) {
        char local[48], remote[48];
        unsigned owner;
        unsigned long long number;
        int found = sscanf(
            line, " %*d: %47s %47s %*s %*s %*s %*s %u %*s %llu", local, remote, &owner, &number);
        if (found != 4 || strcmp(local, source) != 0 || strcmp(remote, destination) != 0) continue;
        *inode = number;
        *user = owner;
        result = 1;
    }
    if (result == 0 && ferror(file)) result = -1;
    fclose(file);
    return result;
}

/// An IPv4 address as a socket of IPv6 has it: `::ffff:127.0.0.1`.
static struct sockaddr_in6 mapped(const struct sockaddr *address) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    struct sockaddr_in6 v6;
    memset(&v6, 0, sizeof v6);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = v4->sin_port;
    memset(v6.sin6_addr.s6_addr + 10, 0xff, 2);
    memcpy(v6.sin6_addr.s6_addr + 12, &v4->sin_addr, sizeof v4->sin_addr);
    return v6;
}

int32_t trainloop_listed_socket(const void *client, const void *server, uint64_t *inode, uint32_t *user) {
    if (((const struct sockaddr *)client)->sa_family == AF_INET6) {
        return search_list("/proc/net/tcp6", client, server, inode, user);
    }
    int32_t result = search_list("/proc/net/tcp", client, server, inode, user);
    if (result != 0) return result;
    // A client that speaks IPv4 by a socket of IPv6 stands in the other list, which a system without IPv6 does not have.
    struct sockaddr_in6 source = mapped(client), destination = mapped(server);
    return search_list(
        "/proc/net/tcp6", (const struct sockaddr *)&source, (const struct sockaddr *)&destination, inode, user) > 0;
}

static int asked_socket(const void *client, const void *server, uint64_t *inode, uint32_t *user) {
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (netlink < 0) return 0;
    struct timeval patience = {.tv_sec = 1};
    setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } question;
    memset(&question, 0, sizeof question);
    question.header.nlmsg_len = sizeof question;
    question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.header.nlmsg_flags = NLM_F_REQUEST;
    question.request.sdiag_family = (__u8)((const struct sockaddr *)client)->sa_family;
    question.request.sdiag_protocol = IPPROTO_TCP;
    question.request.idiag_states = ~0u;
    question.request.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
    question.request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;

    struct inet_diag_sockid *sockets = &question.request.id;
    put_address(client, sockets->idiag_src, &sockets->idiag_sport);
    put_address(server, sockets->idiag_dst, &sockets->idiag_dport);

    int result = 0;
    union {
        struct nlmsghdr header;
        char bytes[8192];
    } answer;
    if (send(netlink, &question, sizeof question, 0) >= 0) {
        ssize_t length = recv(netlink, &answer, sizeof answer, 0);
        if (length >= 0 && NLMSG_OK(&answer.header, (size_t)length)
            && answer.header.nlmsg_type == SOCK_DIAG_BY_FAMILY) {
            const struct inet_diag_msg *message = NLMSG_DATA(&answer.header);
            // The kernel answers with a socket that listens at the client's port when there is no such connection.
            if (message->id.idiag_dport == sockets->idiag_dport) {
                *inode = message->idiag_inode;
                *user = message->idiag_uid;
                result = 1;
            }
        }
    }
    close(netlink);
    return result;
}

int32_t trainloop_peer_socket(const void *client, const void *server, uint64_t *inode, uint32_t *user) {
    // Without its module, or in a sandbox, the kernel answers no questions; its list tells then.
    if (asked_socket(client, server, inode, user)) return 1;
    return trainloop_listed_socket(client, server, inode, user);
}

static int has_socket(int32_t process, const char *wanted) {
    char path[64], link[64];
    snprintf(path, sizeof path, "/proc/%d/fd", process);
    DIR *folder = opendir(path);
    if (folder == NULL) return 0;
    int found = 0;
    struct dirent *entry;
    while (!found && (entry = readdir(folder)) != NULL) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1);
        if (length <= 0) continue;
        link[length] = 0;
        found = strcmp(link, wanted) == 0;
    }
    closedir(folder);
    return found;
}

/// The parent of a process; 0 when it has none that we may see.
static int32_t parent_of(int32_t process) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    FILE *file = fopen(path, "re");
    if (file == NULL) return 0;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    // The name stands in parentheses and may contain some itself.
    const char *after_name = strrchr(text, ')');
    int parent = 0;
    return after_name != NULL && sscanf(after_name, ") %*c %d", &parent) == 1 ? parent : 0;
}

/// Who opened a socket of `process`: a child has what its parent left open, until it executes a program at the least.
static int32_t opener_of(int32_t process, const char *wanted) {
    for (int32_t parent; (parent = parent_of(process)) > 0 && has_socket(parent, wanted);) process = parent;
    return process;
}

int32_t trainloop_socket_process(uint64_t inode, int32_t hint) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "socket:[%llu]", (unsigned long long)inode);
    if (inode == 0) return 0;
    if (hint > 0 && has_socket(hint, wanted)) return opener_of(hint, wanted);
    DIR *folder = opendir("/proc");
    if (folder == NULL) return 0;
    int32_t found = 0;
    struct dirent *entry;
    while (found == 0 && (entry = readdir(folder)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        int32_t process = atoi(entry->d_name);
        if (has_socket(process, wanted)) found = process;
    }
    closedir(folder);
    return found == 0 ? 0 : opener_of(found, wanted);
}

void trainloop_process_name(int32_t process, char *name, int32_t capacity) {
    char path[64];
    name[0] = 0;
    snprintf(path, sizeof path, "/proc/%d/comm", process);
    FILE *file = fopen(path, "re");
    if (file == NULL) return;
    if (fgets(name, capacity, file) != NULL) name[strcspn(name, "\n")] = 0;
    fclose(file);
}

#else

int32_t trainloop_peer_socket(const void *client, const void *server, uint64_t *inode, uint32_t *user) {
    (void)client, (void)server, (void)inode, (void)user;
    return -1;
}

int32_t trainloop_listed_socket(const void *client, const void *server, uint64_t *inode, uint32_t *user) {
    (void)client, (void)server, (void)inode, (void)user;
    return -1;
}

int32_t trainloop_socket_process(uint64_t inode, int32_t hint) {
    (void)inode, (void)hint;
    return 0;
}

void trainloop_process_name(int32_t process, char *name, int32_t capacity) {
    (void)process, (void)capacity;
    name[0] = 0;
}

#endif
