// To be loaded before libc (LD_PRELOAD): a kernel without io_uring, as far as libuv can tell. CRIU cannot dump a ring.
// libuv opens one for each event loop, whatever UV_USE_IO_URING says, by syscall(2), and goes on without if there is
// none. Test rig of `atfork audit`.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/syscall.h>

long syscall(long number, long a, long b, long c, long d, long e, long f) {
  if (number == SYS_io_uring_setup) {
    errno = ENOSYS;
    return -1;
  }
  long (*libc)(long, long, long, long, long, long, long) = dlsym(RTLD_NEXT, "syscall");
  return libc(number, a, b, c, d, e, f);
}
