// Small-room bench: CLIENTS people in rooms of two, everybody sends; closed loop with a window per sender,
// acknowledged by the partner's copy. Every message is a delivery to one, so it counts what a server can
// keep (store, log, fsync) rather than what it can copy.
// usage: rooms HOST PORT CLIENTS WINDOW SECONDS PID [BYTES]
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 65536, LATENCIES = 20000000, HANDSHAKES_AT_ONCE = 100, MAX_BYTES = 400 };
enum phase { JOINING, SETTLING, SENDING };

typedef struct {
    int fd, id, joined, len;
    char buf[BUFFER];
} client;

static client **clients;
static int count, window, bytes = 100, joined, opened;
static char padding[MAX_BYTES + 1];
static float *latency_s;
static long latencies, delivered;
static double ends_at;
static enum phase phase = JOINING;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

// User plus system seconds of the process: fields 14 and 15 of /proc/PID/stat.
static double cpu_s(int pid) {
    char path[64], text[2048];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = 0;
    char *after_name = strrchr(text, ')');
    unsigned long user, kernel;
    if (!after_name || sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
        return 0;
    return (double)(user + kernel) / sysconf(_SC_CLK_TCK);
}

static void send_all(int fd, const char *data, int n) {
    while (n > 0) {
        int sent = send(fd, data, n, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EAGAIN) { usleep(50); continue; }
            perror("send");
            exit(1);
        }
        data += sent;
        n -= sent;
    }
}

static void fire(const client *c) {
    char line[MAX_BYTES + 100];
    int n = snprintf(line, sizeof line, "PRIVMSG #r%d :%.9f %.*s\r\n", c->id / 2, now(), bytes, padding);
    send_all(c->fd, line, n);
}

static void open_one(const struct sockaddr_in *address, int poll) {
    client *c = calloc(1, sizeof *c);
    int one = 1;
    c->id = opened;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(c->fd, (const void *)address, sizeof *address)) { perror("connect"); exit(1); }
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    char hello[64];
    send_all(c->fd, hello, snprintf(hello, sizeof hello, "NICK n%d\r\nUSER u 0 * :u\r\n", c->id));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &event);
    clients[opened++] = c;
}

static void on_message(client *c, const char *text) {
    double t = now();
    delivered++;
    if (latencies < LATENCIES) latency_s[latencies++] = t - atof(text);
    if (t < ends_at) fire(clients[c->id ^ 1]);
}

static void on_line(client *c, char *line) {
    char reply[600];
    if (!strncmp(line, "PING", 4)) {
        send_all(c->fd, reply, snprintf(reply, sizeof reply, "PONG%s\n", line + 4));
        return;
    }
    if (*line == '@' && (line = strchr(line, ' '))) line++;
    char *verb = line ? strchr(line, ' ') : NULL;
    if (!verb++) return;
    if (!strncmp(verb, "PRIVMSG ", 8)) {
        char *text = strstr(verb, " :");
        if (phase == SENDING && text) on_message(c, text + 2);
    } else if (!strncmp(verb, "001 ", 4)) {
        send_all(c->fd, reply, snprintf(reply, sizeof reply, "JOIN #r%d\r\n", c->id / 2));
    } else if (!strncmp(verb, "366 ", 4) && !c->joined) {
        c->joined = 1;
        joined++;
    } else if (!strncmp(verb, "433 ", 4) || !strncmp(verb, "FAIL ", 5)) {
        fprintf(stderr, "refused: %s\n", line);
        exit(3);
    }
}

static void on_readable(client *c) {
    int n = recv(c->fd, c->buf + c->len, sizeof c->buf - c->len - 1, 0);
    if (n == 0) { fprintf(stderr, "closed by server, client %d: %.200s\n", c->id, c->buf); exit(3); }
    if (n < 0) return;
    c->len += n;
    char *line = c->buf, *end;
    while ((end = memchr(line, '\n', c->buf + c->len - line))) {
        *end = 0;
        on_line(c, line);
        line = end + 1;
    }
    c->len -= line - c->buf;
    memmove(c->buf, line, c->len);
}

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
    if (argc < 7) { fprintf(stderr, "usage: rooms HOST PORT CLIENTS WINDOW SECONDS PID [BYTES]\n"); return 2; }
    count = atoi(argv[3]) & ~1;
    window = atoi(argv[4]);
    double seconds = atof(argv[5]);
    int pid = atoi(argv[6]);
    if (argc > 7) bytes = atoi(argv[7]) < MAX_BYTES ? atoi(argv[7]) : MAX_BYTES;
    memset(padding, 'x', MAX_BYTES);
    clients = calloc(count, sizeof *clients);
    latency_s = malloc(LATENCIES * sizeof *latency_s);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
    inet_pton(AF_INET, argv[1], &address.sin_addr);
    int poll = epoll_create1(0);
    struct epoll_event events[512];
    double opened_at = now(), started = 0, cpu_before = 0;
    for (;;) {
        while (opened < count && opened - joined < HANDSHAKES_AT_ONCE) open_one(&address, poll);
        if (phase == JOINING && joined == count) { phase = SETTLING; started = now() + 0.5; }
        if (phase == JOINING && now() - opened_at > 120) { fprintf(stderr, "only %d of %d joined\n", joined, count); return 2; }
        if (phase == SETTLING && now() > started) {
            phase = SENDING;
            started = now();
            cpu_before = cpu_s(pid);
            ends_at = started + seconds;
            for (int i = 0; i < count; i++)
                for (int w = 0; w < window; w++) fire(clients[i]);
        }
        if (phase == SENDING && now() > ends_at) break;
        int ready = epoll_wait(poll, events, 512, 20);
        for (int i = 0; i < ready; i++) on_readable(events[i].data.ptr);
    }
    double took = now() - started, cpu = cpu_s(pid) - cpu_before;
    if (!delivered) { fprintf(stderr, "no message arrived\n"); return 4; }
    qsort(latency_s, latencies, sizeof *latency_s, by_size);
    printf("clients=%d rooms=%d window=%d bytes=%d | messages %.0f/s | server cpu/message %.2f us, cpu %.0f%%"
           " | lat p50 %.2f ms p99 %.2f ms max %.2f\n",
           count, count / 2, window, bytes, delivered / took, cpu / delivered * 1e6, cpu / took * 100,
           latency_s[latencies / 2] * 1e3, latency_s[(long)(latencies * 0.99)] * 1e3, latency_s[latencies - 1] * 1e3);
    return 0;
}
