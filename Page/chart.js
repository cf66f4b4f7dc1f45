// The risk over time, drawn in the width that there is: letters and lines have the same size on a telephone and a desk.
import { draw, t } from "./text.js";
import { percent } from "./signs.js";

const HEIGHT = 220, LEFT = 46, RIGHT = 12, BOTTOM = 26, TOP = 10;

/** A chart of the frames' risk in `width` pixels; `at(time)` moves its cursor. */
export function chartOf(result, frames, width, moment) {
  const end = Math.max(frames[frames.length - 1].time_s, 0.001);
  const x = (time) => LEFT + (width - LEFT - RIGHT) * Math.min(1, time / end);
  const y = (risk) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - risk);
  const cursor = draw("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM });
  const parts = [draw("title", {}, t("timeline"))];
  for (const level of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(draw("line", { class: "axis", x1: LEFT, x2: width - RIGHT, y1: y(level), y2: y(level) }));
    if (level !== 0.25 && level !== 0.75) parts.push(draw("text", { x: LEFT - 6, y: y(level) + 4, "text-anchor": "end" }, t("percent", { value: level * 100 })));
  }
  const most = Math.max(2, Math.floor((width - LEFT - RIGHT) / 54));
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120].find((one) => end / one <= most) ?? 300;
  for (let number = 0; number * step <= end + 1e-9; number += 1) {
    const time = number * step;
    parts.push(draw("text", { x: x(time), y: HEIGHT - 6, "text-anchor": number ? "middle" : "start" }, t("seconds", { value: Number(time.toFixed(1)) })));
  }
  if (moment !== null) {
    const place = x(moment);
    parts.push(draw("line", { class: "moment", x1: place, x2: place, y1: TOP, y2: HEIGHT - BOTTOM }),
      draw("circle", { class: "moment-mark", cx: place, cy: TOP, r: 4 }, draw("title", {}, t("moment"))));
  }
  result.tracks.forEach((track, number) => {
    for (const event of track.liveness?.blinks ?? []) {
      parts.push(draw("rect", { class: "mark", x: x(event.start_s), width: Math.max(2, x(event.end_s) - x(event.start_s)), y: HEIGHT - BOTTOM - 6, height: 6 },
        draw("title", {}, t("blinks"))));
    }
    for (const points of pieces(track.id, frames, width)) {
      parts.push(draw("polyline", { class: `track-${number % 4}`, points: points.map(([time, risk]) => `${x(time).toFixed(1)},${y(risk).toFixed(1)}`).join(" ") },
        draw("title", {}, t("face", { id: track.id }))));
    }
  });
  const chart = draw("svg", { class: "chart", width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": label(result) }, ...parts, cursor);
  return { chart, at: (time) => { cursor.setAttribute("x1", x(time)); cursor.setAttribute("x2", x(time)); } };
}

/** The risk of a face, in pieces: where it was not measured the line breaks. */
function pieces(id, frames, width) {
  const thin = Math.max(1, Math.floor(frames.length / width));
  const all = [[]];
  for (const frame of frames.filter((_, index) => index % thin === 0)) {
    const one = frame.tracks.find((candidate) => candidate.id === id);
    if (one && typeof one.risk === "number") all[all.length - 1].push([frame.time_s, one.risk]);
    else if (all[all.length - 1].length) all.push([]);
  }
  // A single measurement is a short stroke, so that it can be seen.
  return all.filter((one) => one.length).map((one) => (one.length > 1 ? one : [one[0], [one[0][0] + 0.05, one[0][1]]]));
}

function label(result) {
  return `${t("timeline")}: ${result.tracks.map((track) => `${t("face", { id: track.id })} ${percent(track.risk)}`).join(", ")}`;
}
