// Pictures of an X11 screen through shared memory. XCB, because it gives errors back where Xlib ends the program.
// Functions give 0, or a negative word of vx_fault.
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

enum vx_fault { VX_NO_DISPLAY = -1, VX_NO_SHARED_MEMORY = -2, VX_FORMAT = -3, VX_NO_WINDOW = -4, VX_REFUSED = -5 };

typedef struct vx_screen {
  xcb_connection_t *connection;
  xcb_window_t root;
  int32_t width, height;
  xcb_shm_seg_t segment;
  uint8_t *pixels;
  int64_t capacity;
} vx_screen;

typedef struct vx_area {
  int32_t x, y, width, height;
} vx_area;

static inline void vx_close(vx_screen *s) {
  if (s->pixels) shmdt(s->pixels);
  if (s->connection) xcb_disconnect(s->connection);
  memset(s, 0, sizeof *s);
}

// Connects to the display of the environment; pixels are 4 bytes, blue first, the fourth unused.
static inline int vx_open(vx_screen *s) {
  memset(s, 0, sizeof *s);
  int number = 0;
  s->connection = xcb_connect(NULL, &number);
  if (xcb_connection_has_error(s->connection)) return vx_close(s), VX_NO_DISPLAY;
  const xcb_setup_t *setup = xcb_get_setup(s->connection);
  xcb_screen_iterator_t screens = xcb_setup_roots_iterator(setup);
  for (; number > 0 && screens.rem > 1; number--) xcb_screen_next(&screens);
  if (!screens.data) return vx_close(s), VX_NO_DISPLAY;
  s->root = screens.data->root;
  s->width = screens.data->width_in_pixels, s->height = screens.data->height_in_pixels;
  int bits = 0;
  for (xcb_format_iterator_t f = xcb_setup_pixmap_formats_iterator(setup); f.rem; xcb_format_next(&f))
    if (f.data->depth == screens.data->root_depth) bits = f.data->bits_per_pixel;
  if (bits != 32 || setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST) return vx_close(s), VX_FORMAT;
  xcb_shm_query_version_reply_t *version =
      xcb_shm_query_version_reply(s->connection, xcb_shm_query_version(s->connection), NULL);
  if (!version) return vx_close(s), VX_NO_SHARED_MEMORY;
  free(version);
  return 0;
}

// Shared memory for pictures of up to `bytes`.
static inline int vx_reserve(vx_screen *s, int64_t bytes) {
  if (bytes <= s->capacity) return 0;
  if (s->pixels) {
    xcb_shm_detach(s->connection, s->segment);
    shmdt(s->pixels);
    s->pixels = NULL, s->capacity = 0;
  }
  const int id = shmget(IPC_PRIVATE, (size_t)bytes, IPC_CREAT | 0600);
  if (id < 0) return VX_NO_SHARED_MEMORY;
  void *address = shmat(id, NULL, 0);
  s->segment = xcb_generate_id(s->connection);
  xcb_generic_error_t *error =
      xcb_request_check(s->connection, xcb_shm_attach_checked(s->connection, s->segment, (uint32_t)id, 0));
  // Gone as soon as both sides let go, whatever happens to this program.
  shmctl(id, IPC_RMID, NULL);
  if (error || address == (void *)-1) {
    free(error);
    if (address != (void *)-1) shmdt(address);
    return VX_NO_SHARED_MEMORY;
  }
  s->pixels = address, s->capacity = bytes;
  return 0;
}

// A picture of an area that lies on the screen, into the shared memory; rows of 4 x width bytes.
static inline int vx_grab(vx_screen *s, vx_area a) {
  const int reserved = vx_reserve(s, (int64_t)a.width * a.height * 4);
  if (reserved) return reserved;
  xcb_shm_get_image_reply_t *reply =
      xcb_shm_get_image_reply(s->connection,
                              xcb_shm_get_image(s->connection, s->root, (int16_t)a.x, (int16_t)a.y, (uint16_t)a.width,
                                                (uint16_t)a.height, ~0u, XCB_IMAGE_FORMAT_Z_PIXMAP, s->segment, 0),
                              NULL);
  if (!reply) return xcb_connection_has_error(s->connection) ? VX_NO_DISPLAY : VX_REFUSED;
  free(reply);
  return 0;
}

static inline int vx_property_contains(vx_screen *s, xcb_window_t window, xcb_atom_t name, const char *words) {
  xcb_get_property_reply_t *reply = xcb_get_property_reply(
      s->connection, xcb_get_property(s->connection, 0, window, name, XCB_GET_PROPERTY_TYPE_ANY, 0, 256), NULL);
  if (!reply) return 0;
  const int length = xcb_get_property_value_length(reply);
  char text[1025];
  const size_t kept = length > 1024 ? 1024 : (size_t)(length > 0 ? length : 0);
  memcpy(text, xcb_get_property_value(reply), kept);
  text[kept] = 0;
  free(reply);
  return kept > 0 && strstr(text, words) != NULL;
}

static inline xcb_atom_t vx_atom(vx_screen *s, const char *name) {
  xcb_intern_atom_reply_t *reply =
      xcb_intern_atom_reply(s->connection, xcb_intern_atom(s->connection, 0, (uint16_t)strlen(name), name), NULL);
  const xcb_atom_t atom = reply ? reply->atom : XCB_ATOM_NONE;
  free(reply);
  return atom;
}

static inline int vx_is_shown(vx_screen *s, xcb_window_t window) {
  xcb_get_window_attributes_reply_t *reply =
      xcb_get_window_attributes_reply(s->connection, xcb_get_window_attributes(s->connection, window), NULL);
  const int shown = reply && reply->map_state == XCB_MAP_STATE_VIEWABLE;
  free(reply);
  return shown;
}

// The first shown window at or below `window` whose title contains `words`; 0 when there is none.
static inline xcb_window_t vx_search(vx_screen *s, xcb_window_t window, xcb_atom_t title, const char *words,
                                     int depth) {
  if (vx_is_shown(s, window) && ((title && vx_property_contains(s, window, title, words)) ||
                                 vx_property_contains(s, window, XCB_ATOM_WM_NAME, words)))
    return window;
  if (depth == 0) return 0;
  xcb_query_tree_reply_t *tree = xcb_query_tree_reply(s->connection, xcb_query_tree(s->connection, window), NULL);
  if (!tree) return 0;
  xcb_window_t found = 0;
  const xcb_window_t *children = xcb_query_tree_children(tree);
  for (int i = xcb_query_tree_children_length(tree) - 1; i >= 0 && !found; i--)
    found = vx_search(s, children[i], title, words, depth - 1);
  free(tree);
  return found;
}

static inline xcb_window_t vx_find(vx_screen *s, const char *words) {
  return vx_search(s, s->root, vx_atom(s, "_NET_WM_NAME"), words, 4);
}

// Waits for a click and gives the top window under it; 0 when the pointer cannot be had or another button is used.
static inline xcb_window_t vx_click(vx_screen *s) {
  xcb_grab_pointer_reply_t *grab = xcb_grab_pointer_reply(
      s->connection,
      xcb_grab_pointer(s->connection, 0, s->root, XCB_EVENT_MASK_BUTTON_PRESS, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC,
                       XCB_NONE, XCB_NONE, XCB_CURRENT_TIME),
      NULL);
  const int held = grab && grab->status == XCB_GRAB_STATUS_SUCCESS;
  free(grab);
  if (!held) return 0;
  xcb_window_t clicked = 0;
  for (;;) {
    xcb_generic_event_t *event = xcb_wait_for_event(s->connection);
    if (!event) break;
    const int pressed = (event->response_type & 0x7F) == XCB_BUTTON_PRESS;
    const xcb_button_press_event_t *press = (const xcb_button_press_event_t *)event;
    if (pressed && press->detail == 1) clicked = press->child ? press->child : s->root;
    free(event);
    if (pressed) break;
  }
  xcb_ungrab_pointer(s->connection, XCB_CURRENT_TIME);
  xcb_flush(s->connection);
  return clicked;
}

// Where a window is on the screen.
static inline int vx_place(vx_screen *s, xcb_window_t window, vx_area *area) {
  xcb_get_geometry_reply_t *size = xcb_get_geometry_reply(s->connection, xcb_get_geometry(s->connection, window), NULL);
  xcb_translate_coordinates_reply_t *corner = xcb_translate_coordinates_reply(
      s->connection, xcb_translate_coordinates(s->connection, window, s->root, 0, 0), NULL);
  const int known = size && corner && vx_is_shown(s, window);
  if (known) *area = (vx_area){corner->dst_x, corner->dst_y, size->width, size->height};
  free(size);
  free(corner);
  return known ? 0 : VX_NO_WINDOW;
}
