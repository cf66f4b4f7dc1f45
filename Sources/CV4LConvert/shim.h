// libv4lconvert: turns the pixel formats of rare cameras into those that this program reads.
// Used inside the fence only (FrameConversion.swift says why).
#pragma once
#define HAVE_VISIBILITY 0
#include <libv4lconvert.h>
#include <linux/videodev2.h>
#include <stdint.h>

static const uint32_t v4c_rgb24 = V4L2_PIX_FMT_RGB24;
static const uint32_t v4c_yuv420 = V4L2_PIX_FMT_YUV420;
static const uint32_t v4c_capture = V4L2_BUF_TYPE_VIDEO_CAPTURE;
static const uint32_t v4c_progressive = V4L2_FIELD_NONE;
