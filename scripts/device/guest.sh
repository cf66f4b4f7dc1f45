#!/bin/busybox sh
# First process of the emulated machine: loads the drivers, runs the cases, prints results on the serial line.
# Every case prints "@@CASE name", lines of results, "@@END". scripts/device/evaluate.py says what is expected.
/bin/busybox --install -s /bin
export PATH=/bin LC_ALL=C HOME=/tmp VIGIL_MODELS=/data/models
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /tmp
cd /tmp
ip link set lo up
for m in mc videodev rc-core cec v4l2-dv-timings v4l2-tpg videobuf2-common videobuf2-memops videobuf2-v4l2 \
  videobuf2-vmalloc videobuf2-dma-contig; do insmod /modules/$m.ko; done

begin() { echo; echo "@@CASE $1"; }
end() { echo "@@END"; }
# vivid's webcam input, text and border off, so that the eight bars are all there is.
plug() {
  insmod /modules/vivid.ko n_devs=1 node_types=0x1 num_inputs=1 input_types=0 vid_cap_nr=${1:-0}
  sleep 1
  v4l2-ctl -d /dev/video${1:-0} -c osd_text_mode=2 >/dev/null 2>&1
}
# Taking the device from its driver is what pulling a cable does: it works while a program streams from it.
pull() { echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind; }
push() { echo vivid.0 >/sys/bus/platform/drivers/vivid/bind; sleep 1; }
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
# Runs a probe in the background into /tmp/out; waits until it streams.
watch() {
  : >/tmp/log; probe "$@" >/tmp/out & watcher=$!
  for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; grep -q streaming /tmp/log && return; done
  echo "note: no frame within 10 s"
}
finish() { wait $watcher; cat /tmp/out; sed 's/^/log: /' /tmp/log | head -20; }

begin boot; uname -r; v4l2-ctl --version | head -1; vigil --version; end

begin no_camera; probe; end
plug
begin default_with_vivid; probe; end
begin devices; vigil devices --json; end

for format in YUYV UYVY NV12 YU12 GREY RGB3 BGR3; do
  begin format_$format; probe --frames 12 --format $format /dev/video0; end
done
begin format_unknown; probe --format ZZZZ /dev/video0; end
begin format_best; probe --frames 12 /dev/video0; end

begin busy
watch --frames 9999 --seconds 15 /dev/video0
probe --frames 5 /dev/video0
finish
end

begin controls
vigil devices --set brightness=77 /dev/video0; vigil devices --controls /dev/video0 | grep -E "brightness|contrast"
vigil devices --set brightness=9999 /dev/video0; vigil devices --set no_such=1 /dev/video0
control brightness=128
end

begin error_flag
watch --frames 90 /dev/video0
for i in 1 2 3; do control inject_v4l2_buf_flag_error=1; sleep 1; done
finish
end

begin dropped_buffers
control percentage_of_dropped_buffers=30
watch --frames 60 /dev/video0
finish
control percentage_of_dropped_buffers=0
end

begin streamon_refused
control inject_vidioc_streamon_error=1
probe --frames 5 /dev/video0
probe --frames 5 /dev/video0
end

begin reqbufs_refused
control inject_vidioc_reqbufs_error=1
probe --frames 5 /dev/video0
probe --frames 5 /dev/video0
end

begin fatal_streaming_error
watch --frames 120 /dev/video0
for i in 1 2; do control inject_fatal_streaming_error=1; sleep 2; done
finish
end

begin qbuf_refused
watch --frames 120 /dev/video0
for i in 1 2 3; do control inject_vidioc_qbuf_error=1; sleep 1; done
finish
end

begin restart_refused
watch --frames 120 /dev/video0
control inject_vidioc_streamon_error=1; control inject_fatal_streaming_error=1; sleep 3
finish
end

begin stall
watch --frames 90 --seconds 60 /dev/video0
control percentage_of_dropped_buffers=100; sleep 8
control percentage_of_dropped_buffers=0
finish
end

begin disconnected_by_driver
watch --frames 150 --seconds 60 /dev/video0
for i in 1 2 3; do control disconnect=1; sleep 3; done
finish
end

begin pull_and_push
watch --frames 200 --seconds 90 /dev/video0
for i in 1 2 3 4 5; do pull; sleep 2; push; sleep 3; done
finish
end

begin push_elsewhere
watch --frames 90 --seconds 60 /dev/video0
pull; sleep 1
insmod /modules/v4l2loopback.ko video_nr=0 'card_label="Integrated Camera"' exclusive_caps=0
sleep 2; push; ls /dev/video*
finish
end

begin default_with_both; probe; end
rmmod v4l2loopback

begin absent
device=$(ls /dev/video* | head -1)
watch --frames 9999 --seconds 30 $device
pull; finish
end
remove

insmod /modules/v4l2loopback.ko video_nr=0 'card_label="OBS Virtual Camera"' exclusive_caps=0
begin loopback_silent; probe --seconds 8 /dev/video0; end
ffmpeg -v error -f lavfi -i testsrc2=size=320x180:rate=10 -t 4 -pix_fmt yuyv422 -y /tmp/pattern.avi
begin loopback_loop
feed -stream_loop -1 -i /tmp/pattern.avi -pix_fmt yuyv422
probe --frames 120 --seconds 60 /dev/video0
kill $feeder; wait $feeder; end

begin loopback_mjpeg
feed -f lavfi -i smptebars=size=320x180:rate=10 -pix_fmt yuvj420p -c:v mjpeg -q:v 3
probe --frames 20 --seconds 40 /dev/video0
kill $feeder; wait $feeder; end

begin loopback_feeder_dies
feed -f lavfi -i testsrc2=size=320x180:rate=10 -pix_fmt yuyv422
watch --frames 100 --seconds 60 /dev/video0
kill -9 $feeder; sleep 5
feed -f lavfi -i testsrc2=size=320x180:rate=10 -pix_fmt yuyv422
finish
kill $feeder; wait $feeder; end

if [ -e /data/clip.mp4 ] && [ -d /data/models ] && vigil monitor --help >/dev/null 2>&1; then
  begin face_through_loopback
  feed -stream_loop -1 -i /data/clip.mp4 -vf "fps=5,scale=320:-2" -pix_fmt yuyv422
  vigil monitor --headless --models /data/models --jsonl /tmp/events --log none /dev/video0 >/tmp/out 2>&1 & monitor=$!
  sleep 60; kill -INT $monitor; sleep 3; kill -9 $monitor 2>/dev/null
  head -c 3000 /tmp/events; echo; head -5 /tmp/out
  kill $feeder; end
fi
echo "@@DONE"
poweroff -f
