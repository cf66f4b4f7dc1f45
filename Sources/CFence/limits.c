// Resource limits, descriptors and shared memory of a decoder process.
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

// Lowers both limits to `most`; a limit that is lower already stays.
static int lower(int resource, rlim_t most) {
  struct rlimit limit;
  if (getrlimit((__rlimit_resource_t)resource, &limit) != 0) return -errno;
  if (limit.rlim_max > most) limit.rlim_max = most;
  if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
  return setrlimit((__rlimit_resource_t)resource, &limit) == 0 ? 0 : -errno;
}

int fence_limit(uint64_t address_space) {
  const struct {
    int resource;
    rlim_t most;
  } limits[] = {
      {RLIMIT_AS, address_space}, {RLIMIT_CORE, 0},    {RLIMIT_NOFILE, FENCE_FILES}, {RLIMIT_NPROC, 0},
      {RLIMIT_FSIZE, 0},          {RLIMIT_MEMLOCK, 0}, {RLIMIT_MSGQUEUE, 0},
  };
  for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++) {
    const int failed = lower(limits[i].resource, limits[i].most);
    if (failed) return failed;
  }
  return 0;
}

void fence_close_from(unsigned first) { close_range(first, ~0u, 0); }

void fence_follow_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }

int fence_shared_memory(int64_t bytes) {
  const int fd = memfd_create("vigil-frames", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return -errno;
  if (ftruncate(fd, bytes) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
    const int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}
