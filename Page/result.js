// A result: verdict, reasons, timeline to scrub, faces, correction form.
import { draw, make, measured, t, verdict, word } from "./text.js";
import { ask, lines } from "./api.js";

const WIDTH = 800, HEIGHT = 180, LEFT = 34, BOTTOM = 24, TOP = 8;

/** Shows the analysis in `place`; `onDelete` is called when its owner deletes it. */
export async function showResult(place, analysis, onDelete) {
  const result = analysis.result;
  const parts = [make("h2", {}, `${t("result")}: ${analysis.name}`)];
  if (analysis.state === "failed") {
    parts.push(make("p", { class: "problem" }, t("failed", { reason: analysis.error })), deleteButton(analysis, onDelete));
    place.replaceChildren(...parts);
    return;
  }
  parts.push(summary(result));
  if (!result.tracks.length) parts.push(make("p", {}, t("no_faces")));
  const [frames, pictures] = await Promise.all([timelineOf(analysis), picturesOf(analysis)]);
  if (frames.length) parts.push(scene(analysis, frames, pictures));
  for (const track of result.tracks) parts.push(trackPanel(track));
  parts.push(correction(analysis), provenance(result), deleteButton(analysis, onDelete));
  place.replaceChildren(...parts);
}

async function timelineOf(analysis) {
  try { return await lines(`/api/v1/analyses/${analysis.id}/timeline`); } catch { return []; }
}

async function picturesOf(analysis) {
  try { return (await ask(`/api/v1/analyses/${analysis.id}/pictures`)).pictures; } catch { return []; }
}

function summary(result) {
  return make("div", { class: "panel", id: "summary" },
    make("p", {}, verdict(result.verdict)),
    definitions([
      [t("risk_long"), measured(result.risk)], [t("faces"), String(result.tracks.length)],
      [t("frames"), String(result.frames)], [t("duration"), t("seconds", { value: measured(result.duration_s, 1) })],
    ]),
    reasons(result.reasons));
}

function definitions(pairs) {
  return make("dl", {}, ...pairs.flatMap(([name, value]) => [make("dt", {}, name), make("dd", { class: "number" }, value)]));
}

function reasons(list) {
  const head = ["cue", "value", "limit", "against"].map((key) => make("th", { scope: "col" }, t(key)));
  const rows = list.map((reason) => make("tr", {},
    make("th", { scope: "row" }, word("cue", reason.cue)), make("td", { class: "number" }, measured(reason.value)),
    make("td", { class: "number" }, reason.limit === undefined ? "–" : measured(reason.limit)),
    make("td", {}, t(reason.against ? "against_yes" : "against_no"))));
  return make("div", { class: "scroll" }, make("table", {}, make("caption", {}, t("reasons")),
    make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)));
}

/** Chart, slider, picture and faces; all show the same moment. */
function scene(analysis, frames, pictures) {
  const end = Math.max(frames[frames.length - 1].time_s, 0.001);
  const cursor = draw("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM });
  const chart = frames.length > 1 ? chartOf(analysis.result, frames, end, cursor) : null;
  const picture = make("img", { alt: "", width: frames[0].size[0], height: frames[0].size[1] });
  const caption = make("p", { role: "status" });
  const faces = make("ul", { class: "cards" });
  const slider = make("input", {
    type: "range", class: "scrub", min: 0, max: frames.length - 1, value: 0, id: "scrub", "aria-label": t("position"),
    oninput: () => show(Number(slider.value)),
  });
  function show(index) {
    const frame = frames[index];
    const x = LEFT + (WIDTH - LEFT - 6) * frame.time_s / end;
    cursor.setAttribute("x1", x); cursor.setAttribute("x2", x);
    caption.textContent = t("at_time", { value: frame.time_s.toFixed(2) });
    slider.setAttribute("aria-valuetext", caption.textContent);
    const near = nearest(pictures, frame.frame);
    const shown = near ? frames.find((one) => one.frame === near.frame) ?? frame : frame;
    faces.replaceChildren(...frame.tracks.map((track) => faceCard(track, shown, picture)));
    if (near && picture.getAttribute("src") !== near.address) {
      picture.src = near.address;
      picture.alt = t("picture_of", { frame: near.frame });
    }
  }
  picture.addEventListener("load", () => show(Number(slider.value)));
  show(0);
  return make("div", { class: "panel", id: "scene" }, make("h2", {}, t("timeline")),
    chart, frames.length > 1 ? make("p", { class: "hint" }, t("timeline_help")) : null, frames.length > 1 ? slider : null,
    caption, make("div", { class: "scene" },
      pictures.length ? picture : make("p", {}, t("no_pictures")), make("div", {}, make("h3", {}, t("faces_now")), faces)));
}

function nearest(pictures, frame) {
  let best = null;
  for (const one of pictures) if (!best || Math.abs(one.frame - frame) < Math.abs(best.frame - frame)) best = one;
  return best;
}

/** One face: cut out of the picture that is shown, with its numbers at the moment of the slider. */
function faceCard(track, shown, picture) {
  const canvas = make("canvas", { width: 96, height: 96, role: "img", "aria-label": t("face", { id: track.id }) });
  const there = shown.tracks.find((one) => one.id === track.id);
  if (there && picture.complete && picture.naturalWidth) {
    const scale = picture.naturalWidth / shown.size[0];
    const [x, y, width, height] = there.box.map((one) => one * scale);
    canvas.getContext("2d").drawImage(picture, x, y, width, height, 0, 0, 96, 96);
  }
  return make("li", {}, canvas, make("p", {}, make("strong", {}, t("face", { id: track.id })), " ", verdict(track.verdict)),
    definitions([[t("risk"), measured(track.risk)], [t("liveness"), measured(track.liveness)],
      [t("forgery"), measured(track.forgery)], [t("spoof"), measured(track.spoof)]]),
    there?.heat_map ? make("p", { class: "hint heat" }, t("heat_map", { question: t(there.heat_map) })) : null);
}

function chartOf(result, frames, end, cursor) {
  const x = (time) => LEFT + (WIDTH - LEFT - 6) * time / end;
  const y = (risk) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - risk);
  const parts = [draw("title", {}, t("timeline"))];
  for (const level of [0, 0.5, 1]) {
    parts.push(draw("line", { class: "axis", x1: LEFT, x2: WIDTH - 6, y1: y(level), y2: y(level) }),
      draw("text", { x: 2, y: y(level) + 4 }, level.toFixed(1)));
  }
  const step = [1, 2, 5, 10, 30, 60, 120].find((one) => end / one <= 10) ?? 300;
  for (let time = 0; time <= end; time += step) parts.push(draw("text", { x: x(time), y: HEIGHT - 6 }, t("seconds", { value: time })));
  result.tracks.forEach((track, number) => {
    for (const event of track.liveness?.blinks ?? []) {
      parts.push(draw("rect", { class: "mark", x: x(event.start_s), width: Math.max(2, x(event.end_s) - x(event.start_s)), y: HEIGHT - BOTTOM - 6, height: 6 },
        draw("title", {}, t("blinks"))));
    }
    const thin = Math.max(1, Math.floor(frames.length / WIDTH));
    const points = frames.filter((_, index) => index % thin === 0).flatMap((frame) => {
      const one = frame.tracks.find((candidate) => candidate.id === track.id);
      return one && typeof one.risk === "number" ? [`${x(frame.time_s).toFixed(1)},${y(one.risk).toFixed(1)}`] : [];
    });
    parts.push(draw("polyline", { class: `track-${number % 4}`, points: points.join(" ") }, draw("title", {}, t("face", { id: track.id }))));
  });
  return draw("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": t("timeline") }, ...parts, cursor);
}

function trackPanel(track) {
  const live = track.liveness ?? {};
  const count = (list) => (Array.isArray(list) ? String(list.length) : measured(list));
  return make("details", {}, make("summary", {}, `${t("face", { id: track.id })} · ${t(`v_${track.verdict}`)}`),
    definitions([
      [t("risk"), measured(track.risk)], [t("liveness"), measured(live.probability)],
      [t("forgery"), measured(track.forgery?.probability ?? track.forgery)], [t("spoof"), measured(track.spoof?.probability ?? track.spoof)],
      [t("blinks"), count(live.blinks)], [t("mouth_events"), count(live.mouth_events)], [t("pulse"), measured(live.pulse?.bpm ?? live.pulse, 0)],
      [t("pose"), Object.entries(track.pose_range_deg ?? {}).map(([name, range]) => `${name} ${Array.isArray(range) ? range.join("…") : "–"}`).join(", ")],
    ]), reasons(track.reasons));
}

function correction(analysis) {
  const options = ["real", "fake", "attack"].map((label) => make("option", { value: label, selected: analysis.feedback?.label === label }, t(`l_${label}`)));
  const answer = make("p", { role: "status" });
  const label = make("select", { id: "label", name: "label" }, ...options);
  const remark = make("textarea", { id: "remark", rows: 2, maxlength: 2000 });
  remark.value = analysis.feedback?.remark ?? "";
  const form = make("form", {
    onsubmit: async (event) => {
      event.preventDefault();
      try {
        await ask(`/api/v1/analyses/${analysis.id}/feedback`, { method: "POST", body: JSON.stringify({ label: label.value, remark: remark.value }) });
        answer.textContent = t("thanks");
      } catch (problem) { answer.textContent = problem.message; }
    },
  }, make("p", {}, t("wrong_lead")),
  make("p", { class: "row" }, make("label", { for: "label" }, t("really")), label),
  make("p", { class: "row" }, make("label", { for: "remark" }, t("remark")), remark),
  make("button", { type: "submit" }, t("send")), answer);
  return make("details", { id: "correction" }, make("summary", {}, t("wrong")), form);
}

function provenance(result) {
  return make("details", {}, make("summary", {}, t("made_with")),
    make("ul", {}, ...result.models.map((model) => make("li", { class: "hash" }, model))),
    make("p", { class: "hash" }, `${result.calibration} · ${result.version}`),
    make("details", {}, make("summary", {}, t("whole_result")), make("pre", { class: "scroll" }, JSON.stringify(result, null, 1))));
}

function deleteButton(analysis, onDelete) {
  return make("button", {
    type: "button",
    onclick: async () => {
      await ask(`/api/v1/analyses/${analysis.id}`, { method: "DELETE" });
      onDelete();
    },
  }, t("delete"));
}
