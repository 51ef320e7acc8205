/*
 * A host in C: a loop of its own on epoll(7), with a pollcast server nested in it.
 *
 * What is typed is said to everybody, and "/out N" puts client N out. Newcomers are greeted, what
 * speaks of a secret is withheld, and twice a second there is a line of counters. SIGINT and SIGTERM
 * end it in order.
 *
 *     host [ADDRESS:PORT]
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "pollcast.h"

enum { NEWCOMERS = 64, TYPED = 4096 };

struct host {
    pollcast_server *server;
    int loop, timer, signals;
    // Those who joined in the last turn: as many as one accepts.
    uint64_t newcomers[NEWCOMERS];
    size_t newcomer_count;
    // What was typed and not yet said.
    char typed[TYPED];
    size_t typed_length;
    bool hears_typing, has_nobody_typing, is_skipping;
};

static void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

// What a call on the server returned. Anything but a lack of room, or of a client, ends the host; -1
// is no error, but a time.
static int checked(struct host *host, int code)
{
    if (code < -1 && code != POLLCAST_ERROR_LATER && code != POLLCAST_ERROR_GONE) {
        fprintf(stderr, "%s: %s\n", pollcast_error_text(code), pollcast_last_error(host->server));
        exit(EXIT_FAILURE);
    }
    return code;
}

// In the middle of a turn the server cannot be called: who joined is greeted after it.
static void joined(void *context, uint64_t client, const char *address)
{
    struct host *host = context;
    (void)address;
    if (host->newcomer_count < NEWCOMERS)
        host->newcomers[host->newcomer_count++] = client;
}

static int passes(void *context, uint64_t client, const uint8_t *bytes, size_t length)
{
    static const char secret[] = "secret";
    size_t word = sizeof secret - 1;
    (void)context, (void)client;
    for (size_t at = 0; at + word <= length; at++)
        if (memcmp(bytes + at, secret, word) == 0)
            return POLLCAST_PASSAGE_WITHHOLD;
    return POLLCAST_PASSAGE_PASS;
}

static void greet(struct host *host)
{
    char welcome[64];
    for (size_t i = 0; i < host->newcomer_count; i++) {
        unsigned long long client = host->newcomers[i];
        int length = snprintf(welcome, sizeof welcome, "welcome, client %llu\n", client);
        // A greeting for which there is no room is left out, and some are gone already.
        checked(host, pollcast_send_to(host->server, client, welcome, (size_t)length));
    }
    host->newcomer_count = 0;
}

static void watch(struct host *host, int descriptor, int operation)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = descriptor };
    if (epoll_ctl(host->loop, operation, descriptor, &event) == 0)
        return;
    if (descriptor != STDIN_FILENO || errno != EPERM)
        fail("epoll_ctl");
    host->has_nobody_typing = true; // A file, or /dev/null: nobody waits for those.
}

// Input that is not read would be told again and again: it is watched while there is room for it.
static void watch_typing(struct host *host)
{
    bool wants = !host->has_nobody_typing && host->typed_length < TYPED;
    if (wants != host->hears_typing)
        watch(host, STDIN_FILENO, wants ? EPOLL_CTL_ADD : EPOLL_CTL_DEL);
    host->hears_typing = wants && !host->has_nobody_typing;
}

static int say_line(struct host *host, const char *line, size_t length)
{
    char command[32] = "", *end = command;
    unsigned long long client = 0;
    if (length < sizeof command && strncmp(line, "/out ", 5) == 0) {
        memcpy(command, line + 5, length - 6);
        errno = 0;
        client = strtoull(command, &end, 10);
    }
    if (end != command && *end == '\0' && errno == 0)
        return pollcast_evict(host->server, client);
    return pollcast_broadcast(host->server, line, length);
}

// Says the lines that were typed. One for which there is no room waits, and those behind it.
static void say(struct host *host)
{
    size_t said = 0;
    const char *end;
    while ((end = memchr(host->typed + said, '\n', host->typed_length - said)) != NULL) {
        size_t length = (size_t)(end + 1 - (host->typed + said));
        if (!host->is_skipping) {
            int code = checked(host, say_line(host, host->typed + said, length));
            if (code == POLLCAST_ERROR_LATER)
                break;
        }
        host->is_skipping = false;
        said += length;
    }
    if (said == 0 && end == NULL && host->typed_length == TYPED) {
        said = TYPED; // A line that is longer than there is room for is dropped, to its end.
        host->is_skipping = true;
    }
    host->typed_length -= said;
    memmove(host->typed, host->typed + said, host->typed_length);
    watch_typing(host);
}

static void hear_typing(struct host *host)
{
    ssize_t length =
        read(STDIN_FILENO, host->typed + host->typed_length, TYPED - host->typed_length);
    if (length > 0)
        host->typed_length += (size_t)length;
    else if (length == 0 || (errno != EINTR && errno != EAGAIN))
        host->has_nobody_typing = true;
}

static void tell_counters(struct host *host)
{
    uint64_t ticks;
    pollcast_stats stats = { .size = sizeof stats };
    if (read(host->timer, &ticks, sizeof ticks) != sizeof ticks)
        return;
    checked(host, pollcast_statistics(host->server, &stats));
    printf("%llu clients, %llu bytes delivered, %llu withheld\n", (unsigned long long)stats.clients,
           (unsigned long long)stats.bytes_out, (unsigned long long)stats.bytes_withheld);
}

static void open_loop(struct host *host)
{
    struct itimerspec twice_a_second = { { 0, 500000000 }, { 0, 500000000 } };
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    host->loop = epoll_create1(EPOLL_CLOEXEC);
    host->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    host->signals = signalfd(-1, &ends, SFD_CLOEXEC);
    if (host->loop == -1 || host->timer == -1 || host->signals == -1)
        fail("descriptors");
    if (timerfd_settime(host->timer, 0, &twice_a_second, NULL) == -1)
        fail("timerfd_settime");
    watch(host, host->timer, EPOLL_CTL_ADD);
    watch(host, host->signals, EPOLL_CTL_ADD);
    watch(host, checked(host, pollcast_descriptor(host->server)), EPOLL_CTL_ADD);
    watch_typing(host);
}

static void run(struct host *host)
{
    struct epoll_event events[8];
    struct signalfd_siginfo signal;
    while (!checked(host, pollcast_is_finished(host->server))) {
        int timeout = checked(host, pollcast_next_timeout(host->server));
        int count = epoll_wait(host->loop, events, 8, timeout);
        if (count == -1 && errno != EINTR)
            fail("epoll_wait");
        for (int i = 0; i < count; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == STDIN_FILENO)
                hear_typing(host);
            else if (descriptor == host->timer)
                tell_counters(host);
            else if (descriptor == host->signals && read(descriptor, &signal, sizeof signal) > 0)
                checked(host, pollcast_shut_down(host->server));
        }
        // A turn without an event costs a system call: it is not worth a question whether there was.
        checked(host, pollcast_turn(host->server, 0));
        greet(host);
        say(host);
    }
}

int main(int argc, char **argv)
{
    static struct host host;
    const char *place = argc > 1 ? argv[1] : "127.0.0.1:8080";
    char text[256];
    pollcast_options options = {
        .size = sizeof options,
        .listen = &place,
        .listen_count = 1,
        .context = &host,
        .joined = joined,
        .passes = passes,
        .turn_accepts = NEWCOMERS,
        .framing = POLLCAST_FRAMING_LINE,
    };
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (pollcast_new(&options, &host.server, text, sizeof text) != POLLCAST_OK) {
        fprintf(stderr, "%s\n", text);
        return EXIT_FAILURE;
    }
    open_loop(&host);
    checked(&host, pollcast_address(host.server, 0, text, sizeof text));
    printf("listening on %s\n", text);
    run(&host);
    pollcast_free(host.server);
    close(host.signals);
    close(host.timer);
    close(host.loop);
    puts("finished");
    return EXIT_SUCCESS;
}
