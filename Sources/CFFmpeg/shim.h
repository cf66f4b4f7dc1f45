// FFmpeg's libraries, and the macros that Swift cannot see.
#pragma once
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static inline int vf_error_again(void) { return AVERROR(EAGAIN); }
static inline int vf_error_eof(void) { return AVERROR_EOF; }
static inline int vf_error_nomem(void) { return AVERROR(ENOMEM); }
static inline int64_t vf_no_timestamp(void) { return AV_NOPTS_VALUE; }

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
typedef struct vf_deadline {
  int64_t nanoseconds;
} vf_deadline;
static int vf_deadline_passed(void *opaque) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec > ((const vf_deadline *)opaque)->nanoseconds;
}
static inline void vf_set_deadline(AVFormatContext *container, vf_deadline *deadline) {
  container->interrupt_callback.callback = vf_deadline_passed;
  container->interrupt_callback.opaque = deadline;
}

// The display matrix of a frame, or of its stream: nine numbers into `out`; 0 when there is none.
static inline int vf_display_matrix(const AVFrame *frame, const AVStream *stream, int32_t *out) {
  const AVFrameSideData *side = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
  const uint8_t *matrix = side && side->size >= 36 ? side->data : NULL;
  size_t size = 36;
  if (!matrix && stream) matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (!matrix || size < 36) return 0;
  memcpy(out, matrix, 36);
  return 1;
}

// Peak of the picture in cd/m2 as its light level or mastering metadata says; 0 when nothing does.
static inline double vf_peak_luminance(const AVFrame *frame) {
  const AVFrameSideData *side = av_frame_get_side_data(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  if (side && ((const AVContentLightMetadata *)side->data)->MaxCLL)
    return ((const AVContentLightMetadata *)side->data)->MaxCLL;
  side = av_frame_get_side_data(frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  const AVMasteringDisplayMetadata *master = side ? (const AVMasteringDisplayMetadata *)side->data : NULL;
  return master && master->has_luminance && master->max_luminance.den ? av_q2d(master->max_luminance) : 0;
}

// Copies `tile` into `canvas` (same format) with its top left at (x, y), which are multiples of the chroma's block.
// What reaches beyond the canvas is left out. 0, or -1 when the formats differ.
static inline int vf_copy_tile(AVFrame *canvas, const AVFrame *tile, int x, int y) {
  const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(tile->format);
  if (!format || canvas->format != tile->format || x >= canvas->width || y >= canvas->height) return -1;
  const int width = FFMIN(tile->width, canvas->width - x), height = FFMIN(tile->height, canvas->height - y);
  for (int plane = 0; plane < 4 && tile->data[plane]; plane++) {
    const int chroma = plane == 1 || plane == 2;
    const int down = chroma ? format->log2_chroma_h : 0;
    const int bytes = av_image_get_linesize(tile->format, width, plane),
              skip = av_image_get_linesize(tile->format, x, plane);
    if (bytes < 0 || skip < 0 || !canvas->data[plane]) return -1;
    av_image_copy_plane(canvas->data[plane] + (ptrdiff_t)(y >> down) * canvas->linesize[plane] + (x ? skip : 0),
                        canvas->linesize[plane], tile->data[plane], tile->linesize[plane], bytes,
                        (height + (1 << down) - 1) >> down);
  }
  return 0;
}

// Bytes that a decoder reads behind its input; FFmpeg wants them zero.
static inline int vf_input_padding(void) { return AV_INPUT_BUFFER_PADDING_SIZE; }

// Tells the scaler which matrix and range either side has; `from` and `to` are SWS_CS_ numbers.
static inline int vf_scaler_colors(struct SwsContext *scaler, int from, int from_full, int to, int to_full) {
  return sws_setColorspaceDetails(scaler, sws_getCoefficients(from), from_full, sws_getCoefficients(to), to_full, 0,
                                  1 << 16, 1 << 16);
}

// A resampler from the rate and format of `frame` to planes of float at `rate`, one for each channel: which channel is
// which does not matter, so that no layout of a stranger's file can be wrong. NULL when it cannot be made.
static inline SwrContext *vf_resampler(const AVFrame *frame, int rate) {
  AVChannelLayout channels = {.order = AV_CHANNEL_ORDER_UNSPEC, .nb_channels = frame->ch_layout.nb_channels};
  SwrContext *resampler = NULL;
  if (swr_alloc_set_opts2(&resampler, &channels, AV_SAMPLE_FMT_FLTP, rate, &channels, frame->format, frame->sample_rate,
                          0, NULL) < 0 ||
      swr_init(resampler) < 0)
    swr_free(&resampler);
  return resampler;
}
