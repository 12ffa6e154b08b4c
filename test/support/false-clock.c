// To be loaded before libc (LD_PRELOAD): a wall clock that is FALSE_CLOCK seconds fast (or slow, if that is negative),
// which a test sets by process.env as it goes. The monotonic clock goes on, as when an administrator or NTP steps it.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
  int failed = (int)syscall(SYS_clock_gettime, clock, now);
  const char *step = getenv("FALSE_CLOCK");
  if (failed == 0 && clock == CLOCK_REALTIME && step != NULL) now->tv_sec += atol(step);
  return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec fine;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &fine) != 0) return -1;
  now->tv_sec = fine.tv_sec;
  now->tv_usec = fine.tv_nsec / 1000;
  return 0;
}
