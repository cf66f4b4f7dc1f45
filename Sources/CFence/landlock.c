// Landlock: a second fence behind the list of system calls, kept by another part of the kernel. See landlock(7).
//
// Debian 12's headers know Landlock's version 2 only, so what later versions add is written out here
// (linux/landlock.h of Linux 6.12).
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

struct ruleset {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;  // since version 4
  uint64_t scoped;              // since version 6
};

enum {
  ASK_VERSION = 1,          // LANDLOCK_CREATE_RULESET_VERSION
  FILES_1 = (1 << 13) - 1,  // execute, write, read, read folders, remove and make things
  FILES_2 = 1 << 13,        // link and rename across folders
  FILES_3 = 1 << 14,        // truncate
  FILES_5 = 1 << 15,        // ioctl on devices
  BIND_TCP = 1 << 0,
  CONNECT_TCP = 1 << 1,
  ABSTRACT_SOCKETS = 1 << 0,  // connecting to sockets without a file of processes outside
  SIGNALS = 1 << 1,           // signals to processes outside
};

int fence_landlock_version(void) {
  // Asked once: behind the list of system calls the kernel does not answer any more.
  static int version = -1;
  if (version < 0) {
    const long answer = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
    version = answer < 0 ? 0 : (int)answer;
  }
  return version;
}

int fence_landlock(enum fence_profile profile) {
  const int version = fence_landlock_version();
  if (version == 0) return 0;
  struct ruleset rules = {FILES_1, 0, 0};
  if (version >= 2) rules.handled_access_fs |= FILES_2;
  if (version >= 3) rules.handled_access_fs |= FILES_3;
  if (version >= 5) rules.handled_access_fs |= FILES_5;
  if (version >= 4) rules.handled_access_net = profile == FENCE_STREAM ? BIND_TCP : BIND_TCP | CONNECT_TCP;
  if (version >= 6) rules.scoped = ABSTRACT_SOCKETS | SIGNALS;
  const size_t size = version >= 6 ? sizeof rules : version >= 4 ? 16 : 8;
  // What is handled and has no rule is refused: there is not one rule, so not one file.
  const int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
  if (ruleset < 0) return -errno;
  int failed = 0;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
    failed = -errno;
  close(ruleset);
  return failed;
}
