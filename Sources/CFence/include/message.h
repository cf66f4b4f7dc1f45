// What crosses the fence between a decoder and the program that reads from it.
//
// Both ends are the same program, so a message is a C struct of fixed size and version, copied as it lies. Numbers are
// 64 bits wide and signed whatever their range: a reader can then say which number it found outside it. The reader of
// `fence_message` believes nothing (DecoderMessage.swift), because the writer may have been taken over.
#pragma once
#include <stdint.h>

enum {
  FENCE_MAGIC = 0x56464E43,
  FENCE_VERSION = 2,
  FENCE_TEXT_BYTES = 600,
  FENCE_WORD_BYTES = 104,
  FENCE_NAME_BYTES = 4096,
  FENCE_PLANES = 3,
  FENCE_ADDRESSES = 16,
  FENCE_ADDRESS_BYTES = 64,
  FENCE_SOUND_RATE = 16000,    // samples a second
  FENCE_SOUND_SAMPLES = 2048,  // of one message
};

enum fence_message_kind {
  FENCE_OPENED = 1,   // the source is open: source_kind to odd_pixel_aspect
  FENCE_FRAME = 2,    // a frame lies in the shared memory: width, height, index to planes
  FENCE_TIMEOUT = 3,  // nothing came in time
  FENCE_DROPPED = 4,  // a frame was dropped: undecodable
  FENCE_LOST = 5,     // a live source is away: text
  FENCE_ENDED = 6,    // no more frames: is_damaged, text
  FENCE_FAILED = 7,   // the source failed: failure, text
  FENCE_NOTE = 8,     // a line about the source's life: text
  FENCE_RESOLVE = 9,  // the addresses of the name in text are wanted
  FENCE_TRIED = 10,   // a call that the fence should refuse was tried: text, answer (trial.c)
  FENCE_SOUND = 11,   // samples of sound, a fence_sound; comes before the event that was asked for
};

// Where one channel's samples lie; see Imaging's Plane.
struct fence_plane {
  int64_t offset;            // bytes
  int64_t row_stride;        // bytes
  int64_t pixel_stride;      // bytes
  int64_t horizontal_shift;  // columns = width >> shift
  int64_t vertical_shift;    // rows = height >> shift
};

struct fence_message {
  uint32_t magic, version, kind;
  uint32_t text_bytes;                           // bytes of text that are used
  int64_t source_kind;                           // 0 live, 1 recording, 2 still
  int64_t width, height;                         // pixels, of the source or of the frame
  int64_t rate_microhertz;                       // frames in a million seconds; 0 when unknown
  int64_t orientation;                           // EXIF's, 1 to 8: what was done to the stored picture
  int64_t aspect_horizontal, aspect_vertical;    // of a stored pixel
  int64_t transfer;                              // 0 standard, 1 HLG, 2 PQ
  int64_t has_alpha, is_rate_assumed, is_cover;  // 0 or 1
  char format[FENCE_WORD_BYTES], odd_matrix[FENCE_WORD_BYTES], odd_pixel_aspect[FENCE_WORD_BYTES];  // ended by a zero
  char sound[FENCE_WORD_BYTES];  // codec, rate and channels of the sound; empty without any
  int64_t index;                 // frame number
  int64_t captured_ns;           // presentation time of a file, CLOCK_MONOTONIC of a stream
  int64_t byte_count;            // bytes of the frame
  int64_t color;                 // 0 gray, 1 RGB; 2 BT.601, 3 BT.709, 4 BT.2020 limited; 5, 6, 7 the same full
  int64_t plane_count;
  int64_t undecodable;  // frames that could not be decoded, so far
  int64_t damaged;      // frames that were left out because they are damaged, so far
  int64_t is_damaged;   // 0 or 1
  int64_t failure;      // a kind of CaptureError
  int64_t answer;       // errno of a call that was tried, 0 when it worked
  struct fence_plane planes[FENCE_PLANES];
  char text[FENCE_TEXT_BYTES];
};

// Sound between the frames: one channel at FENCE_SOUND_RATE. A start behind the end of the sound before is a gap.
struct fence_sound {
  uint32_t magic, version, kind;
  uint32_t sample_count;
  int64_t start_ns;  // of the first sample, by the clock of the frames
  float samples[FENCE_SOUND_SAMPLES];
};

// The program's first word to its decoder: the medium may be opened. Not among the arguments, which everybody on the
// machine can read: addresses hold passwords.
struct fence_start {
  uint32_t magic, version;
  int64_t most_pixels;          // of a frame
  int64_t wants_sound;          // 0 or 1
  char name[FENCE_NAME_BYTES];  // path or address, ended by a zero
};

enum fence_request_kind {
  FENCE_NEXT = 1,       // the next event is wanted
  FENCE_ADDRESSED = 2,  // the answer to FENCE_RESOLVE: addresses
  FENCE_CONVERT = 3,    // the medium holds a picture of byte_count bytes, which is wanted in another format
};

// What the program asks of its decoder after that.
struct fence_request {
  uint32_t magic, version, kind;
  uint32_t address_count;
  int64_t byte_count;
  char addresses[FENCE_ADDRESSES][FENCE_ADDRESS_BYTES];  // numeric, ended by a zero
};
