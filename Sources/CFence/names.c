// Names of hosts inside the fence.
//
// The system's resolver reads files, loads libraries and talks to local services; none of that is allowed in a decoder.
// FFmpeg asks for addresses through getaddrinfo, and this definition takes the place of the C library's in the programs
// that link it. Before fence_ask_for_names it only hands on; after it, a name is sent to the parent, which resolves it as
// every other program of the machine would, and the numeric addresses of its answer are what is returned.
#define _GNU_SOURCE
#include "fence.h"
#include "message.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

typedef int resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);

enum { PATIENCE_MS = 15000 };

static int control = -1;

static resolver *system_resolver(void) {
  static resolver *found;
  resolver *resolve = __atomic_load_n(&found, __ATOMIC_ACQUIRE);
  if (!resolve) {
    *(void **)&resolve = dlsym(RTLD_NEXT, "getaddrinfo");
    __atomic_store_n(&found, resolve, __ATOMIC_RELEASE);
  }
  return resolve;
}

void fence_ask_for_names(int socket) {
  system_resolver();
  control = socket;
}

static int is_numeric(const char *name) {
  unsigned char address[sizeof(struct in6_addr)];
  // A scope ("%eth0") is part of a numeric address.
  return inet_pton(AF_INET, name, address) == 1 || strchr(name, ':') != NULL;
}

// Waits for the parent's answer; 0 when there is none.
static int ask(const char *name, struct fence_request *answer) {
  struct fence_message question = {
      .magic = FENCE_MAGIC, .version = FENCE_VERSION, .kind = FENCE_RESOLVE, .text_bytes = (uint32_t)strlen(name)};
  if (question.text_bytes == 0 || question.text_bytes > 253) return 0;
  memcpy(question.text, name, question.text_bytes);
  if (send(control, &question, sizeof question, MSG_NOSIGNAL) != sizeof question) return 0;
  struct pollfd waiting = {.fd = control, .events = POLLIN};
  for (;;) {
    const int ready = poll(&waiting, 1, PATIENCE_MS);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return 0;
    const ssize_t count = recv(control, answer, sizeof *answer, 0);
    if (count < 0 && errno == EINTR) continue;
    return count == sizeof *answer && answer->kind == FENCE_ADDRESSED;
  }
}

int getaddrinfo(const char *restrict name, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict result) {
  resolver *const resolve = system_resolver();
  if (!resolve) return EAI_SYSTEM;
  if (control < 0 || !name || is_numeric(name)) return resolve(name, service, hints, result);
  struct fence_request answer;
  if (!ask(name, &answer)) return EAI_AGAIN;
  struct addrinfo numeric = hints ? *hints : (struct addrinfo){0};
  numeric.ai_flags |= AI_NUMERICHOST;
  // Chained as the C library chains them: freeaddrinfo frees each link by itself.
  *result = NULL;
  struct addrinfo **end = result;
  for (uint32_t i = 0; i < answer.address_count && i < FENCE_ADDRESSES; i++) {
    answer.addresses[i][FENCE_ADDRESS_BYTES - 1] = 0;
    if (resolve(answer.addresses[i], service, &numeric, end) != 0) {
      *end = NULL;
      continue;
    }
    while (*end) end = &(*end)->ai_next;
  }
  return *result ? 0 : EAI_NONAME;
}
