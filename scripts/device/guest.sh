#!/bin/busybox sh
# First process of the emulated machine: loads the drivers, runs the cases, prints results on the serial line.
# "@@PLAN names" says what will run; every case prints "@@CASE name", lines of results, "@@END milliseconds".
# scripts/device/cases.sh holds the cases, scripts/device/evaluate.py what is expected of them.
# The kernel's command line says what to run: vigil.cases=all, short (what CI runs) or soak with vigil.soak=SECONDS;
# vigil.only=NAME,NAME... leaves out all others.
/bin/busybox --install -s /bin
export PATH=/bin LC_ALL=C HOME=/tmp VIGIL_MODELS=/data/Models/third-party
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /tmp
cd /tmp
ip link set lo up
for m in mc videodev rc-core cec v4l2-dv-timings v4l2-tpg videobuf2-common videobuf2-memops videobuf2-v4l2 \
  videobuf2-vmalloc videobuf2-dma-contig; do insmod /modules/$m.ko; done

cases=all; soak=60; only=
for word in $(cat /proc/cmdline); do
  case $word in vigil.cases=*) cases=${word#*=} ;; vigil.soak=*) soak=${word#*=} ;;
    vigil.only=*) only=${word#*=} ;; esac
done
long() { [ "$cases" = all ]; }
# Milliseconds since the machine started.
clock() { read -r now rest </proc/uptime; echo "${now%.*}${now#*.}0"; }
. /cases.sh

formats="YUYV UYVY NV12 YU12 GREY RGB3 BGR3"
# Formats that libv4lconvert converts; YUV, RGB, Bayer, gray. All that vivid has, or one of each kind.
converted="YVYU NV16 NV61 YV12 RGB4 BGR4 XR24 BX24 AR24 BA24 RGBP RGGB BA81 GBRG GRBG RG10 BG10 GB10 BA10 RG16 BYR2
  GB16 GR16 Y16 Y16_-BE"
long || converted="NV16 RGBP RGGB BA10 Y16"
plan="boot no_camera default_with_vivid devices"
for format in $formats; do plan="$plan format_$format"; done
for format in $converted; do plan="$plan converted_$format"; done
if long; then
  plan="$plan format_unknown format_best busy controls error_flag dropped_buffers streamon_refused reqbufs_refused
    fatal_streaming_error qbuf_refused restart_refused stall disconnected_by_driver pull_and_push push_elsewhere
    default_with_both absent loopback_silent loopback_loop loopback_mjpeg loopback_bayer loopback_feeder_dies"
else
  plan="$plan error_flag dropped_buffers streamon_refused fatal_streaming_error pull_and_push push_elsewhere
    default_with_both absent loopback_loop loopback_mjpeg loopback_bayer"
fi
[ "$cases" = soak ] && plan="boot soak"
if [ -e /data/clip ] && [ "$cases" != soak ]; then plan="$plan face_through_loopback"; fi
if [ -n "$only" ]; then
  wanted=; for name in $plan; do case ,boot,default_with_vivid,$only, in *,$name,*) wanted="$wanted $name" ;; esac; done
  plan=$wanted
fi
echo
echo "@@PLAN" $plan
for name in $plan; do
  prepare $name
  echo
  echo "@@CASE $name"
  began=$(clock)
  case $name in format_unknown | format_best) case_$name ;; format_*) case_format ${name#format_} ;;
    converted_*) case_converted "$(echo ${name#converted_} | tr _ ' ')" ;; *) case_$name ;; esac
  echo "@@END $(($(clock) - began))"
done
echo "@@DONE"
poweroff -f
