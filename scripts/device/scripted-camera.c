// A scripted V4L2 camera for programs that know only the real thing: preloaded, it answers for one device file.
//
//   cc -O2 -shared -fPIC -o scripted-camera.so scripts/device/scripted-camera.c -ldl
//   LD_PRELOAD=./scripted-camera.so VIGIL_CAMERA_FRAMES=clip.yuyv vigil monitor /dev/video90
//
// The program's own driver code runs unchanged: open, ioctl, poll and the mapped buffers are all that it sees.
// Frames become ready on a clock as a sensor's do, carry that moment as CLOCK_MONOTONIC time stamp, and are lost, with
// a gap in the sequence numbers, when no buffer is queued. What the environment says:
//   VIGIL_CAMERA_FRAMES   raw frames one after another, or JPEG pictures one after another; played again and again
//   VIGIL_CAMERA_FORMAT   YUYV (default) or MJPG
//   VIGIL_CAMERA_SIZE     1280x720 (default)
//   VIGIL_CAMERA_RATE     frames a second, 30 (default)
//   VIGIL_CAMERA_AWAY     unplugged, as BEGIN+LENGTH,... in seconds after the first opening
//   VIGIL_CAMERA_STALL    no frame, likewise
// Knows one open device at a time, which is what a camera allows.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEVICE "/dev/video90"
#define BUFFERS 8
#define SPANS 64

static struct {
  int descriptor, width, height, compressed;
  double period;
  const uint8_t *file;
  size_t fileSize, bufferSize, frames;
  const uint8_t **starts;
  size_t *sizes;
  uint8_t *memory;
  struct {
    double begin, end;
  } away[SPANS], stall[SPANS];
  int aways, stalls, streaming;
  double born, started;
  uint64_t next;            // number of the next frame since the stream began
  uint32_t queue[BUFFERS];  // buffers that the driver owns, oldest first
  unsigned queued, buffers;
  struct {
    uint32_t buffer, sequence;
    double at;
  } filled[BUFFERS];
  unsigned full;
} camera = {.descriptor = -1};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static const char *setting(const char *name, const char *otherwise) {
  const char *value = getenv(name);
  return value && *value ? value : otherwise;
}

static int readSpans(const char *text, void *spans) {
  struct {
    double begin, end;
  } *into = spans;
  int count = 0, used = 0;
  double begin, length;
  while (count < SPANS && sscanf(text, "%lf+%lf%n", &begin, &length, &used) == 2) {
    into[count].begin = begin;
    into[count++].end = begin + length;
    text += used;
    if (*text == ',') text++;
  }
  return count;
}

static int isWithin(const void *spans, int count, double at) {
  const struct {
    double begin, end;
  } *all = spans;
  for (int i = 0; i < count; i++)
    if (at >= all[i].begin && at < all[i].end) return 1;
  return 0;
}

static int isAway(void) { return camera.born > 0 && isWithin(camera.away, camera.aways, now() - camera.born); }

// Finds the frames in the file: of equal size, or from one JPEG start to the next.
static void indexFrames(void) {
  size_t raw = (size_t)camera.width * camera.height * 2;
  size_t most = camera.compressed ? camera.fileSize / 1000 + 1 : camera.fileSize / raw;
  camera.starts = calloc(most + 1, sizeof *camera.starts);
  camera.sizes = calloc(most + 1, sizeof *camera.sizes);
  if (!camera.compressed) {
    for (; camera.frames < most; camera.frames++) {
      camera.starts[camera.frames] = camera.file + camera.frames * raw;
      camera.sizes[camera.frames] = raw;
    }
    return;
  }
  const uint8_t *place = camera.file, *end = camera.file + camera.fileSize;
  while (camera.frames < most && place < end) {
    const uint8_t *stop = memmem(place + 2, (size_t)(end - place) - 2, "\xFF\xD9\xFF\xD8", 4);
    size_t size = (size_t)((stop ? stop + 2 : end) - place);
    camera.starts[camera.frames] = place;
    camera.sizes[camera.frames++] = size < camera.bufferSize ? size : camera.bufferSize;
    place += size;
    if (end - place < 4) break;
  }
}

// Opens and closes its file past this library: the lock is held.
static int loadFrames(void) {
  if (camera.file) return 0;
  const char *path = setting("VIGIL_CAMERA_FRAMES", "");
  int descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) != 0 || status.st_size == 0) {
    fprintf(stderr, "scripted camera: VIGIL_CAMERA_FRAMES=%s cannot be read\n", path);
    return -1;
  }
  if (sscanf(setting("VIGIL_CAMERA_SIZE", "1280x720"), "%dx%d", &camera.width, &camera.height) != 2) return -1;
  camera.period = 1 / atof(setting("VIGIL_CAMERA_RATE", "30"));
  camera.compressed = !strcmp(setting("VIGIL_CAMERA_FORMAT", "YUYV"), "MJPG");
  camera.bufferSize = ((size_t)camera.width * camera.height * 2 + 4095) / 4096 * 4096;
  camera.fileSize = (size_t)status.st_size;
  void *file = mmap(NULL, camera.fileSize, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor, 0);
  syscall(SYS_close, descriptor);
  if (file == MAP_FAILED) return -1;
  camera.file = file;
  indexFrames();
  camera.aways = readSpans(setting("VIGIL_CAMERA_AWAY", ""), camera.away);
  camera.stalls = readSpans(setting("VIGIL_CAMERA_STALL", ""), camera.stall);
  return camera.frames ? 0 : -1;
}

static int openCamera(void) {
  if (loadFrames() != 0) {
    errno = EIO;
    return -1;
  }
  if (isAway()) {
    errno = ENOENT;
    return -1;
  }
  // The list of devices opens one that streams already, as it may with a real one.
  if (camera.descriptor >= 0) return (int)dup(camera.descriptor);
  int descriptor = memfd_create("scripted camera", MFD_CLOEXEC);
  size_t all = camera.bufferSize * BUFFERS;
  if (descriptor < 0 || ftruncate(descriptor, (off_t)all) != 0) return -1;
  camera.memory = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, 0);
  camera.descriptor = descriptor;
  camera.streaming = 0;
  camera.queued = camera.full = 0;
  if (camera.born == 0) camera.born = now();
  return descriptor;
}

// What a driver's interrupts did since it was last looked at.
static void advance(void) {
  double time = now();
  while (camera.streaming) {
    double due = camera.started + (double)camera.next * camera.period;
    if (due > time) return;
    uint64_t number = camera.next++;
    double since = due - camera.born;
    if (isWithin(camera.stall, camera.stalls, since) || camera.queued == 0) continue;
    uint32_t buffer = camera.queue[0];
    memmove(camera.queue, camera.queue + 1, --camera.queued * sizeof *camera.queue);
    camera.filled[camera.full].buffer = buffer;
    camera.filled[camera.full].sequence = (uint32_t)number;
    camera.filled[camera.full++].at = due;
  }
}

static int dequeue(struct v4l2_buffer *buffer) {
  advance();
  if (camera.full == 0) {
    errno = EAGAIN;
    return -1;
  }
  buffer->index = camera.filled[0].buffer;
  buffer->sequence = camera.filled[0].sequence;
  double at = camera.filled[0].at;
  memmove(camera.filled, camera.filled + 1, --camera.full * sizeof *camera.filled);
  size_t frame = buffer->sequence % camera.frames;
  memcpy(camera.memory + buffer->index * camera.bufferSize, camera.starts[frame], camera.sizes[frame]);
  buffer->bytesused = (uint32_t)camera.sizes[frame];
  buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
  buffer->timestamp.tv_sec = (time_t)at;
  buffer->timestamp.tv_usec = (suseconds_t)((at - (double)(time_t)at) * 1e6);
  return 0;
}

static void describe(struct v4l2_capability *capability) {
  memset(capability, 0, sizeof *capability);
  strcpy((char *)capability->driver, "uvcvideo");
  strcpy((char *)capability->card, "Scripted camera");
  strcpy((char *)capability->bus_info, "usb-scripted-1");
  capability->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
  capability->capabilities = capability->device_caps | V4L2_CAP_DEVICE_CAPS;
}

static void fillFormat(struct v4l2_format *format) {
  struct v4l2_pix_format *picture = &format->fmt.pix;
  picture->width = (uint32_t)camera.width;
  picture->height = (uint32_t)camera.height;
  picture->pixelformat = camera.compressed ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
  picture->bytesperline = camera.compressed ? 0 : (uint32_t)camera.width * 2;
  picture->sizeimage = (uint32_t)camera.bufferSize;
  picture->field = V4L2_FIELD_NONE;
  picture->colorspace = V4L2_COLORSPACE_SRGB;
}

static int refuse(int code) {
  errno = code;
  return -1;
}

static int answer(unsigned long request, void *argument) {
  if (isAway()) return refuse(ENODEV);
  struct v4l2_buffer *buffer = argument;
  switch (request) {
  case VIDIOC_QUERYCAP: describe(argument); return 0;
  case VIDIOC_ENUM_FMT: {
    struct v4l2_fmtdesc *description = argument;
    if (description->index > 0) return refuse(EINVAL);
    description->pixelformat = camera.compressed ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
    return 0;
  }
  case VIDIOC_ENUM_FRAMESIZES: {
    struct v4l2_frmsizeenum *size = argument;
    if (size->index > 0) return refuse(EINVAL);
    size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
    size->discrete.width = (uint32_t)camera.width;
    size->discrete.height = (uint32_t)camera.height;
    return 0;
  }
  case VIDIOC_ENUM_FRAMEINTERVALS: {
    struct v4l2_frmivalenum *interval = argument;
    if (interval->index > 0) return refuse(EINVAL);
    interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
    interval->discrete = (struct v4l2_fract){1000, (uint32_t)(1000 / camera.period + 0.5)};
    return 0;
  }
  case VIDIOC_S_FMT:
  case VIDIOC_G_FMT: fillFormat(argument); return 0;
  case VIDIOC_S_PARM:
  case VIDIOC_G_PARM: {
    struct v4l2_streamparm *parameters = argument;
    parameters->parm.capture.timeperframe = (struct v4l2_fract){1000, (uint32_t)(1000 / camera.period + 0.5)};
    return 0;
  }
  case VIDIOC_REQBUFS: {
    struct v4l2_requestbuffers *wanted = argument;
    if (wanted->count > BUFFERS) wanted->count = BUFFERS;
    camera.buffers = wanted->count;
    return 0;
  }
  case VIDIOC_QUERYBUF:
    if (buffer->index >= camera.buffers) return refuse(EINVAL);
    buffer->length = (uint32_t)camera.bufferSize;
    buffer->m.offset = (uint32_t)(buffer->index * camera.bufferSize);
    return 0;
  case VIDIOC_QBUF:
    if (buffer->index >= camera.buffers || camera.queued >= camera.buffers) return refuse(EINVAL);
    advance();
    camera.queue[camera.queued++] = buffer->index;
    return 0;
  case VIDIOC_DQBUF: return dequeue(buffer);
  case VIDIOC_STREAMON:
    camera.streaming = 1;
    camera.next = 0;
    camera.started = now() + camera.period;
    return 0;
  case VIDIOC_STREAMOFF:
    camera.streaming = 0;
    camera.queued = camera.full = 0;
    return 0;
  default: return refuse(ENOTTY);
  }
}

// MARK: What the program calls

static int isOurs(const char *path) { return path && !strcmp(path, DEVICE); }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int opened(const char *path, int flags, mode_t mode, const char *name) {
  if (isOurs(path)) {
    pthread_mutex_lock(&lock);
    int descriptor = openCamera();
    pthread_mutex_unlock(&lock);
    return descriptor;
  }
  int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, name);
  return real(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened(path, flags, mode, "open");
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened(path, flags, mode, "open64");
}

int close(int descriptor) {
  pthread_mutex_lock(&lock);
  if (descriptor >= 0 && descriptor == camera.descriptor) {
    munmap(camera.memory, camera.bufferSize * BUFFERS);
    camera.descriptor = -1;
    camera.streaming = 0;
  }
  pthread_mutex_unlock(&lock);
  return REAL(close)(descriptor);
}

static int isCamera(int descriptor) {
  if (descriptor < 0 || camera.descriptor < 0) return 0;
  if (descriptor == camera.descriptor) return 1;
  struct stat one, other;
  return fstat(descriptor, &one) == 0 && fstat(camera.descriptor, &other) == 0 && one.st_ino == other.st_ino &&
         one.st_dev == other.st_dev;
}

int ioctl(int descriptor, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  pthread_mutex_lock(&lock);
  int ours = isCamera(descriptor), result = ours ? answer(request, argument) : 0, code = errno;
  pthread_mutex_unlock(&lock);
  if (!ours) return REAL(ioctl)(descriptor, request, argument);
  errno = code;
  return result;
}

int poll(struct pollfd *descriptors, nfds_t count, int timeout) {
  if (count != 1 || descriptors[0].fd != camera.descriptor || camera.descriptor < 0)
    return REAL(poll)(descriptors, count, timeout);
  double until = now() + timeout / 1e3;
  while (1) {
    pthread_mutex_lock(&lock);
    int gone = isAway();
    advance();
    unsigned full = camera.full;
    double due = camera.started + (double)camera.next * camera.period;
    pthread_mutex_unlock(&lock);
    descriptors[0].revents = gone ? POLLERR | POLLHUP : full ? POLLIN : 0;
    double left = until - now();
    if (descriptors[0].revents || left <= 0) return descriptors[0].revents != 0;
    double rest = due - now();
    if (rest > left) rest = left;
    if (rest < 20e-6) rest = 20e-6;
    struct timespec pause = {(time_t)rest, (long)((rest - (double)(time_t)rest) * 1e9)};
    nanosleep(&pause, NULL);
  }
}
