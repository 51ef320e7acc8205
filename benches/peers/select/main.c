/*
 * A peer of pollcast: the classic, one thread and select(2). All who are ready are read into one
 * buffer, and that is written to every client, so one order holds for all (class: one log). Sockets
 * do not block; what a client does not take waits in a buffer of its own. That is how everybody
 * wrote it for thirty years: no threads, no locks, and it runs wherever there are sockets.
 *
 * What it costs: both sides walk over all descriptors at each call, and there can be no more than
 * FD_SETSIZE (1024) of them. Whoever gets a higher one is closed at once, and it says so once.
 * A reader that never reads is dropped when more than 1 MiB waits for it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 16 << 10, BATCH_SIZE = 256 << 10, QUEUE_LIMIT = 1 << 20 };

/* What waits for a client: queue[start..end]. */
struct client {
    char *queue;
    size_t start, end, capacity;
    bool leaving;
};

static struct client clients[FD_SETSIZE];
static fd_set members, readers, writers; /* all clients; whom to ask for input, and for room */
static int listener, highest;
static bool paused; /* no descriptor was left to accept with */

static void drop(int fd) {
    FD_CLR(fd, &members);
    FD_CLR(fd, &readers);
    FD_CLR(fd, &writers);
    free(clients[fd].queue);
    close(fd);
    paused = false;
    while (highest > listener && !FD_ISSET(highest, &members)) highest--;
}

/* Keeps what the kernel did not take; false if that is too much. */
static bool enqueue(int fd, const char *bytes, size_t length) {
    struct client *client = &clients[fd];
    size_t waiting = client->end - client->start;
    if (waiting + length > QUEUE_LIMIT) return false;
    if (client->end + length > client->capacity && client->start > 0) {
        memmove(client->queue, client->queue + client->start, waiting);
        client->start = 0;
        client->end = waiting;
    }
    if (waiting + length > client->capacity) {
        size_t capacity = client->capacity ? client->capacity : READ_SIZE;
        while (capacity < waiting + length) capacity *= 2;
        char *larger = realloc(client->queue, capacity);
        if (!larger) return false;
        client->queue = larger;
        client->capacity = capacity;
    }
    memcpy(client->queue + client->end, bytes, length);
    client->end += length;
    FD_SET(fd, &writers);
    return true;
}

/* How much of it the kernel took; -1 if the client is gone. */
static ssize_t offer(int fd, const char *bytes, size_t length) {
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    return sent < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : sent;
}

static void broadcast(const char *bytes, size_t length) {
    for (int fd = listener + 1, last = highest; fd <= last; fd++) {
        if (!FD_ISSET(fd, &members) || clients[fd].leaving) continue;
        ssize_t sent = FD_ISSET(fd, &writers) ? 0 : offer(fd, bytes, length);
        if (sent < 0) drop(fd);
        else if ((size_t)sent < length && !enqueue(fd, bytes + sent, length - sent)) drop(fd);
    }
}

static void flush(int fd) {
    struct client *client = &clients[fd];
    ssize_t sent = offer(fd, client->queue + client->start, client->end - client->start);
    if (sent > 0) client->start += sent;
    if (client->start == client->end) {
        client->start = client->end = 0;
        FD_CLR(fd, &writers);
    }
    if (sent < 0 || (client->leaving && client->end == 0)) drop(fd);
}

/* Who ends its stream still gets what waits for it. */
static void ended(int fd, bool lost) {
    clients[fd].leaving = true;
    FD_CLR(fd, &readers);
    if (lost || !FD_ISSET(fd, &writers)) drop(fd);
}

static void welcome(void) {
    static bool said;
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= FD_SETSIZE) {
            if (!said) fprintf(stderr, "refused: select(2) ends at descriptor %d\n", fd - 1);
            said = true;
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        clients[fd] = (struct client){0};
        FD_SET(fd, &members);
        FD_SET(fd, &readers);
        if (fd > highest) highest = fd;
    }
    paused = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
}

static void serve(void) {
    static char batch[BATCH_SIZE];
    for (;;) {
        fd_set readable = readers, writable = writers;
        if (!paused) FD_SET(listener, &readable);
        struct timeval retry = {.tv_usec = 100000};
        if (select(highest + 1, &readable, &writable, NULL, paused ? &retry : NULL) < 0) continue;

        size_t used = 0;
        for (int fd = listener + 1, last = highest; fd <= last; fd++) {
            if (FD_ISSET(fd, &writable)) flush(fd);
            if (!FD_ISSET(fd, &readable) || !FD_ISSET(fd, &members)) continue;
            if (used + READ_SIZE > BATCH_SIZE) {
                broadcast(batch, used);
                used = 0;
            }
            ssize_t got = recv(fd, batch + used, READ_SIZE, 0);
            if (got > 0) used += got;
            else if (got == 0) ended(fd, false);
            else if (errno != EAGAIN && errno != EINTR) ended(fd, true);
        }
        if (used > 0) broadcast(batch, used);
        if (FD_ISSET(listener, &readable)) welcome();
    }
}

/* HOST:PORT, with brackets around a host that has colons itself. */
static struct addrinfo *resolve(char *address) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    char *colon = strrchr(address, ':'), *host = address;
    if (!colon) return NULL;
    *colon = '\0';
    if (*host == '[' && colon[-1] == ']') {
        host++;
        colon[-1] = '\0';
    }
    return getaddrinfo(*host ? host : NULL, colon + 1, &hints, &found) == 0 ? found : NULL;
}

static bool start(const struct addrinfo *at) {
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    char host[NI_MAXHOST], port[NI_MAXSERV];
    listener = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || listener >= FD_SETSIZE) return false;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, at->ai_addr, at->ai_addrlen) || listen(listener, 4096)) return false;
    getsockname(listener, (struct sockaddr *)&bound, &size);
    getnameinfo((struct sockaddr *)&bound, size, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    printf(strchr(host, ':') ? "listening on [%s]:%s\n" : "listening on %s:%s\n", host, port);
    fflush(stdout);
    return true;
}

int main(int argc, char **argv) {
    char address[256] = "127.0.0.1:8080";
    if (argc == 2) snprintf(address, sizeof address, "%s", argv[1]);
    struct addrinfo *at = argc <= 2 ? resolve(address) : NULL;
    if (!at) {
        fprintf(stderr, "usage: %s [HOST:PORT]\n", argv[0]);
        return 2;
    }
    /* Room beyond FD_SETSIZE, to take in whom we refuse. */
    struct rlimit descriptors;
    getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
    if (!start(at)) {
        fprintf(stderr, "cannot listen there: %s\n", strerror(errno));
        return 1;
    }
    highest = listener;
    serve();
}
