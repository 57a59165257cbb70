/* What a plain C program takes for the same two writes: the bar that the benchmark `capture` is held against.
 *
 *   two-logs DIR MAX_BYTES KEEP <input
 *
 * Writes its input to DIR/stdout.log, and to DIR/combined.log with a prefix before each line. A file that would pass MAX_BYTES is
 * renamed to `.1`, and those before it to the next number, up to KEEP. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES 65536
static const char PREFIX[] = "[stdout] ";
#define PREFIX_BYTES (sizeof PREFIX - 1)

struct log {
  char path[4096];
  int fd;
  long long bytes;
};

static long long max_bytes;
static int keep;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void begin(struct log *log) {
  log->fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (log->fd < 0) fail(log->path);
  log->bytes = 0;
}

static void rotate(struct log *log) {
  char from[4200], to[4200];
  for (int i = keep - 1; i >= 0; i -= 1) {
    snprintf(to, sizeof to, "%s.%d", log->path, i + 1);
    if (i == 0) snprintf(from, sizeof from, "%s", log->path);
    else snprintf(from, sizeof from, "%s.%d", log->path, i);
    rename(from, to);
  }
  close(log->fd);
  begin(log);
}

static void append(struct log *log, const char *bytes, size_t count) {
  if (log->bytes + (long long)count > max_bytes) rotate(log);
  log->bytes += (long long)count;
  while (count > 0) {
    ssize_t taken = write(log->fd, bytes, count);
    if (taken < 0) fail("two-logs: write");
    bytes += taken;
    count -= (size_t)taken;
  }
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: two-logs DIR MAX_BYTES KEEP\n");
    return 2;
  }
  static struct log own, combined;
  max_bytes = atoll(argv[2]);
  keep = atoi(argv[3]);
  snprintf(own.path, sizeof own.path, "%s/stdout.log", argv[1]);
  snprintf(combined.path, sizeof combined.path, "%s/combined.log", argv[1]);
  begin(&own);
  begin(&combined);
  char *in = malloc(PIECE_BYTES), *out = malloc(PIECE_BYTES * (1 + PREFIX_BYTES));
  if (in == NULL || out == NULL) return 1;
  int at_line_start = 1;
  ssize_t count;
  while ((count = read(0, in, PIECE_BYTES)) > 0) {
    append(&own, in, (size_t)count);
    char *to = out;
    for (char *line = in, *end = in + count; line < end;) {
      if (at_line_start) to = (char *)memcpy(to, PREFIX, PREFIX_BYTES) + PREFIX_BYTES;
      char *newline = memchr(line, '\n', (size_t)(end - line));
      size_t length = newline == NULL ? (size_t)(end - line) : (size_t)(newline + 1 - line);
      to = (char *)memcpy(to, line, length) + length;
      line += length;
      at_line_start = newline != NULL;
    }
    append(&combined, out, (size_t)(to - out));
  }
  if (count < 0) fail("two-logs: read");
  return 0;
}
