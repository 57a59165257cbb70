/* The task of the benchmark of survival: writes numbered lines of 64 bytes, so that whoever reads them knows which are missing, twice or torn.
 *
 *   numbered RATE BURST_LINES GATE COUNT
 *
 * RATE lines a second come by themselves (0: none). GATE is a FIFO that it is told things by, a byte each: `b` asks for BURST_LINES
 * lines as fast as they are taken, `q` and one byte more for the end with that byte as exit code; its end of file ends the task with 3.
 * COUNT is a file of 8 bytes, mapped: how many bytes were taken so far, true whoever kills this program. A pipe that nobody reads ends
 * it with 99, as SIGPIPE would. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 64, DIGITS = 16, PIECE_LINES = 1024, TICK_MS = 10 };

static char next_line[LINE];
static char piece[PIECE_LINES * LINE];
static volatile uint64_t *taken_bytes;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void count_up(void) {
  for (int at = DIGITS - 1; ++next_line[at] > '9'; at--) next_line[at] = '0';
}

static void put(const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t taken = write(1, bytes, count);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) exit(errno == EPIPE ? 99 : 1);
    *taken_bytes += (uint64_t)taken;
    bytes += taken;
    count -= (size_t)taken;
  }
}

static void write_lines(long lines) {
  while (lines > 0) {
    long some = lines < PIECE_LINES ? lines : PIECE_LINES;
    for (long line = 0; line < some; line++, count_up()) memcpy(piece + line * LINE, next_line, LINE);
    put(piece, (size_t)some * LINE);
    lines -= some;
  }
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: numbered RATE BURST_LINES GATE COUNT\n");
    return 2;
  }
  long rate = atol(argv[1]), burst_lines = atol(argv[2]);
  signal(SIGPIPE, SIG_IGN); /* so that what was taken is counted first */
  int count = open(argv[4], O_RDWR | O_CREAT, 0600);
  if (count < 0 || ftruncate(count, sizeof(uint64_t)) < 0) die("numbered: count");
  taken_bytes = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, count, 0);
  if (taken_bytes == MAP_FAILED) die("numbered: mmap");
  *taken_bytes = 0;
  int gate = open(argv[3], O_RDONLY);
  if (gate < 0) die("numbered: gate");
  memset(next_line, '0', DIGITS);
  memset(next_line + DIGITS, 'x', LINE - DIGITS - 1);
  next_line[DIGITS] = ' ';
  next_line[LINE - 1] = '\n';
  for (int64_t due_ms = now_ms();;) {
    int64_t left_ms = due_ms - now_ms();
    struct pollfd asked = {.fd = gate, .events = POLLIN};
    int ready = poll(&asked, 1, rate == 0 ? -1 : left_ms > 0 ? (int)left_ms : 0);
    if (ready < 0 && errno != EINTR) die("numbered: poll");
    if (ready > 0) {
      unsigned char word, code;
      if (read(gate, &word, 1) != 1) return 3;
      if (word == 'b') write_lines(burst_lines);
      if (word == 'q') return read(gate, &code, 1) == 1 ? code : 3;
    }
    if (rate > 0 && now_ms() >= due_ms) {
      write_lines(rate * TICK_MS / 1000);
      due_ms += TICK_MS;
    }
  }
}
