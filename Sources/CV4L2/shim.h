// Video4Linux2 for Swift: one typed function per ioctl, and the constants that Swift cannot see because they are
// function-like macros. Every function gives 0 or -errno, and repeats a call that a signal interrupted.
#pragma once
#include <errno.h>
#include <linux/videodev2.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

static inline int v4_call(int descriptor, unsigned long request, void *argument) {
  int result;
  do result = ioctl(descriptor, request, argument);
  while (result == -1 && errno == EINTR);
  return result == -1 ? -errno : 0;
}

static inline int v4_query_capabilities(int fd, struct v4l2_capability *c) { return v4_call(fd, VIDIOC_QUERYCAP, c); }
static inline int v4_enumerate_format(int fd, struct v4l2_fmtdesc *f) { return v4_call(fd, VIDIOC_ENUM_FMT, f); }
static inline int v4_enumerate_size(int fd, struct v4l2_frmsizeenum *s) {
  return v4_call(fd, VIDIOC_ENUM_FRAMESIZES, s);
}
static inline int v4_enumerate_interval(int fd, struct v4l2_frmivalenum *i) {
  return v4_call(fd, VIDIOC_ENUM_FRAMEINTERVALS, i);
}
static inline int v4_get_format(int fd, struct v4l2_format *f) { return v4_call(fd, VIDIOC_G_FMT, f); }
static inline int v4_set_format(int fd, struct v4l2_format *f) { return v4_call(fd, VIDIOC_S_FMT, f); }
static inline int v4_get_parameters(int fd, struct v4l2_streamparm *p) { return v4_call(fd, VIDIOC_G_PARM, p); }
static inline int v4_set_parameters(int fd, struct v4l2_streamparm *p) { return v4_call(fd, VIDIOC_S_PARM, p); }
static inline int v4_request_buffers(int fd, struct v4l2_requestbuffers *r) { return v4_call(fd, VIDIOC_REQBUFS, r); }
static inline int v4_query_buffer(int fd, struct v4l2_buffer *b) { return v4_call(fd, VIDIOC_QUERYBUF, b); }
static inline int v4_queue(int fd, struct v4l2_buffer *b) { return v4_call(fd, VIDIOC_QBUF, b); }
static inline int v4_dequeue(int fd, struct v4l2_buffer *b) { return v4_call(fd, VIDIOC_DQBUF, b); }
static inline int v4_stream_on(int fd, int type) { return v4_call(fd, VIDIOC_STREAMON, &type); }
static inline int v4_stream_off(int fd, int type) { return v4_call(fd, VIDIOC_STREAMOFF, &type); }

static const uint32_t v4_yuyv = V4L2_PIX_FMT_YUYV;
static const uint32_t v4_uyvy = V4L2_PIX_FMT_UYVY;
static const uint32_t v4_nv12 = V4L2_PIX_FMT_NV12;
static const uint32_t v4_yu12 = V4L2_PIX_FMT_YUV420;
static const uint32_t v4_grey = V4L2_PIX_FMT_GREY;
static const uint32_t v4_rgb3 = V4L2_PIX_FMT_RGB24;
static const uint32_t v4_bgr3 = V4L2_PIX_FMT_BGR24;
static const uint32_t v4_mjpg = V4L2_PIX_FMT_MJPEG;
static const uint32_t v4_jpeg = V4L2_PIX_FMT_JPEG;
static const uint32_t v4_capture = V4L2_BUF_TYPE_VIDEO_CAPTURE;
static const uint32_t v4_memory_mapped = V4L2_MEMORY_MMAP;
static const uint32_t v4_capability_capture = V4L2_CAP_VIDEO_CAPTURE;
static const uint32_t v4_capability_streaming = V4L2_CAP_STREAMING;
static const uint32_t v4_capability_device = V4L2_CAP_DEVICE_CAPS;
static const uint32_t v4_flag_error = V4L2_BUF_FLAG_ERROR;
static const uint32_t v4_flag_monotonic = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
static const uint32_t v4_flag_timestamp_mask = V4L2_BUF_FLAG_TIMESTAMP_MASK;
static const uint32_t v4_flag_copied = V4L2_BUF_FLAG_TIMESTAMP_COPY;
static const uint32_t v4_quantization_full = V4L2_QUANTIZATION_FULL_RANGE;
static const uint32_t v4_quantization_default = V4L2_QUANTIZATION_DEFAULT;
static const uint32_t v4_encoding_default = V4L2_YCBCR_ENC_DEFAULT;
static const uint32_t v4_encoding_709 = V4L2_YCBCR_ENC_709;
static const uint32_t v4_encoding_xv709 = V4L2_YCBCR_ENC_XV709;
static const uint32_t v4_space_709 = V4L2_COLORSPACE_REC709;
static const uint32_t v4_space_jpeg = V4L2_COLORSPACE_JPEG;

// Control ids with this bit ask for the next control of a device.
static const uint32_t v4_next_control = V4L2_CTRL_FLAG_NEXT_CTRL;
static const uint32_t v4_control_disabled = V4L2_CTRL_FLAG_DISABLED;
static const uint32_t v4_control_read_only = V4L2_CTRL_FLAG_READ_ONLY;
static inline int v4_query_control(int fd, struct v4l2_queryctrl *c) { return v4_call(fd, VIDIOC_QUERYCTRL, c); }
static inline int v4_query_menu(int fd, struct v4l2_querymenu *m) { return v4_call(fd, VIDIOC_QUERYMENU, m); }
static inline int v4_get_control(int fd, struct v4l2_control *c) { return v4_call(fd, VIDIOC_G_CTRL, c); }
static inline int v4_set_control(int fd, struct v4l2_control *c) { return v4_call(fd, VIDIOC_S_CTRL, c); }
