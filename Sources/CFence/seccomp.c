// The system calls that a decoder may make, with their arguments; libseccomp makes the kernel's filter of them.
//
// Everything that is not listed fails with EPERM, calls of another architecture end the process. Arguments are compared
// in all 64 bits, so a value whose upper half the kernel would ignore is refused, never let through.
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

struct rule {
  int call;
  unsigned count;  // of arguments that are compared
  struct scmp_arg_cmp arguments[3];
};

#define FREE(call)           \
  {                          \
    SCMP_SYS(call), 0, {{0}} \
  }
#define WITH(call, ...)                                                                                         \
  {                                                                                                             \
    SCMP_SYS(call), sizeof((struct scmp_arg_cmp[]){__VA_ARGS__}) / sizeof(struct scmp_arg_cmp), { __VA_ARGS__ } \
  }
#define IS(argument, value) {argument, SCMP_CMP_EQ, (scmp_datum_t)(value), 0}
#define BITS(argument, mask, value) {argument, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), (scmp_datum_t)(value)}

// Memory that cannot be executed, time, waiting, the end.
static const struct rule common[] = {
    FREE(futex),
    FREE(exit),
    FREE(exit_group),
    FREE(restart_syscall),
    FREE(rt_sigreturn),
    FREE(rt_sigprocmask),
    FREE(sigaltstack),
    FREE(clock_gettime),
    FREE(gettimeofday),
    FREE(time),
    FREE(clock_nanosleep),
    FREE(nanosleep),
    FREE(sched_yield),
    FREE(sched_getaffinity),
    FREE(getrandom),
    FREE(getpid),
    FREE(gettid),
    FREE(getrusage),
    FREE(poll),
    FREE(ppoll),
    FREE(close),
    FREE(munmap),
    FREE(mremap),
    FREE(brk),
    WITH(mmap, BITS(2, PROT_EXEC, 0), BITS(3, MAP_ANONYMOUS, MAP_ANONYMOUS)),
    WITH(mprotect, BITS(2, PROT_EXEC, 0)),
    WITH(madvise, IS(2, MADV_DONTNEED)),
    WITH(madvise, IS(2, MADV_FREE)),
    WITH(madvise, IS(2, MADV_HUGEPAGE)),
};

// The medium, the parent, and the null device that a runtime's last words go to.
static const struct rule file[] = {
    WITH(read, IS(0, FENCE_MEDIUM)),
    WITH(lseek, IS(0, FENCE_MEDIUM)),
    WITH(fstat, IS(0, FENCE_MEDIUM)),
    WITH(recvfrom, IS(0, FENCE_CONTROL)),
    WITH(sendto, IS(0, FENCE_CONTROL), IS(4, 0)),
    WITH(write, IS(0, 2)),
};

// Descriptors above the parent's can only be sockets that were made here: TCP over IPv4 and IPv6. They are not bound, so
// nobody can connect to them, and RTSP sends its pictures through the same connection.
#define TCP(family, protocol) \
  WITH(socket, IS(0, family), BITS(1, ~(SOCK_NONBLOCK | SOCK_CLOEXEC), SOCK_STREAM), IS(2, protocol))
static const struct rule stream[] = {
    TCP(AF_INET, 0),
    TCP(AF_INET, IPPROTO_TCP),
    TCP(AF_INET6, 0),
    TCP(AF_INET6, IPPROTO_TCP),
    FREE(shutdown),
    FREE(getsockname),
    FREE(getpeername),
    FREE(getsockopt),
    FREE(read),
    FREE(write),
    FREE(readv),
    FREE(writev),
    FREE(recvfrom),
    FREE(sendto),
    FREE(recvmsg),
    FREE(sendmsg),
    WITH(setsockopt, IS(1, SOL_SOCKET), IS(2, SO_REUSEADDR)),
    WITH(setsockopt, IS(1, SOL_SOCKET), IS(2, SO_RCVBUF)),
    WITH(setsockopt, IS(1, SOL_SOCKET), IS(2, SO_SNDBUF)),
    WITH(setsockopt, IS(1, SOL_SOCKET), IS(2, SO_KEEPALIVE)),
    WITH(setsockopt, IS(1, IPPROTO_TCP), IS(2, TCP_NODELAY)),
    WITH(setsockopt, IS(1, IPPROTO_TCP), IS(2, TCP_MAXSEG)),
    WITH(fcntl, IS(1, F_GETFL)),
    WITH(fcntl, IS(1, F_SETFL)),
    WITH(fcntl, IS(1, F_GETFD)),
    WITH(fcntl, IS(1, F_SETFD)),
    WITH(ioctl, IS(1, FIONBIO)),
    WITH(ioctl, IS(1, FIONREAD)),
};

static int add(scmp_filter_ctx filter, const struct rule *rules, size_t count) {
  for (size_t i = 0; i < count; i++) {
    // A call that this architecture does not have needs no rule.
    if (rules[i].call < 0) continue;
    const int failed =
        seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].call, rules[i].count, rules[i].arguments);
    if (failed) return failed;
  }
  return 0;
}

// Every descriptor may be connected but the parent's, so that no path of a local socket can be tried on it.
static int add_connect(scmp_filter_ctx filter) {
  int failed = 0;
  for (int fd = FENCE_CONTROL + 1; fd < FENCE_FILES && !failed; fd++)
    failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(connect), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)fd));
  return failed;
}

int fence_seccomp(enum fence_profile profile) {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (!filter) return -ENOMEM;
  int failed = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  // All threads or none: one that was forgotten would be a way out.
  if (!failed) failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
  // A binary tree over the calls' numbers instead of a list.
  if (!failed) failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (!failed) failed = add(filter, common, sizeof common / sizeof *common);
  if (!failed && profile == FENCE_FILE) failed = add(filter, file, sizeof file / sizeof *file);
  if (!failed && profile == FENCE_STREAM) failed = add(filter, stream, sizeof stream / sizeof *stream);
  if (!failed && profile == FENCE_STREAM) failed = add_connect(filter);
  if (!failed) failed = seccomp_load(filter);
  seccomp_release(filter);
  return failed;
}
