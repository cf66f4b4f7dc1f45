# The cases of the emulated machine; read by guest.sh. Each prints what vigil says, and notes when a step failed.

# vivid's webcam input, text and border off, so that the eight bars are all there is.
plug() {
  insmod /modules/vivid.ko n_devs=1 node_types=0x1 num_inputs=1 input_types=0 vid_cap_nr=${1:-0}
  sleep 1
  v4l2-ctl -d /dev/video${1:-0} -c osd_text_mode=2 >/dev/null 2>&1
}
# Taking the device from its driver is what pulling a cable does: it works while a program streams from it.
# "back_ms" is the machine's time at which the device, or its frames, are there again: recovery counts from there.
pull() { echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind; }
push() { back; echo vivid.0 >/sys/bus/platform/drivers/vivid/bind; sleep 1; }
back() { echo "back_ms $(clock)"; }
remove() { for i in 1 2 3 4 5; do rmmod vivid 2>/dev/null && return; sleep 1; done; echo "note: vivid stays"; }
control() { v4l2-ctl -d ${2:-/dev/video0} -c "$1" >/dev/null 2>&1 || echo "note: control $1 refused"; }
probe() { vigil probe --size 320x180 --rate 15 "$@" 2>>/tmp/log; }
# Feeds the loopback device from ffmpeg; waits until it has a format.
feed() {
  ffmpeg -v error -re "$@" -f v4l2 /dev/video0 </dev/null & feeder=$!
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    sleep 1; v4l2-ctl -d /dev/video0 --get-fmt-video 2>/dev/null | grep -q Width && return
  done
  echo "note: the feeder does not feed"
}
starve() { kill $feeder; wait $feeder; }
# Runs a probe in the background into /tmp/out; waits until it streams.
watch() {
  : >/tmp/log; probe "$@" >/tmp/out & watcher=$!
  for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; grep -q streaming /tmp/log && return; done
  echo "note: no frame within 10 s"
}
finish() { wait $watcher; cat /tmp/out; sed 's/^/log: /' /tmp/log | head -20; }

# Brings the drivers into the state that a case begins with.
prepare() {
  case $1 in
    default_with_vivid | soak) plug ;;
    absent) rmmod v4l2loopback ;;
    loopback_silent | loopback_loop | loopback_bayer | face_through_loopback)
      [ -e /sys/module/vivid ] && remove
      [ -e /sys/module/v4l2loopback ] \
        || insmod /modules/v4l2loopback.ko video_nr=0 'card_label="OBS Virtual Camera"' exclusive_caps=0 ;;
  esac
}

case_boot() { uname -r; v4l2-ctl --version | head -1; vigil --version; }
case_no_camera() { probe; }
case_default_with_vivid() { probe; }
case_default_with_both() { probe; }
case_devices() { vigil devices --json; }
case_format() { probe --frames 12 --format $1 /dev/video0; }
case_format_unknown() { probe --format ZZZZ /dev/video0; }
# A format that libv4lconvert converts; the fewest frames that show it.
case_converted() {
  : >/tmp/log; probe --frames 4 --seconds 90 --format "$1" /dev/video0
  sed 's/^/log: /' /tmp/log | head -5
}
case_format_best() { probe --frames 12 /dev/video0; }

case_busy() {
  watch --frames 9999 --seconds 25 /dev/video0
  probe --frames 5 /dev/video0; refused=$?
  finish
  echo "busy_exit $refused"
}

case_controls() {
  vigil devices --set brightness=77 /dev/video0
  vigil devices --controls /dev/video0 | grep -E "brightness|contrast"
  vigil devices --set brightness=9999 /dev/video0; vigil devices --set no_such=1 /dev/video0
  control brightness=128
}

case_error_flag() {
  watch --frames 90 /dev/video0
  for i in 1 2 3; do control inject_v4l2_buf_flag_error=1; sleep 1; done
  finish
}

case_dropped_buffers() {
  control percentage_of_dropped_buffers=30
  watch --frames 60 /dev/video0
  finish
  control percentage_of_dropped_buffers=0
}

case_streamon_refused() {
  control inject_vidioc_streamon_error=1
  probe --frames 5 /dev/video0
  probe --frames 5 /dev/video0
}

case_reqbufs_refused() {
  control inject_vidioc_reqbufs_error=1
  probe --frames 5 /dev/video0
  probe --frames 5 /dev/video0
}

case_fatal_streaming_error() {
  watch --frames 120 /dev/video0
  for i in 1 2; do control inject_fatal_streaming_error=1; sleep 2; done
  finish
}

case_qbuf_refused() {
  watch --frames 120 /dev/video0
  for i in 1 2 3; do control inject_vidioc_qbuf_error=1; sleep 1; done
  finish
}

case_restart_refused() {
  watch --frames 120 /dev/video0
  control inject_vidioc_streamon_error=1; control inject_fatal_streaming_error=1; sleep 3
  finish
}

case_stall() {
  watch --frames 90 --seconds 60 /dev/video0
  control percentage_of_dropped_buffers=100; sleep 8
  back; control percentage_of_dropped_buffers=0
  finish
}

case_disconnected_by_driver() {
  watch --frames 200 --seconds 60 /dev/video0
  for i in 1 2 3; do control disconnect=1; sleep 3; done
  finish
}

case_pull_and_push() {
  rounds="1 2"; frames=80
  if long; then rounds="1 2 3 4 5 6 7 8 9 10"; frames=420; fi
  watch --frames $frames --seconds 120 /dev/video0
  for i in $rounds; do pull; sleep 2; push; sleep 2; done
  finish
}

case_push_elsewhere() {
  watch --frames 90 --seconds 60 /dev/video0
  pull; sleep 1
  insmod /modules/v4l2loopback.ko video_nr=0 'card_label="Integrated Camera"' exclusive_caps=0
  sleep 2; push; ls /dev/video*
  finish
}

case_absent() {
  away=30; long || away=12
  watch --frames 9999 --seconds $away "$(ls /dev/video* | head -1)"
  pull; finish
}

case_loopback_silent() { probe --seconds 8 /dev/video0; }

case_loopback_loop() {
  [ -e /tmp/pattern.avi ] \
    || ffmpeg -v error -f lavfi -i testsrc2=size=320x180:rate=10 -t 4 -pix_fmt yuyv422 -y /tmp/pattern.avi
  feed -stream_loop -1 -i /tmp/pattern.avi -pix_fmt yuyv422
  probe --frames 120 --seconds 60 /dev/video0
  starve
}

case_loopback_mjpeg() {
  feed -f lavfi -i smptebars=size=320x180:rate=10 -pix_fmt yuvj420p -c:v mjpeg -q:v 3
  probe --frames 20 --seconds 40 /dev/video0
  starve
}

# A camera that gives nothing but what its sensor saw: raw Bayer frames, made from the test picture by picking one
# channel at each pixel. ffmpeg writes no Bayer itself, so it copies frames that lie ready.
case_loopback_bayer() {
  feed -stream_loop -1 -f rawvideo -pixel_format bayer_rggb8 -video_size 320x180 -framerate 10 -i /data/bayer -c:v copy
  v4l2-ctl -d /dev/video0 --get-fmt-video | grep -i pixel
  probe --frames 20 --seconds 40 /dev/video0
  starve
}

case_loopback_feeder_dies() {
  feed -f lavfi -i testsrc2=size=320x180:rate=10 -pix_fmt yuyv422
  watch --frames 100 --seconds 60 /dev/video0
  kill -9 $feeder; sleep 5
  feed -f lavfi -i testsrc2=size=320x180:rate=10 -pix_fmt yuyv422
  finish
  starve
}

# A face that a program feeds into a virtual camera: found as a face, and the camera named as a virtual one.
case_face_through_loopback() {
  feed -stream_loop -1 -i /data/clip -vf "fps=5,scale=320:-2" -pix_fmt yuyv422
  : >/tmp/events; vigil monitor --headless --jsonl /tmp/events --no-log /dev/video0 >/tmp/out 2>&1 & monitor=$!
  wanted=4; long && wanted=10
  for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    sleep 5; [ "$(grep -c '"second"' /tmp/events)" -ge $wanted ] && break
  done
  kill -INT $monitor; sleep 3; kill -9 $monitor 2>/dev/null
  head -c 12000 /tmp/events; echo; head -5 /tmp/out
  starve
}

# Faults every few seconds for a long time; "sample" is resident set (KiB), threads, open files of the program.
case_soak() {
  watch --frames 999999999 --seconds $soak /dev/video0
  last=$(($(clock) + (soak - 20) * 1000)); turn=0
  while [ "$(clock)" -lt $last ]; do
    turn=$((turn + 1))
    case $((turn % 7)) in
      0) pull; sleep 1; push ;;
      1) control inject_v4l2_buf_flag_error=1 ;;
      2) control inject_fatal_streaming_error=1 ;;
      3) control inject_vidioc_streamon_error=1; control inject_fatal_streaming_error=1 ;;
      4) control percentage_of_dropped_buffers=100; sleep 2; control percentage_of_dropped_buffers=0 ;;
      5) control inject_vidioc_qbuf_error=1 ;;
      6) control disconnect=1 ;;
    esac
    sleep 3
    pid=$(pidof vigil)
    echo "sample $(awk '/^VmRSS/ { r = $2 } /^Threads/ { t = $2 } END { print r, t }' /proc/$pid/status)" \
      "$(ls /proc/$pid/fd | wc -l)"
  done
  finish
}
