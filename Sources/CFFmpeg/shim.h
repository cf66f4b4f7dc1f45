// FFmpeg's libraries, and the macros that Swift cannot see.
#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

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
