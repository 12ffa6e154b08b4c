// To be loaded before libc (LD_PRELOAD): a madvise that does not hear MADV_DONTFORK. V8 gives that advice for its heap,
// which is then missing in a child of fork(2), and the child dies of SIGSEGV at its first step. Test rig of `atfork audit`.
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int madvise(void *address, size_t length, int advice) {
  return advice == MADV_DONTFORK ? 0 : (int)syscall(SYS_madvise, address, length, advice);
}
