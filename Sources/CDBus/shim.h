// The desktop's portals over D-Bus: one call with its options, and the answers read into structs.
// What a desktop answers is checked: every value has the type that is expected, or counts as absent.
#pragma once
#include <dbus/dbus.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { VD_TEXT = 256, VD_OPTIONS = 8 };

#define VD_DESKTOP "org.freedesktop.portal.Desktop"
#define VD_PATH "/org/freedesktop/portal/desktop"

// A connection of its own to the session's bus; NULL without one.
static inline DBusConnection *vd_open(void) {
  DBusError error;
  dbus_error_init(&error);
  DBusConnection *bus = dbus_bus_get_private(DBUS_BUS_SESSION, &error);
  dbus_error_free(&error);
  if (!bus) return NULL;
  // The bus going away must not end this program.
  dbus_connection_set_exit_on_disconnect(bus, FALSE);
  dbus_bus_add_match(bus, "type='signal',sender='" VD_DESKTOP "',interface='org.freedesktop.portal.Request'", NULL);
  dbus_bus_add_match(bus, "type='signal',sender='" VD_DESKTOP "',interface='org.freedesktop.portal.Session'", NULL);
  return bus;
}

static inline void vd_close(DBusConnection *bus) {
  dbus_connection_close(bus);
  dbus_connection_unref(bus);
}

static inline int vd_is_connected(DBusConnection *bus) { return dbus_connection_get_is_connected(bus) ? 1 : 0; }

// One option of a call: a text, or a number when `text` is NULL.
typedef struct vd_option {
  const char *key, *text;
  uint32_t number;
} vd_option;

typedef struct vd_call {
  const char *interface, *member;
  const char *session;  // its object, or NULL
  int has_parent;       // an empty name of the window that asks
  vd_option options[VD_OPTIONS];
  uint32_t option_count;
} vd_call;

static inline void vd_append_option(DBusMessageIter *array, const vd_option *option) {
  DBusMessageIter entry, value;
  const dbus_uint32_t number = option->number;
  dbus_message_iter_open_container(array, DBUS_TYPE_DICT_ENTRY, NULL, &entry);
  dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &option->key);
  dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, option->text ? "s" : "u", &value);
  if (option->text) dbus_message_iter_append_basic(&value, DBUS_TYPE_STRING, &option->text);
  else dbus_message_iter_append_basic(&value, DBUS_TYPE_UINT32, &number);
  dbus_message_iter_close_container(&entry, &value);
  dbus_message_iter_close_container(array, &entry);
}

// Sends a call to the portal and waits for its reply, which the caller unrefs; NULL with the reason in `problem`.
static inline DBusMessage *vd_send(DBusConnection *bus, const vd_call *call, char problem[VD_TEXT]) {
  DBusMessage *message = dbus_message_new_method_call(VD_DESKTOP, VD_PATH, call->interface, call->member);
  if (!message) return NULL;
  DBusMessageIter arguments, array;
  const char *parent = "";
  dbus_message_iter_init_append(message, &arguments);
  if (call->session) dbus_message_iter_append_basic(&arguments, DBUS_TYPE_OBJECT_PATH, &call->session);
  if (call->has_parent) dbus_message_iter_append_basic(&arguments, DBUS_TYPE_STRING, &parent);
  dbus_message_iter_open_container(&arguments, DBUS_TYPE_ARRAY, "{sv}", &array);
  for (uint32_t i = 0; i < call->option_count && i < VD_OPTIONS; i++) vd_append_option(&array, &call->options[i]);
  dbus_message_iter_close_container(&arguments, &array);
  DBusError error;
  dbus_error_init(&error);
  DBusMessage *reply = dbus_connection_send_with_reply_and_block(bus, message, 25000, &error);
  dbus_message_unref(message);
  snprintf(problem, VD_TEXT, "%s", error.message ? error.message : "no answer");
  dbus_error_free(&error);
  return reply;
}

// A number among the portal's properties; -1 when it has none of that name.
static inline int64_t vd_property(DBusConnection *bus, const char *interface, const char *name) {
  DBusMessage *message = dbus_message_new_method_call(VD_DESKTOP, VD_PATH, "org.freedesktop.DBus.Properties", "Get");
  if (!message) return -1;
  dbus_message_append_args(message, DBUS_TYPE_STRING, &interface, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID);
  DBusMessage *reply = dbus_connection_send_with_reply_and_block(bus, message, 25000, NULL);
  dbus_message_unref(message);
  if (!reply) return -1;
  DBusMessageIter top, value;
  int64_t found = -1;
  if (dbus_message_iter_init(reply, &top) && dbus_message_iter_get_arg_type(&top) == DBUS_TYPE_VARIANT) {
    dbus_message_iter_recurse(&top, &value);
    dbus_uint32_t number = 0;
    if (dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_UINT32)
      dbus_message_iter_get_basic(&value, &number), found = number;
  }
  dbus_message_unref(reply);
  return found;
}

// What a portal answered to a request.
typedef struct vd_response {
  uint32_t code;  // 0 done, 1 refused by the person, 2 ended otherwise
  char session[VD_TEXT], token[VD_TEXT];
  int has_stream;
  uint32_t node, source_type;
} vd_response;

static inline void vd_text(DBusMessageIter *value, char out[VD_TEXT]) {
  const int type = dbus_message_iter_get_arg_type(value);
  if (type != DBUS_TYPE_STRING && type != DBUS_TYPE_OBJECT_PATH) return;
  const char *text = NULL;
  dbus_message_iter_get_basic(value, &text);
  // One that is too long is none: half a name would name something else.
  if (text && strlen(text) < VD_TEXT) strcpy(out, text);
}

static inline uint32_t vd_number(DBusMessageIter *value, uint32_t otherwise) {
  dbus_uint32_t number = otherwise;
  if (dbus_message_iter_get_arg_type(value) == DBUS_TYPE_UINT32) dbus_message_iter_get_basic(value, &number);
  return number;
}

// Calls `read` with every key and value of an a{sv}.
static inline void vd_each(DBusMessageIter *array, void (*read)(const char *, DBusMessageIter *, vd_response *),
                           vd_response *out) {
  for (; dbus_message_iter_get_arg_type(array) == DBUS_TYPE_DICT_ENTRY; dbus_message_iter_next(array)) {
    DBusMessageIter entry, value;
    const char *key = NULL;
    dbus_message_iter_recurse(array, &entry);
    if (dbus_message_iter_get_arg_type(&entry) != DBUS_TYPE_STRING) continue;
    dbus_message_iter_get_basic(&entry, &key);
    if (!dbus_message_iter_next(&entry) || dbus_message_iter_get_arg_type(&entry) != DBUS_TYPE_VARIANT) continue;
    dbus_message_iter_recurse(&entry, &value);
    read(key, &value, out);
  }
}

static inline void vd_read_stream(const char *key, DBusMessageIter *value, vd_response *out) {
  if (!strcmp(key, "source_type")) out->source_type = vd_number(value, 0);
}

static inline void vd_read_result(const char *key, DBusMessageIter *value, vd_response *out) {
  if (!strcmp(key, "session_handle")) vd_text(value, out->session);
  if (!strcmp(key, "restore_token")) vd_text(value, out->token);
  if (strcmp(key, "streams") || dbus_message_iter_get_arg_type(value) != DBUS_TYPE_ARRAY) return;
  DBusMessageIter streams, stream, properties;
  dbus_message_iter_recurse(value, &streams);
  if (dbus_message_iter_get_arg_type(&streams) != DBUS_TYPE_STRUCT) return;
  dbus_message_iter_recurse(&streams, &stream);
  if (dbus_message_iter_get_arg_type(&stream) != DBUS_TYPE_UINT32) return;
  out->node = vd_number(&stream, 0), out->has_stream = 1;
  if (!dbus_message_iter_next(&stream) || dbus_message_iter_get_arg_type(&stream) != DBUS_TYPE_ARRAY) return;
  dbus_message_iter_recurse(&stream, &properties);
  vd_each(&properties, vd_read_stream, out);
}

enum vd_news { VD_NOTHING = 0, VD_RESPONSE = 1, VD_CLOSED = 2 };

// Waits at most so long for news: the response to `request`, or the end of `session`.
static inline enum vd_news vd_wait(DBusConnection *bus, const char *request, const char *session, int milliseconds,
                                   vd_response *out) {
  dbus_connection_read_write(bus, milliseconds);
  DBusMessage *message;
  enum vd_news news = VD_NOTHING;
  while (news == VD_NOTHING && (message = dbus_connection_pop_message(bus))) {
    const char *path = dbus_message_get_path(message);
    if (path && request && dbus_message_is_signal(message, "org.freedesktop.portal.Request", "Response") &&
        !strcmp(path, request)) {
      DBusMessageIter top, results;
      memset(out, 0, sizeof *out);
      out->code = 2;
      news = VD_RESPONSE;
      if (dbus_message_iter_init(message, &top)) out->code = vd_number(&top, 2);
      if (dbus_message_iter_next(&top) && dbus_message_iter_get_arg_type(&top) == DBUS_TYPE_ARRAY) {
        dbus_message_iter_recurse(&top, &results);
        vd_each(&results, vd_read_result, out);
      }
    }
    if (path && session && dbus_message_is_signal(message, "org.freedesktop.portal.Session", "Closed") &&
        !strcmp(path, session))
      news = VD_CLOSED;
    dbus_message_unref(message);
  }
  return news;
}

// The descriptor in a reply, the caller's from here on; -1 when there is none.
static inline int vd_descriptor(DBusMessage *reply) {
  DBusMessageIter top;
  int descriptor = -1;
  if (dbus_message_iter_init(reply, &top) && dbus_message_iter_get_arg_type(&top) == DBUS_TYPE_UNIX_FD)
    dbus_message_iter_get_basic(&top, &descriptor);
  return descriptor;
}
