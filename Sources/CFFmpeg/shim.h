// FFmpeg's libraries, and the macros that Swift cannot see.
#pragma once
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static inline int vf_error_again(void) { return AVERROR(EAGAIN); }
static inline int vf_error_eof(void) { return AVERROR_EOF; }
static inline int vf_error_nomem(void) { return AVERROR(ENOMEM); }
static inline int64_t vf_no_timestamp(void) { return AV_NOPTS_VALUE; }

// Clockwise quarter turns that the stream's display matrix asks for, 0...3.
static inline int vf_quarter_turns(const AVStream *stream) {
  const uint8_t *matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
  if (!matrix) return 0;
  const double angle = -av_display_rotation_get((const int32_t *)matrix);
  if (!(angle > -721 && angle < 721)) return 0;
  return ((int)(angle / 90 + (angle < 0 ? -0.5 : 0.5)) % 4 + 4) % 4;
}

// Reading through a descriptor that is open already, with seeking when it is a file.
static int vf_read_descriptor(void *opaque, uint8_t *to, int size) {
  ssize_t count;
  do count = read((int)(intptr_t)opaque, to, (size_t)size);
  while (count < 0 && errno == EINTR);
  return count < 0 ? AVERROR(errno) : count == 0 ? AVERROR_EOF : (int)count;
}
static int64_t vf_seek_descriptor(void *opaque, int64_t offset, int whence) {
  struct stat status;
  if (whence & AVSEEK_SIZE) return fstat((int)(intptr_t)opaque, &status) == 0 ? status.st_size : AVERROR(errno);
  const off_t place = lseek((int)(intptr_t)opaque, offset, whence & ~AVSEEK_FORCE);
  return place < 0 ? AVERROR(errno) : place;
}
// A container context that reads through `descriptor`; NULL without memory. Free with vf_close_descriptor_input.
static inline AVFormatContext *vf_descriptor_input(int descriptor) {
  const int size = 1 << 16;
  uint8_t *buffer = av_malloc((size_t)size);
  AVIOContext *io = buffer ? avio_alloc_context(buffer, size, 0, (void *)(intptr_t)descriptor, vf_read_descriptor, NULL,
                                                vf_seek_descriptor)
                           : NULL;
  AVFormatContext *container = io ? avformat_alloc_context() : NULL;
  if (!container) {
    if (io) avio_context_free(&io);
    av_free(buffer);
    return NULL;
  }
  container->pb = io;
  container->flags |= AVFMT_FLAG_CUSTOM_IO;
  return container;
}
static inline void vf_free_descriptor_io(AVIOContext *io) {
  if (!io) return;
  av_freep(&io->buffer);
  avio_context_free(&io);
}

// A deadline for calls that block: FFmpeg asks again and again whether to go on.
typedef struct vf_deadline { int64_t nanoseconds; } vf_deadline;
static int vf_deadline_passed(void *opaque) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec > ((const vf_deadline *)opaque)->nanoseconds;
}
static inline void vf_set_deadline(AVFormatContext *container, vf_deadline *deadline) {
  container->interrupt_callback.callback = vf_deadline_passed;
  container->interrupt_callback.opaque = deadline;
}
