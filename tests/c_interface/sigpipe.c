/*
 * A host that left SIGPIPE as it found it outlives a write to a client that is gone: the action of
 * that signal is to end the process.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pollcast.h"

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "not so: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

static pollcast_stats counters(pollcast_server *server)
{
    pollcast_stats stats = { .size = sizeof stats };
    must(pollcast_statistics(server, &stats) == POLLCAST_OK, "the counters are told");
    return stats;
}

static int connect_to(const char *address)
{
    struct sockaddr_in server = { .sin_family = AF_INET };
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons((uint16_t)atoi(strchr(address, ':') + 1));
    int client = socket(AF_INET, SOCK_STREAM, 0);
    must(connect(client, (struct sockaddr *)&server, sizeof server) == 0, "it listens");
    return client;
}

int main(void)
{
    const char *place = "127.0.0.1:0";
    // Whoever ends its stream goes on listening: the first write finds out that it does not, and the
    // second one meets that.
    pollcast_options options = { .size = sizeof options,
                                 .listen = &place,
                                 .listen_count = 1,
                                 .half_close = POLLCAST_HALF_CLOSE_LISTEN };
    pollcast_server *server;
    char text[256];
    signal(SIGPIPE, SIG_DFL);
    must(pollcast_new(&options, &server, text, sizeof text) == POLLCAST_OK, text);
    must(pollcast_address(server, 0, text, sizeof text) > 0, "it tells where it listens");
    int client = connect_to(text);
    while (counters(server).joined == 0)
        must(pollcast_turn(server, 1000) == POLLCAST_OK, "a turn");
    close(client);
    must(pollcast_turn(server, 100) == POLLCAST_OK, "the end of its stream is read");
    for (int said = 0; said < 1000 && counters(server).reset == 0; said++) {
        must(pollcast_broadcast(server, "line\n", 5) == POLLCAST_OK, "there is room");
        must(pollcast_turn(server, 0) == POLLCAST_OK, "a turn");
    }
    must(counters(server).reset == 1, "it was found to be gone");
    must(counters(server).writes >= 2, "it was written to when it was gone");
    must(pollcast_free(server) == POLLCAST_OK, "it is freed");
    return EXIT_SUCCESS;
}
