/*
 * Memory that is not there is an error of the server that asks for it, and does not end the process.
 */
#define _XOPEN_SOURCE 700

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "pollcast.h"

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "not so: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

int main(void)
{
    const char *place = "127.0.0.1:0";
    struct rlimit little = { 256 << 20, 256 << 20 };
    pollcast_options options = {
        .size = sizeof options, .listen = &place, .listen_count = 1, .max_memory = 512 << 20
    };
    pollcast_server *server;
    char text[256];
    must(setrlimit(RLIMIT_AS, &little) == 0, "the address space has a limit");
    must(malloc(300 << 20) == NULL, "the limit bites");
    must(pollcast_new(&options, &server, text, sizeof text) == POLLCAST_ERROR_SYSTEM, text);
    must(server == NULL, "there is no server");
    must(strncmp(text, "max_memory: the system has not ", 31) == 0, text);
    options.max_memory = 64 << 20;
    must(pollcast_new(&options, &server, text, sizeof text) == POLLCAST_OK, text);
    must(pollcast_free(server) == POLLCAST_OK, "it is freed");
    return EXIT_SUCCESS;
}
