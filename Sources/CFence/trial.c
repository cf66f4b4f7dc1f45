// What a taken-over decoder would try, tried on purpose inside the real fence: `vigil fence-trial` prints the answers, and
// the tests demand each of them. Each call is chosen so that it harms nothing where it works after all: no fence may be
// there yet, and tests run as root.
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

typedef void reporter(const char *name, int answer);

static void tried(reporter *report, const char *name, long result) { report(name, result < 0 ? errno : 0); }

#define TRY(name, call) (errno = 0, tried(report, name, (long)(call)))
// A call that gives a descriptor, which is closed again.
#define TRY_OPEN(name, call)                       \
  do {                                             \
    errno = 0;                                     \
    const long opened = (long)(call);              \
    tried(report, name, opened);                   \
    if (opened > FENCE_MEDIUM) close((int)opened); \
  } while (0)

static void try_files(reporter *report) {
  const char *const path = "/dev/null";
  TRY_OPEN("open for reading", syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY));
  TRY_OPEN("open for writing", syscall(SYS_openat, AT_FDCWD, path, O_WRONLY));
  TRY_OPEN("open and empty", syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_TRUNC));
  TRY_OPEN("open and make", syscall(SYS_openat, AT_FDCWD, "/tmp/vigil-trial", O_RDONLY | O_CREAT | O_EXCL, 0600));
  TRY_OPEN("open without a name", syscall(SYS_openat, AT_FDCWD, "/tmp", O_TMPFILE | O_RDWR, 0600));
  TRY_OPEN("open as a path", syscall(SYS_openat, AT_FDCWD, path, O_PATH));
#ifdef SYS_open
  TRY_OPEN("open, old call", syscall(SYS_open, path, O_RDONLY));
  TRY_OPEN("creat", syscall(SYS_creat, "/tmp/vigil-trial", 0600));
  TRY("unlink", syscall(SYS_unlink, "/tmp/vigil-trial"));
  TRY("rename", syscall(SYS_rename, "/tmp/vigil-trial", "/tmp/vigil-trial-2"));
  TRY("stat", syscall(SYS_stat, path, &(char[256]){0}));
#endif
  TRY_OPEN("openat2", syscall(437, AT_FDCWD, path, &(uint64_t[3]){O_RDONLY, 0, 0}, 24));
  TRY("truncate", syscall(SYS_truncate, "/tmp/vigil-trial", 0));
  TRY("ftruncate of the medium", syscall(SYS_ftruncate, FENCE_MEDIUM, 0));
  TRY("write to the medium", syscall(SYS_write, FENCE_MEDIUM, "x", 1));
  TRY("fchmod of the medium", syscall(SYS_fchmod, FENCE_MEDIUM, 0666));
  TRY("unlinkat", syscall(SYS_unlinkat, AT_FDCWD, "/tmp/vigil-trial", 0));
  TRY("mkdirat", syscall(SYS_mkdirat, AT_FDCWD, "/tmp/vigil-trial-folder", 0700));
  TRY("symlinkat", syscall(SYS_symlinkat, path, AT_FDCWD, "/tmp/vigil-trial-link"));
  TRY("fchmodat", syscall(SYS_fchmodat, AT_FDCWD, "/tmp/vigil-trial", 0600));
  TRY("newfstatat", syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &(char[256]){0}, 0));
  TRY("statx", syscall(SYS_statx, AT_FDCWD, "/etc/passwd", 0, 0x7ff, &(char[512]){0}));
  TRY("readlinkat", syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", &(char[64]){0}, 64));
  TRY("chdir", syscall(SYS_chdir, "/"));
  TRY("chroot", syscall(SYS_chroot, "/"));
  TRY("mount", syscall(SYS_mount, "none", "/tmp", "vigil-trial", 0, NULL));
  TRY_OPEN("memfd_create", syscall(SYS_memfd_create, "trial", 0));
  TRY_OPEN("inotify_init1", syscall(SYS_inotify_init1, 0));
  TRY_OPEN("duplicate a descriptor", syscall(SYS_dup, FENCE_CONTROL));
}

static void try_terminals(reporter *report) {
  TRY("ioctl TIOCSTI", syscall(SYS_ioctl, 0, TIOCSTI, "x"));
  TRY("ioctl TIOCLINUX", syscall(SYS_ioctl, 0, TIOCLINUX, &(char){3}));
  TRY("ioctl TIOCSTI, upper bits set", syscall(SYS_ioctl, 0, (1ul << 32) | TIOCSTI, "x"));
  TRY("ioctl FIOASYNC", syscall(SYS_ioctl, FENCE_CONTROL, FIOASYNC, &(int){0}));
  TRY("fcntl F_SETOWN", syscall(SYS_fcntl, FENCE_CONTROL, F_SETOWN, getppid()));
  TRY("fcntl F_DUPFD", syscall(SYS_fcntl, FENCE_CONTROL, F_DUPFD, 10));
}

static void try_sockets(reporter *report) {
  const struct {
    const char *name;
    int family, type, protocol;
  } sockets[] = {
      {"socket AF_UNIX", AF_UNIX, SOCK_STREAM, 0},
      {"socket AF_UNIX datagram", AF_UNIX, SOCK_DGRAM, 0},
      {"socket AF_PACKET", AF_PACKET, SOCK_RAW, 0},
      {"socket AF_VSOCK", AF_VSOCK, SOCK_STREAM, 0},
      {"socket AF_NETLINK", AF_NETLINK, SOCK_RAW, 0},
      {"socket AF_ALG", AF_ALG, SOCK_SEQPACKET, 0},
      {"socket AF_BLUETOOTH", AF_BLUETOOTH, SOCK_RAW, 0},
      {"socket AF_XDP", 44, SOCK_RAW, 0},
      {"socket raw IPv4", AF_INET, SOCK_RAW, IPPROTO_ICMP},
      {"socket raw IPv6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
      {"socket ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
      {"socket UDP", AF_INET, SOCK_DGRAM, 0},
      {"socket SCTP", AF_INET, SOCK_STREAM, 132},
      {"socket MPTCP", AF_INET, SOCK_STREAM, 262},
      {"socket TCP over IPv4", AF_INET, SOCK_STREAM, 0},
      {"socket TCP over IPv6", AF_INET6, SOCK_STREAM, IPPROTO_TCP},
  };
  for (unsigned i = 0; i < sizeof sockets / sizeof *sockets; i++)
    TRY_OPEN(sockets[i].name, syscall(SYS_socket, sockets[i].family, sockets[i].type, sockets[i].protocol));
  TRY_OPEN("socket AF_UNIX, upper bits set", syscall(SYS_socket, (1ul << 32) | AF_UNIX, SOCK_STREAM, 0));
  TRY("socketpair", syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, &(int[2]){0}));
  struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/tmp/vigil-trial-socket"};
  TRY("bind the control socket", syscall(SYS_bind, FENCE_CONTROL, &local, sizeof local));
  TRY("connect the control socket anew", syscall(SYS_connect, FENCE_CONTROL, &local, sizeof local));
  TRY("send to another socket", syscall(SYS_sendto, 1, "x", 1, 0, &local, sizeof local));
  TRY("pass a descriptor", syscall(SYS_sendmmsg, FENCE_CONTROL, NULL, 0, 0));
  TRY("listen", syscall(SYS_listen, FENCE_CONTROL, 1));
  TRY("accept", syscall(SYS_accept4, FENCE_CONTROL, NULL, NULL, 0));
  TRY("setsockopt SO_ATTACH_FILTER", syscall(SYS_setsockopt, FENCE_CONTROL, SOL_SOCKET, SO_ATTACH_FILTER, NULL, 0));
  TRY("setsockopt SO_BINDTODEVICE", syscall(SYS_setsockopt, FENCE_CONTROL, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
  TRY("setsockopt TCP_ULP", syscall(SYS_setsockopt, FENCE_CONTROL, IPPROTO_TCP, TCP_ULP, "tls", 4));
}

static void try_processes(reporter *report) {
  const pid_t parent = getppid();
  errno = 0;
  const long copy = syscall(SYS_clone, (unsigned long)CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (copy == 0) _exit(0);
  tried(report, "fork into a user namespace", copy);
  errno = 0;
  const long thread = syscall(SYS_clone, (unsigned long)SIGCHLD, 0, 0, 0, 0);
  if (thread == 0) _exit(0);
  tried(report, "fork", thread);
  TRY("clone3", syscall(435, NULL, 0));
  TRY("execve", syscall(SYS_execve, "/nonexistent/vigil-trial", NULL, NULL));
  TRY("execveat", syscall(SYS_execveat, AT_FDCWD, "/nonexistent/vigil-trial", NULL, NULL, 0));
  TRY("unshare user namespace", syscall(SYS_unshare, CLONE_NEWUSER));
  TRY("unshare network namespace", syscall(SYS_unshare, CLONE_NEWNET));
  TRY("setns", syscall(SYS_setns, 0, 0));
  TRY("kill the parent", syscall(SYS_kill, parent, 0));
  TRY("tgkill the parent", syscall(SYS_tgkill, parent, parent, 0));
  TRY_OPEN("pidfd_open of the parent", syscall(434, parent, 0));
  TRY("ptrace the parent", syscall(SYS_ptrace, PTRACE_SEIZE, parent, 0, 0));
  TRY("process_vm_readv of the parent", syscall(SYS_process_vm_readv, parent, NULL, 0, NULL, 0, 0));
  TRY("process_vm_writev of the parent", syscall(SYS_process_vm_writev, parent, NULL, 0, NULL, 0, 0));
  TRY("prlimit64 of the parent", syscall(SYS_prlimit64, parent, RLIMIT_NOFILE, NULL, &(struct rlimit){0, 0}));
  TRY("prlimit64 of itself", syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &(struct rlimit){0, 0}));
  TRY("setpriority of the parent",
      syscall(SYS_setpriority, PRIO_PROCESS, parent, getpriority(PRIO_PROCESS, (id_t)parent)));
  TRY("sched_setaffinity of the parent", syscall(SYS_sched_setaffinity, parent, 0, NULL));
  TRY("setuid", syscall(SYS_setuid, getuid()));
  TRY("setsid", syscall(SYS_setsid));
  TRY("rt_sigaction", syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 8));
}

static void try_kernel(reporter *report) {
  TRY("prctl", syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0));
  TRY("seccomp", syscall(SYS_seccomp, 99, 0, NULL));
  TRY_OPEN("bpf", syscall(SYS_bpf, 0, NULL, 0));
  TRY_OPEN("perf_event_open", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
  TRY_OPEN("userfaultfd", syscall(SYS_userfaultfd, 1));
  TRY_OPEN("io_uring_setup", syscall(425, 1, NULL));
  TRY("keyctl", syscall(SYS_keyctl, 0, -1, 0));
  TRY("add_key", syscall(SYS_add_key, NULL, NULL, NULL, 0, 0));
  TRY("init_module", syscall(SYS_init_module, NULL, 0, ""));
  TRY("reboot", syscall(SYS_reboot, 0, 0, 0, NULL));
  TRY("shmget", syscall(SYS_shmget, 0x76666e63, 4096, 0));
  TRY("mq_open", syscall(SYS_mq_open, "vigil-trial", O_RDONLY, 0, NULL));
  TRY_OPEN("epoll_create1", syscall(SYS_epoll_create1, 0));
  TRY("personality", syscall(SYS_personality, 0xffffffff));
  TRY("syslog", syscall(SYS_syslog, 10, NULL, 0));
}

static void try_memory(reporter *report) {
  const size_t size = 4096;
  const int both = PROT_READ | PROT_WRITE, secret = MAP_PRIVATE | MAP_ANONYMOUS;
  TRY("mmap writable and executable", syscall(SYS_mmap, NULL, size, both | PROT_EXEC, secret, -1, 0));
  TRY("mmap executable", syscall(SYS_mmap, NULL, size, PROT_READ | PROT_EXEC, secret, -1, 0));
  TRY("mmap of the medium", syscall(SYS_mmap, NULL, size, PROT_READ, MAP_PRIVATE, FENCE_MEDIUM, 0));
  void *const memory = mmap(NULL, size, both, secret, -1, 0);
  report("mmap of memory", memory == MAP_FAILED ? errno : 0);
  TRY("mprotect to executable", syscall(SYS_mprotect, memory, size, PROT_READ | PROT_EXEC));
  TRY("pkey_mprotect to executable", syscall(SYS_pkey_mprotect, memory, size, PROT_READ | PROT_EXEC, -1));
  TRY("mprotect to read only", syscall(SYS_mprotect, memory, size, PROT_READ));
  TRY("munmap", syscall(SYS_munmap, memory, size));
}

void fence_try_calls(reporter *report) {
  report("version of Landlock", fence_landlock_version());
  try_files(report);
  try_terminals(report);
  try_sockets(report);
  try_processes(report);
  try_kernel(report);
  try_memory(report);
}
