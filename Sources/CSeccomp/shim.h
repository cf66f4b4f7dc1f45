// What a process may still do once it begins to read untrusted bytes: a seccomp filter written out by hand (the
// kernel's classic BPF), so that no library stands between the list and the kernel. Calls that are not on the list
// fail with EPERM. See seccomp(2).
#pragma once
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define SB_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SB_ARCH AUDIT_ARCH_AARCH64
#endif

// Memory, time, and bytes through descriptors that are open already.
static const int sb_always[] = {
    SYS_read,          SYS_write,         SYS_readv,        SYS_writev,       SYS_pread64,       SYS_lseek,
    SYS_close,         SYS_dup,           SYS_fstat,         SYS_recvmsg,      SYS_sendmsg,      SYS_recvfrom,      SYS_sendto,
    SYS_mmap,          SYS_munmap,        SYS_mremap,       SYS_madvise,      SYS_brk,           SYS_futex,
    SYS_exit,          SYS_exit_group,    SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_clock_gettime, SYS_clock_nanosleep,
    SYS_nanosleep,     SYS_ppoll,         SYS_getrandom,    SYS_gettid,       SYS_getpid,        SYS_sched_yield,
    SYS_sched_getaffinity, SYS_restart_syscall, SYS_sigaltstack, SYS_getrusage, SYS_gettimeofday,
#ifdef SYS_poll
    SYS_poll,          SYS_time,
#endif
#ifdef SYS_rseq
    SYS_rseq,
#endif
    // Dispatch's own thread waits on descriptors that it made before the fence went up.
    SYS_epoll_ctl,     SYS_epoll_pwait,   SYS_timerfd_settime,
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
};

// What a stream over the network needs besides: sockets, and reading the files that name resolution looks at.
static const int sb_network[] = {
    SYS_socket,        SYS_connect,       SYS_setsockopt,   SYS_getsockopt,   SYS_getsockname,   SYS_getpeername,
    SYS_bind,          SYS_shutdown,      SYS_sendmmsg,     SYS_recvmmsg,     SYS_fcntl,         SYS_ioctl,
    SYS_newfstatat,    SYS_uname,         SYS_pselect6,     SYS_faccessat,    SYS_prlimit64,     SYS_clone,
    SYS_set_robust_list, SYS_getuid,      SYS_geteuid,      SYS_getgid,       SYS_getegid,
#ifdef SYS_stat
    SYS_stat,          SYS_lstat,         SYS_access,       SYS_select,       SYS_readlink,
#endif
#ifdef SYS_clone3
    SYS_clone3,
#endif
};

// Installs the filter; 0 or -errno. mprotect and mmap are refused with execute permission, open with any way to write.
static inline int sb_lock(int network) {
#if !defined(SB_ARCH)
  return -ENOSYS;
#else
  enum { LIMIT = 320 };
  struct sock_filter code[LIMIT];
  size_t n = 0;
#define SB(...) code[n++] = (struct sock_filter)__VA_ARGS__
  SB(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
  SB(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SB_ARCH, 1, 0));
  SB(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  SB(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
  // Executable memory: the third argument of mmap and mprotect.
  SB(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0));
  SB(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, network ? 4 : 5));
  SB(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])));
  if (!network) {
    SB(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0));
    SB(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    SB(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  } else {
    // Name resolution loads its libraries late: executable mappings of files stay allowed for streams.
    SB(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    SB(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  SB(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
  if (network) {
    // openat for reading only (O_RDONLY is 0; 3 masks the access mode, 0100 is O_CREAT).
    SB(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4));
    SB(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])));
    SB(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0103, 1, 0));
    SB(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    SB(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  }
#define SB_ALLOW(list)                                                      \
  for (size_t i = 0; i < sizeof list / sizeof *list && n + 3 < LIMIT; i++) { \
    SB(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)list[i], 0, 1));        \
    SB(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));                        \
  }
  SB_ALLOW(sb_always)
  if (network) { SB_ALLOW(sb_network) }
  SB(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
#undef SB
#undef SB_ALLOW
  struct sock_fprog program = {(unsigned short)n, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno;
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return -errno;
  return 0;
#endif
}

// Limits on memory, open files, core dumps and processing time; 0 or -errno.
static inline int sb_limit(uint64_t address_space, uint64_t cpu_seconds) {
  const struct rlimit space = {address_space, address_space}, none = {0, 0}, files = {64, 64};
  const struct rlimit time = {cpu_seconds, cpu_seconds + 1};
  if (setrlimit(RLIMIT_AS, &space) || setrlimit(RLIMIT_CORE, &none) ||
      setrlimit(RLIMIT_NOFILE, &files))
    return -errno;
  if (cpu_seconds && setrlimit(RLIMIT_CPU, &time)) return -errno;
  return 0;
}

// Closes every descriptor from `first` on.
static inline void sb_close_from(unsigned first) {
#ifdef SYS_close_range
  syscall(SYS_close_range, first, ~0u, 0);
#endif
}

// Dies with the parent: no decoder outlives the program that reads from it.
static inline void sb_follow_parent(void) { prctl(PR_SET_PDEATHSIG, 9 /* SIGKILL */, 0, 0, 0); }

// Memory that parent and child share, which neither can make smaller; -errno on failure.
static inline int sb_shared_memory(int64_t bytes) {
  // MFD_CLOEXEC 1, MFD_ALLOW_SEALING 2; F_ADD_SEALS 1033 with SEAL 1, SHRINK 2, GROW 4 (linux/memfd.h, linux/fcntl.h):
  // the C library shows these names only with extensions that would change other headers, and <fcntl.h> defines struct
  // stat, which the compiler would then take for this module's own.
  const int fd = (int)syscall(SYS_memfd_create, "vigil-frames", 1 | 2);
  if (fd < 0) return -errno;
  if (ftruncate(fd, bytes) != 0 || syscall(SYS_fcntl, fd, 1033, 1 | 2 | 4) != 0) {
    const int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}
