// PipeWire for Swift: what its headers have as macros or with a varying number of arguments, as typed functions.
// Functions give 0 or a negative errno, or what PipeWire gives.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <pipewire/pipewire.h>
#include <spa/param/format-utils.h>
#include <spa/param/video/format-utils.h>
#include <spa/pod/builder.h>
#include <stdint.h>
#include <sys/ioctl.h>

static const uint32_t vp_any = PW_ID_ANY;
static const uint32_t vp_chunk_damaged = SPA_CHUNK_FLAG_CORRUPTED;
static const uint32_t vp_header_damaged = SPA_META_HEADER_FLAG_CORRUPTED;

static inline void vp_start(void) {
  pw_init(NULL, NULL);
  // Its own lines would stand between those of this program; what goes wrong is reported through events.
  pw_log_set_level(SPA_LOG_LEVEL_NONE);
}

static inline struct pw_properties *vp_properties(void) { return pw_properties_new(NULL, NULL); }

static inline void vp_listen_core(struct pw_core *core, struct spa_hook *hook, const struct pw_core_events *events,
                                  void *data) {
  pw_core_add_listener(core, hook, events, data);
}
static inline int vp_sync(struct pw_core *core) { return pw_core_sync(core, PW_ID_CORE, 0); }
static inline struct pw_registry *vp_registry(struct pw_core *core) {
  return pw_core_get_registry(core, PW_VERSION_REGISTRY, 0);
}
static inline void vp_listen_registry(struct pw_registry *registry, struct spa_hook *hook,
                                      const struct pw_registry_events *events, void *data) {
  pw_registry_add_listener(registry, hook, events, data);
}
static inline void vp_free_registry(struct pw_registry *registry) { pw_proxy_destroy((struct pw_proxy *)registry); }
static inline const char *vp_value(const struct spa_dict *dict, const char *key) {
  return dict ? spa_dict_lookup(dict, key) : NULL;
}

// One turn of the loop, in whatever thread: handles what is there, waits at most `milliseconds` for something.
static inline int vp_turn(struct pw_loop *loop, int milliseconds) {
  pw_loop_enter(loop);
  const int result = pw_loop_iterate(loop, milliseconds);
  pw_loop_leave(loop);
  return result;
}

// What is asked of a stream.
typedef struct vp_wish {
  uint32_t width, height, rate;
  const uint32_t *formats;  // of raw video, the liked ones first
  uint32_t format_count;
  uint32_t takes_jpeg;
} vp_wish;

static inline const struct spa_pod *vp_offer(struct spa_pod_builder *b, const vp_wish *w, int is_jpeg) {
  struct spa_pod_frame object, choice;
  spa_pod_builder_push_object(b, &object, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
  spa_pod_builder_add(b, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype,
                      SPA_POD_Id(is_jpeg ? SPA_MEDIA_SUBTYPE_mjpg : SPA_MEDIA_SUBTYPE_raw), 0);
  if (!is_jpeg) {
    spa_pod_builder_prop(b, SPA_FORMAT_VIDEO_format, 0);
    spa_pod_builder_push_choice(b, &choice, SPA_CHOICE_Enum, 0);
    spa_pod_builder_id(b, w->formats[0]);  // the default, then all
    for (uint32_t i = 0; i < w->format_count; i++) spa_pod_builder_id(b, w->formats[i]);
    spa_pod_builder_pop(b, &choice);
  }
  spa_pod_builder_add(
      b, SPA_FORMAT_VIDEO_size,
      SPA_POD_CHOICE_RANGE_Rectangle(&SPA_RECTANGLE(w->width, w->height), &SPA_RECTANGLE(1, 1),
                                     &SPA_RECTANGLE(16384, 16384)),
      SPA_FORMAT_VIDEO_framerate,
      SPA_POD_CHOICE_RANGE_Fraction(&SPA_FRACTION(w->rate, 1), &SPA_FRACTION(0, 1), &SPA_FRACTION(1000, 1)), 0);
  return (const struct spa_pod *)spa_pod_builder_pop(b, &object);
}

// Connects a stream as a consumer of video. `node` is the node's id, or vp_any when the stream's properties name it.
// It is never linked to another node than that when that one goes.
static inline int vp_connect(struct pw_stream *stream, uint32_t node, const vp_wish *wish) {
  uint8_t bytes[4096];
  struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(bytes, sizeof bytes);
  const struct spa_pod *offers[2];
  uint32_t count = 0;
  if (wish->format_count) offers[count++] = vp_offer(&builder, wish, 0);
  if (wish->takes_jpeg) offers[count++] = vp_offer(&builder, wish, 1);
  return pw_stream_connect(stream, PW_DIRECTION_INPUT, node,
                           (enum pw_stream_flags)(PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_DONT_RECONNECT), offers,
                           count);
}

// After a format: buffers in memory, and the header with time and number.
static inline int vp_ask_for_buffers(struct pw_stream *stream) {
  uint8_t bytes[1024];
  struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof bytes);
  const struct spa_pod *wanted[2];
  wanted[0] = (const struct spa_pod *)spa_pod_builder_add_object(
      &b, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers,
      SPA_POD_CHOICE_RANGE_Int(4, 2, 16), SPA_PARAM_BUFFERS_dataType,
      SPA_POD_CHOICE_FLAGS_Int(1 << SPA_DATA_MemPtr | 1 << SPA_DATA_MemFd | 1 << SPA_DATA_DmaBuf));
  wanted[1] = (const struct spa_pod *)spa_pod_builder_add_object(
      &b, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta, SPA_PARAM_META_type, SPA_POD_Id(SPA_META_Header),
      SPA_PARAM_META_size, SPA_POD_Int(sizeof(struct spa_meta_header)));
  return pw_stream_update_params(stream, wanted, 2);
}

// A format that was agreed on.
typedef struct vp_format {
  uint32_t is_jpeg, format, width, height;
  uint32_t rate_numerator, rate_denominator;
  uint32_t is_full_range, is_bt709;
} vp_format;

static inline int vp_read_format(const struct spa_pod *pod, vp_format *out) {
  uint32_t type = 0, subtype = 0;
  memset(out, 0, sizeof *out);
  if (!pod || spa_format_parse(pod, &type, &subtype) < 0 || type != SPA_MEDIA_TYPE_video) return -EINVAL;
  if (subtype == SPA_MEDIA_SUBTYPE_mjpg) {
    struct spa_video_info_mjpg jpeg;
    memset(&jpeg, 0, sizeof jpeg);
    if (spa_format_video_mjpg_parse(pod, &jpeg) < 0) return -EINVAL;
    out->is_jpeg = 1;
    out->width = jpeg.size.width, out->height = jpeg.size.height;
    out->rate_numerator = jpeg.framerate.num, out->rate_denominator = jpeg.framerate.denom;
    return 0;
  }
  struct spa_video_info_raw raw;
  memset(&raw, 0, sizeof raw);
  if (subtype != SPA_MEDIA_SUBTYPE_raw || spa_format_video_raw_parse(pod, &raw) < 0) return -EINVAL;
  out->format = raw.format;
  out->width = raw.size.width, out->height = raw.size.height;
  const struct spa_fraction rate = raw.framerate.num ? raw.framerate : raw.max_framerate;
  out->rate_numerator = rate.num, out->rate_denominator = rate.denom;
  out->is_full_range = raw.color_range == SPA_VIDEO_COLOR_RANGE_0_255;
  out->is_bt709 = raw.color_matrix == SPA_VIDEO_COLOR_MATRIX_BT709;
  return 0;
}

static inline const struct spa_meta_header *vp_header(const struct spa_buffer *buffer) {
  return (const struct spa_meta_header *)spa_buffer_find_meta_data(buffer, SPA_META_Header,
                                                                   sizeof(struct spa_meta_header));
}

// Before and after this program reads memory that a device wrote.
static inline void vp_device_memory(int fd, int begins) {
  struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_READ | (begins ? DMA_BUF_SYNC_START : DMA_BUF_SYNC_END)};
  ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

// Whether memory can be cut short by another program while it is mapped here, which would end this program.
static inline int vp_may_shrink(int fd, int is_regular) {
  if (!is_regular) return 0;
  const int seals = fcntl(fd, 1034 /* F_GET_SEALS */);
  return seals < 0 || (seals & 2 /* F_SEAL_SHRINK */) == 0;
}
