/* What the benchmarks of capturing run as the task: waits at a gate, then writes lines as fast as they are taken.
 *
 *   flood BYTES LINE_BYTES PIECE_BYTES GATE [PAUSE_US]
 *
 * GATE is a FIFO: whoever opens its other end starts the clock, and closes it when this program may end. All lines are alike but the
 * last, which is of Es. With PAUSE_US it rests so many microseconds after each piece. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t gcd(size_t a, size_t b) { return b == 0 ? a : gcd(b, a % b); }

static void put(const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t taken = write(1, bytes, count);
    if (taken < 0) {
      perror("flood: write");
      exit(1);
    }
    bytes += taken;
    count -= (size_t)taken;
  }
}

int main(int argc, char **argv) {
  if (argc != 5 && argc != 6) {
    fprintf(stderr, "usage: flood BYTES LINE_BYTES PIECE_BYTES GATE [PAUSE_US]\n");
    return 2;
  }
  size_t total = strtoull(argv[1], NULL, 10), line = strtoull(argv[2], NULL, 10), piece = strtoull(argv[3], NULL, 10);
  useconds_t pause = argc == 6 ? (useconds_t)strtoul(argv[5], NULL, 10) : 0;
  /* Whole lines and whole pieces at once, so that a piece need not end where a line does. */
  size_t ring = line / gcd(line, piece) * piece;
  char *bytes = malloc(ring);
  if (bytes == NULL) return 1;
  memset(bytes, 'x', ring);
  for (size_t end = line; end <= ring; end += line) bytes[end - 1] = '\n';
  int gate = open(argv[4], O_RDONLY);
  if (gate < 0) {
    perror("flood: gate");
    return 1;
  }
  size_t left = total - line, at = 0;
  while (left > 0) {
    size_t count = left < piece ? left : piece;
    put(bytes + at, count);
    left -= count;
    at = (at + count) % ring;
    if (pause > 0) usleep(pause);
  }
  memset(bytes, 'E', line - 1);
  bytes[line - 1] = '\n';
  put(bytes, line);
  /* Some who capture lose what was not read when a task ends: that is not what is measured. */
  while (read(gate, bytes, 1) > 0) continue;
  return 0;
}
