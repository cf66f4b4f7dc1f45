// Starting a decoder process.
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

enum { MOST = 8, OUT_OF_THE_WAY = 20 };

static int prepare(posix_spawn_file_actions_t *actions, const int copies[], unsigned count) {
  int failed = 0;
  for (int standard = 0; standard < FENCE_CONTROL && !failed; standard++)
    failed = posix_spawn_file_actions_addopen(actions, standard, "/dev/null", standard == 0 ? O_RDONLY : O_WRONLY, 0);
  for (unsigned i = 0; i < count && !failed; i++)
    failed = posix_spawn_file_actions_adddup2(actions, copies[i], FENCE_CONTROL + (int)i);
  return failed ? failed : posix_spawn_file_actions_addclosefrom_np(actions, FENCE_CONTROL + (int)count);
}

int fence_spawn(pid_t *process, const char *program, char *const arguments[], char *const environment[],
                const int descriptors[], unsigned count) {
  if (count > MOST) return EINVAL;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (posix_spawn_file_actions_init(&actions) != 0) return ENOMEM;
  if (posix_spawnattr_init(&attributes) != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return ENOMEM;
  }
  // Copies first, so that none lands on a descriptor that is still wanted.
  int copies[MOST], failed = 0;
  for (unsigned i = 0; i < count; i++) {
    copies[i] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
    if (copies[i] < 0) failed = errno;
  }
  if (!failed) failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  if (!failed) failed = prepare(&actions, copies, count);
  if (!failed) failed = posix_spawn(process, program, &actions, &attributes, arguments, environment);
  for (unsigned i = 0; i < count; i++)
    if (copies[i] >= 0) close(copies[i]);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}
