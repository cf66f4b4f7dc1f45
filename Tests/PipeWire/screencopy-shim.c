// Preloaded into xdg-desktop-portal-wlr 0.7.0 by scripts/test-screencast.py, which runs a compositor that draws with the
// processor and so has no DMA-BUF. That portal refuses to cast unless it was offered a DMA-BUF format, although it then
// uses plain memory; this offers it one before each offer of plain memory. Nothing of Vigil needs it.
//
// The order of the events is that of the protocol zwlr_screencopy_frame_v1.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

struct wl_proxy;

struct frame_events {
  void (*buffer)(void *data, void *frame, uint32_t format, uint32_t width, uint32_t height, uint32_t stride);
  void *flags, *ready, *failed, *damage;
  void (*linux_dmabuf)(void *data, void *frame, uint32_t format, uint32_t width, uint32_t height);
  void *buffer_done;
};

static struct frame_events portals, ours;

static void on_buffer(void *data, void *frame, uint32_t format, uint32_t width, uint32_t height, uint32_t stride) {
  const uint32_t xrgb8888 = 0x34325258;
  portals.linux_dmabuf(data, frame, xrgb8888, width, height);
  portals.buffer(data, frame, format, width, height, stride);
}

int wl_proxy_add_listener(struct wl_proxy *proxy, void (**events)(void), void *data) {
  int (*next)(struct wl_proxy *, void (**)(void), void *) = dlsym(RTLD_NEXT, "wl_proxy_add_listener");
  const char *(*class_of)(struct wl_proxy *) = dlsym(RTLD_NEXT, "wl_proxy_get_class");
  if (strcmp(class_of(proxy), "zwlr_screencopy_frame_v1") != 0) return next(proxy, events, data);
  memcpy(&portals, events, sizeof portals);
  ours = portals;
  ours.buffer = on_buffer;
  return next(proxy, (void (**)(void))(void *)&ours, data);
}
