// A PipeWire camera for scripts/test-pipewire.py: eight colour bars in many formats, with the faults of real and
// hostile cameras. Prints "ready" when the node is there. Ends on SIGTERM.
//
//   fake-camera NAME FORMAT WIDTHxHEIGHT RATE [options]
//     FORMAT        a raw format of PipeWire (YUY2, NV12, ...), or a JPEG file
//     memfd         buffers are files in memory that keep their length
//     loose         buffers are files in memory that could be cut short
//     pad=BYTES     unused bytes at the end of each row
//     drop=N        every Nth picture is left out, its number with it
//     number=N      so many pictures, then the camera ends
//     silent        never a picture
//     wrong=WHAT    "size": chunks claim more bytes than there are; "stride": rows shorter than their pixels;
//                   "cut": after ten pictures the memory is cut to nothing (with loose)
#define _GNU_SOURCE
#include <fcntl.h>
#include <pipewire/pipewire.h>
#include <spa/debug/types.h>
#include <spa/param/video/format-utils.h>
#include <spa/param/video/type-info.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { BARS = 8 };
static const uint8_t bars[BARS][3] = {{191, 191, 191}, {191, 191, 0}, {0, 191, 191}, {0, 191, 0},
                                      {191, 0, 191},   {191, 0, 0},   {0, 0, 191},   {0, 0, 0}};

static struct camera {
  struct pw_main_loop *loop;
  struct pw_stream *stream;
  uint32_t format;  // 0: JPEG
  int width, height, rate, pad, drop, number, is_memfd, is_loose, is_silent;
  const char *wrong;
  uint8_t *picture;  // without padding
  int row, rows;     // of the picture as one block of equally long rows
  int64_t size;
  uint64_t sequence;
  int sent;
} camera;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// BT.601, limited.
static void convert(const uint8_t *rgb, double yuv[3]) {
  const double r = rgb[0] / 255.0, g = rgb[1] / 255.0, b = rgb[2] / 255.0;
  yuv[0] = 16 + 65.481 * r + 128.553 * g + 24.966 * b;
  yuv[1] = 128 - 37.797 * r - 74.203 * g + 112 * b;
  yuv[2] = 128 + 112 * r - 93.786 * g - 18.214 * b;
}

static void draw(void) {
  const int w = camera.width, h = camera.height;
  uint8_t *out = camera.picture;
  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++) {
      const uint8_t *c = bars[x * BARS / w];
      double yuv[3];
      convert(c, yuv);
      const uint8_t luma = (uint8_t)(yuv[0] + 0.5), u = (uint8_t)(yuv[1] + 0.5), v = (uint8_t)(yuv[2] + 0.5);
      uint8_t *row = out + (size_t)y * camera.row;
      switch (camera.format) {
        case SPA_VIDEO_FORMAT_YUY2: row[2 * x] = luma, row[2 * x + 1] = x % 2 ? v : u; break;
        case SPA_VIDEO_FORMAT_UYVY: row[2 * x + 1] = luma, row[2 * x] = x % 2 ? v : u; break;
        case SPA_VIDEO_FORMAT_RGB: memcpy(row + 3 * x, c, 3); break;
        case SPA_VIDEO_FORMAT_BGR: row[3 * x] = c[2], row[3 * x + 1] = c[1], row[3 * x + 2] = c[0]; break;
        case SPA_VIDEO_FORMAT_RGBx: memcpy(row + 4 * x, c, 3); break;
        case SPA_VIDEO_FORMAT_BGRx: row[4 * x] = c[2], row[4 * x + 1] = c[1], row[4 * x + 2] = c[0]; break;
        case SPA_VIDEO_FORMAT_NV12:
          row[x] = luma;
          out[(size_t)w * h + (size_t)(y / 2) * w + x] = x % 2 ? v : u;
          break;
        case SPA_VIDEO_FORMAT_I420:
          row[x] = luma;
          out[(size_t)w * h + (size_t)(y / 2) * (w / 2) + x / 2] = u;
          out[(size_t)w * h * 5 / 4 + (size_t)(y / 2) * (w / 2) + x / 2] = v;
          break;
        default: break;
      }
    }
}

static int bytes_with_padding(void) {
  return camera.format ? (camera.row + camera.pad) * camera.rows : (int)camera.size;
}

// I420's planes of chroma have half the padding; everything else is one block of rows.
static int write_picture(uint8_t *out) {
  if (!camera.format || !camera.pad) return memcpy(out, camera.picture, (size_t)camera.size), (int)camera.size;
  const uint8_t *from = camera.picture;
  uint8_t *to = out;
  const int is_i420 = camera.format == SPA_VIDEO_FORMAT_I420;
  for (int y = 0; y < (is_i420 ? camera.height : camera.rows); y++, from += camera.row, to += camera.row + camera.pad)
    memcpy(to, from, (size_t)camera.row);
  for (int y = 0; is_i420 && y < camera.height; y++, from += camera.row / 2, to += (camera.row + camera.pad) / 2)
    memcpy(to, from, (size_t)camera.row / 2);
  return (int)(to - out);
}

static void on_param(void *data, uint32_t id, const struct spa_pod *pod) {
  (void)data;
  if (!pod || id != SPA_PARAM_Format) return;
  uint8_t bytes[1024];
  struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof bytes);
  const struct spa_pod *params[2];
  params[0] = spa_pod_builder_add_object(
      &b, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers, SPA_POD_CHOICE_RANGE_Int(4, 2, 8),
      SPA_PARAM_BUFFERS_blocks, SPA_POD_Int(1), SPA_PARAM_BUFFERS_size, SPA_POD_Int(bytes_with_padding()),
      SPA_PARAM_BUFFERS_stride, SPA_POD_Int(camera.format ? camera.row + camera.pad : 0), SPA_PARAM_BUFFERS_dataType,
      SPA_POD_CHOICE_FLAGS_Int(1 << (camera.is_memfd ? SPA_DATA_MemFd : SPA_DATA_MemPtr)));
  params[1] = spa_pod_builder_add_object(&b, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta, SPA_PARAM_META_type,
                                         SPA_POD_Id(SPA_META_Header), SPA_PARAM_META_size,
                                         SPA_POD_Int(sizeof(struct spa_meta_header)));
  pw_stream_update_params(camera.stream, params, 2);
}

static void on_add_buffer(void *unused, struct pw_buffer *buffer) {
  (void)unused;
  if (!camera.is_memfd) return;
  struct spa_data *data = &buffer->buffer->datas[0];
  data->type = SPA_DATA_MemFd;
  data->flags = SPA_DATA_FLAG_READWRITE;
  data->maxsize = (uint32_t)bytes_with_padding();
  data->mapoffset = 0;
  data->fd = memfd_create("fake-camera", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (ftruncate((int)data->fd, data->maxsize) != 0) perror("ftruncate");
  if (!camera.is_loose) fcntl((int)data->fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  data->data = mmap(NULL, data->maxsize, PROT_READ | PROT_WRITE, MAP_SHARED, (int)data->fd, 0);
}

static void on_remove_buffer(void *unused, struct pw_buffer *buffer) {
  (void)unused;
  if (!camera.is_memfd) return;
  munmap(buffer->buffer->datas[0].data, buffer->buffer->datas[0].maxsize);
  close((int)buffer->buffer->datas[0].fd);
}

static void on_state(void *unused, enum pw_stream_state old, enum pw_stream_state state, const char *error) {
  (void)unused, (void)old;
  static int is_ready;
  if (state == PW_STREAM_STATE_PAUSED && !is_ready++) puts("ready"), fflush(stdout);
  if (state == PW_STREAM_STATE_ERROR) fprintf(stderr, "fake-camera: %s\n", error), pw_main_loop_quit(camera.loop);
}

static void on_tick(void *unused, uint64_t expirations) {
  (void)unused, (void)expirations;
  if (camera.is_silent || pw_stream_get_state(camera.stream, NULL) != PW_STREAM_STATE_STREAMING) return;
  if (camera.number && camera.sent >= camera.number) {
    pw_main_loop_quit(camera.loop);
    return;
  }
  camera.sequence++;
  if (camera.drop && camera.sequence % (uint64_t)camera.drop == 0) return;
  struct pw_buffer *buffer = pw_stream_dequeue_buffer(camera.stream);
  // Without a free buffer the graph is triggered all the same: nothing else would give one back.
  if (buffer) {
    struct spa_data *data = &buffer->buffer->datas[0];
    const int is_cut = camera.wrong && !strcmp(camera.wrong, "cut") && camera.sent >= 10;
    if (is_cut) {
      if (ftruncate((int)data->fd, 0) != 0) perror("ftruncate");
    } else
      write_picture(data->data);
    data->chunk->offset = 0;
    data->chunk->size = (uint32_t)bytes_with_padding();
    data->chunk->stride = camera.format ? camera.row + camera.pad : 0;
    data->chunk->flags = 0;
    if (camera.wrong && !strcmp(camera.wrong, "size")) data->chunk->size = data->maxsize * 2;
    if (camera.wrong && !strcmp(camera.wrong, "stride")) data->chunk->stride = 16;
    struct spa_meta_header *header = spa_buffer_find_meta_data(buffer->buffer, SPA_META_Header, sizeof *header);
    if (header) *header = (struct spa_meta_header){.pts = now(), .seq = camera.sequence};
    pw_stream_queue_buffer(camera.stream, buffer);
    camera.sent++;
  }
  if (pw_stream_is_driving(camera.stream)) pw_stream_trigger_process(camera.stream);
}

static void on_signal(void *unused, int number) {
  (void)unused, (void)number;
  pw_main_loop_quit(camera.loop);
}

static const struct pw_stream_events events = {
    PW_VERSION_STREAM_EVENTS, .state_changed = on_state, .param_changed = on_param, .add_buffer = on_add_buffer,
    .remove_buffer = on_remove_buffer};

static void read_jpeg(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) perror(path), exit(2);
  camera.picture = malloc(8 << 20);
  camera.size = (int64_t)fread(camera.picture, 1, 8 << 20, file);
  fclose(file);
}

static void read_options(int count, char **words) {
  for (int i = 5; i < count; i++) {
    const char *word = words[i];
    if (!strcmp(word, "memfd")) camera.is_memfd = 1;
    else if (!strcmp(word, "loose")) camera.is_memfd = camera.is_loose = 1;
    else if (!strcmp(word, "silent")) camera.is_silent = 1;
    else if (!strncmp(word, "wrong=", 6)) camera.wrong = word + 6;
    else if (sscanf(word, "pad=%d", &camera.pad) + sscanf(word, "drop=%d", &camera.drop) +
                 sscanf(word, "number=%d", &camera.number) < 1)
      fprintf(stderr, "fake-camera: what is %s?\n", word), exit(2);
  }
}

static void prepare(const char *format) {
  for (const struct spa_type_info *type = spa_type_video_format; type->name; type++)
    if (!strcmp(spa_debug_type_short_name(type->name), format)) camera.format = type->type;
  if (!camera.format) {
    read_jpeg(format);
    return;
  }
  camera.rows = camera.height;
  switch (camera.format) {
    case SPA_VIDEO_FORMAT_YUY2: case SPA_VIDEO_FORMAT_UYVY: camera.row = 2 * camera.width; break;
    case SPA_VIDEO_FORMAT_RGB: case SPA_VIDEO_FORMAT_BGR: camera.row = 3 * camera.width; break;
    case SPA_VIDEO_FORMAT_NV12: case SPA_VIDEO_FORMAT_I420:
      camera.row = camera.width, camera.rows = camera.height * 3 / 2;
      break;
    default: camera.row = 4 * camera.width;
  }
  camera.size = (int64_t)camera.row * camera.rows;
  camera.picture = calloc(1, (size_t)camera.size);
  draw();
}

int main(int count, char **words) {
  if (count < 5 || sscanf(words[3], "%dx%d", &camera.width, &camera.height) != 2 || (camera.rate = atoi(words[4])) < 1)
    return fprintf(stderr, "usage: fake-camera NAME FORMAT WIDTHxHEIGHT RATE [options]\n"), 2;
  read_options(count, words);
  prepare(words[2]);
  pw_init(NULL, NULL);
  camera.loop = pw_main_loop_new(NULL);
  struct pw_loop *loop = pw_main_loop_get_loop(camera.loop);
  camera.stream = pw_stream_new_simple(
      loop, words[1],
      pw_properties_new(PW_KEY_MEDIA_CLASS, "Video/Source", PW_KEY_MEDIA_ROLE, "Camera", PW_KEY_NODE_NAME, words[1],
                        PW_KEY_NODE_DESCRIPTION, words[1], NULL),
      &events, NULL);
  uint8_t bytes[1024];
  struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof bytes);
  struct spa_pod_frame frame;
  spa_pod_builder_push_object(&b, &frame, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
  spa_pod_builder_add(&b, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype,
                      SPA_POD_Id(camera.format ? SPA_MEDIA_SUBTYPE_raw : SPA_MEDIA_SUBTYPE_mjpg), 0);
  if (camera.format) spa_pod_builder_add(&b, SPA_FORMAT_VIDEO_format, SPA_POD_Id(camera.format), 0);
  spa_pod_builder_add(&b, SPA_FORMAT_VIDEO_size,
                      SPA_POD_Rectangle(&SPA_RECTANGLE((uint32_t)camera.width, (uint32_t)camera.height)),
                      SPA_FORMAT_VIDEO_framerate, SPA_POD_Fraction(&SPA_FRACTION((uint32_t)camera.rate, 1)), 0);
  const struct spa_pod *params[1] = {spa_pod_builder_pop(&b, &frame)};
  const int memory = camera.is_memfd ? PW_STREAM_FLAG_ALLOC_BUFFERS : PW_STREAM_FLAG_MAP_BUFFERS;
  if (pw_stream_connect(camera.stream, PW_DIRECTION_OUTPUT, PW_ID_ANY, PW_STREAM_FLAG_DRIVER | memory, params, 1) < 0)
    return fprintf(stderr, "fake-camera: no PipeWire\n"), 2;
  struct spa_source *timer = pw_loop_add_timer(loop, on_tick, NULL);
  struct timespec period = {0, 1000000000 / camera.rate};
  if (camera.rate == 1) period = (struct timespec){1, 0};
  pw_loop_update_timer(loop, timer, &period, &period, false);
  pw_loop_add_signal(loop, SIGTERM, on_signal, NULL);
  pw_main_loop_run(camera.loop);
  pw_stream_destroy(camera.stream);
  pw_main_loop_destroy(camera.loop);
  pw_deinit();
  return 0;
}
