// To be loaded before libc (LD_PRELOAD): a /dev/urandom that is broken as the environment says at that moment, which a
// test sets by process.env. Told by the numbers of the device (1, 9), not by its name.
//
//   FAULTY_DEVICE='short 5'     no read gives more than 5 bytes
//   FAULTY_DEVICE='period 3'    reads give the same three answers again and again
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char *fault_of(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 9)) return "";
  const char *fault = getenv("FAULTY_DEVICE");
  return fault == NULL ? "" : fault;
}

// The answer with this number: a linear congruential generator (Knuth's), begun there.
static void answer(uint8_t *out, ssize_t length, uint64_t number) {
  for (ssize_t i = 0; i < length; i++) {
    number = number * 6364136223846793005u + 1442695040888963407u;
    out[i] = number >> 56;
  }
}

ssize_t pread64(int fd, void *out, size_t length, off64_t at) {
  static uint64_t reads;
  unsigned long n = 0;
  const char *fault = fault_of(fd);
  if (sscanf(fault, "short %lu", &n) == 1 && length > n) length = n;
  ssize_t got = syscall(SYS_pread64, fd, out, length, at);
  if (sscanf(fault, "period %lu", &n) == 1) answer(out, got, reads++ % n);
  return got;
}

ssize_t pread(int fd, void *out, size_t length, off_t at) { return pread64(fd, out, length, at); }
