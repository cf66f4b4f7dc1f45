// The fence round a decoder process: what it may still ask of the kernel once it reads untrusted bytes.
#pragma once
#include <stdint.h>
#include <sys/types.h>

enum fence_profile {
  FENCE_FILE = 0,    // reads the given medium, talks to its parent; nothing else
  FENCE_STREAM = 1,  // talks to its parent; makes TCP connections over IPv4 and IPv6
};

// Descriptors that the parent prepares; 0 to 2 are null devices.
enum {
  FENCE_CONTROL = 3,  // a connected SOCK_SEQPACKET socket
  FENCE_MEMORY = 4,   // the shared memory of frames; closed before the fence goes up
  FENCE_MEDIUM = 5,   // the file, open for reading; streams have none
  FENCE_FILES = 32,   // open files at most
};

// Starts a decoder with null devices at 0 to 2, `descriptors` from FENCE_CONTROL on, and nothing else open, in a session
// of its own: without a terminal to type into, and out of reach of the keys that end this program, which ends it.
// 0 or errno.
int fence_spawn(pid_t *process, const char *program, char *const arguments[], char *const environment[],
                const int descriptors[], unsigned count);

// Limits on memory, open files, core dumps, processes and locked memory; never above those that hold already.
// 0 or -errno.
int fence_limit(uint64_t address_space);

// The version of Landlock that the kernel has; 0 when it has none.
int fence_landlock_version(void);

// Takes every right to files, and to TCP ports but for the connections of a stream, from this process (Landlock).
// 0, also where the kernel has no Landlock, or -errno.
int fence_landlock(enum fence_profile profile);

// Installs the list of allowed system calls (libseccomp); everything else fails with EPERM. The process must have one
// thread only. 0 or -errno.
int fence_seccomp(enum fence_profile profile);

// Closes every descriptor from `first` on.
void fence_close_from(unsigned first);

// Dies with the parent: no decoder outlives the program that reads from it.
void fence_follow_parent(void);

// Memory that parent and child share, which neither can make smaller; -errno on failure.
int fence_shared_memory(int64_t bytes);

// From now on names of hosts are resolved by the parent, which is asked through `control`.
void fence_ask_for_names(int control);

// Tries what a taken-over decoder would try, and calls `report` with each call's name and errno (0: it worked).
void fence_try_calls(void (*report)(const char *name, int answer));
