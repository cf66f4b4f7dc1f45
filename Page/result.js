// A result: what was found and why in five seconds; then the moment that decided, every face, and what made the result.
import { ask, lines } from "./api.js";
import { chartOf } from "./chart.js";
import { because, percent, signs } from "./signs.js";
import { hash, make, t, verdict } from "./text.js";

/** Shows the analysis in `place`; `onDelete` is called when its owner deletes it. */
export async function showResult(place, analysis, onDelete) {
  const result = analysis.result;
  const head = make("h2", {}, `${t("result")}: ${analysis.name}`);
  const again = make("a", { class: "button", href: "#analyse" }, t("another"));
  if (analysis.state === "failed") {
    place.replaceChildren(head, make("p", { class: "problem" }, t("failed", { reason: analysis.error })),
      make("p", {}, t("failed_advice")), make("div", { class: "row" }, again, deleteButton(analysis, onDelete)));
    return;
  }
  const [frames, pictures] = await Promise.all([timelineOf(analysis), picturesOf(analysis)]);
  const start = decidingFrame(result, frames);
  const parts = [head, summary(result, frames, pictures, start)];
  if (frames.length && result.tracks.length) parts.push(scene(result, frames, pictures, start));
  for (const track of result.tracks) parts.push(trackPanel(track));
  parts.push(correction(analysis), provenance(analysis), make("div", { class: "row" }, again, deleteButton(analysis, onDelete)));
  place.replaceChildren(...parts);
}

async function timelineOf(analysis) {
  try { return await lines(`api/v1/analyses/${analysis.id}/timeline`); } catch { return []; }
}

async function picturesOf(analysis) {
  // Relative, so that the page also lives under a path of a reverse proxy.
  const place = `api/v1/analyses/${analysis.id}/pictures`;
  try { return (await ask(place)).pictures.map(({ frame }) => ({ frame, address: `${place}/${frame}` })); } catch { return []; }
}

/** The face that gave the recording its verdict: the one with its reasons. */
function decidingTrack(result) {
  const wanted = JSON.stringify(result.reasons);
  return result.tracks.find((track) => JSON.stringify(track.reasons) === wanted)
    ?? result.tracks.find((track) => track.verdict === result.verdict) ?? result.tracks[0];
}

/** Index of the frame that shows what decided: of an attack the one with the highest risk, else the last with its verdict. */
function decidingFrame(result, frames) {
  const track = decidingTrack(result);
  if (!track) return 0;
  let best = -1, risk = -1;
  frames.forEach((frame, index) => {
    const one = frame.tracks.find((candidate) => candidate.id === track.id);
    if (!one || (one.verdict !== result.verdict && best >= 0)) return;
    const now = typeof one.risk === "number" ? one.risk : 0;
    const isAttack = ["fake", "suspect"].includes(result.verdict);
    if (best < 0 || !isAttack || one.verdict !== frames[best].tracks.find((other) => other.id === track.id)?.verdict || now > risk) [best, risk] = [index, now];
  });
  return Math.max(0, best);
}

function damageOf(result) {
  if (!result.damage) return null;
  return typeof result.damage === "string" ? result.damage : JSON.stringify(result.damage);
}

function summary(result, frames, pictures, start) {
  const risk = typeof result.risk === "number" ? result.risk : null;
  const damage = damageOf(result);
  const meter = risk === null ? null : make("div", { class: "risk" },
    make("div", { class: "risk-line" }, make("span", {}, t("risk_long")), make("strong", {}, percent(risk))),
    make("meter", { min: 0, max: 1, low: 0.5, high: 0.75, optimum: 0, value: risk, "aria-label": t("risk_long") }, percent(risk)));
  const facts = [t("n_faces", { value: result.tracks.length })];
  if (result.kind !== "image") facts.push(t("seconds", { value: Number(result.duration_s ?? 0).toFixed(1) }), t("n_frames", { value: result.frames }));
  const near = nearest(pictures, frames[start]?.frame ?? 0);
  return make("div", { class: `panel summary ${result.verdict}-edge`, id: "summary" },
    make("div", {}, make("p", { class: "big" }, verdict(result.verdict)),
      make("p", { class: "because", id: "because" }, because(result)),
      result.verdict === "undecided" ? make("p", { class: "hint" }, t("advice")) : null,
      damage ? make("p", { class: "damage", id: "damage" }, t("damaged", { what: damage })) : null,
      meter, make("p", { class: "hint" }, facts.join(" · "))),
    near && result.tracks.length ? make("div", { class: "portrait" }, portrait(result, frames[start], near)) : null,
    make("div", { class: "wide" }, signs(result.reasons, decidingTrack(result))));
}

/** The deciding face at the moment that decided, cut out of its picture. */
function portrait(result, frame, near) {
  const track = decidingTrack(result);
  const canvas = make("canvas", { width: 240, height: 240, role: "img", "aria-label": t("face", { id: track.id }) });
  const picture = new Image();
  picture.addEventListener("load", () => cut(canvas, picture, frame, track.id));
  picture.src = near.address;
  return canvas;
}

/** Draws a face with a little around it, square. */
function cut(canvas, picture, frame, id) {
  const there = frame.tracks.find((one) => one.id === id);
  if (!there || !picture.naturalWidth) return;
  const scale = picture.naturalWidth / frame.size[0];
  const [x, y, width, height] = there.box.map((one) => one * scale);
  const side = Math.min(Math.max(width, height) * 1.3, picture.naturalWidth, picture.naturalHeight);
  const clamp = (value, most) => Math.max(0, Math.min(value, most));
  const left = clamp(x + width / 2 - side / 2, picture.naturalWidth - side);
  const top = clamp(y + height / 2 - side / 2, picture.naturalHeight - side);
  canvas.getContext("2d").drawImage(picture, left, top, side, side, 0, 0, canvas.width, canvas.height);
}

function definitions(pairs) {
  return make("dl", {}, ...pairs.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

/** Chart, slider, picture and faces; all show the same moment, at first the one that decided. */
function scene(result, frames, pictures, start) {
  const picture = make("img", { alt: "", width: frames[0].size[0], height: frames[0].size[1] });
  const caption = make("p", { role: "status" });
  const faces = make("ul", { class: "cards" });
  const chartPlace = make("div", { class: "chart-place" });
  let chart = null, drawn = 0;
  const slider = make("input", {
    type: "range", class: "scrub", min: 0, max: frames.length - 1, value: start, id: "scrub", "aria-label": t("position"),
    oninput: () => show(Number(slider.value)),
  });
  function show(index) {
    const frame = frames[index];
    chart?.at(frame.time_s);
    caption.textContent = t(index === start ? "at_moment" : "at_time", { value: frame.time_s.toFixed(2) });
    slider.setAttribute("aria-valuetext", caption.textContent);
    const near = nearest(pictures, frame.frame);
    const shown = near ? frames.find((one) => one.frame === near.frame) ?? frame : frame;
    faces.replaceChildren(...frame.tracks.map((track) => faceCard(track, shown, picture)));
    if (near && picture.getAttribute("src") !== near.address) {
      picture.src = near.address;
      picture.alt = t("picture_of", { frame: near.frame });
    }
  }
  if (frames.length > 1) {
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width < 50 || width === drawn) return;
      drawn = width;
      chart = chartOf(result, frames, width, frames[start].time_s);
      chartPlace.replaceChildren(chart.chart);
      chart.at(frames[Number(slider.value)].time_s);
    }).observe(chartPlace);
  }
  picture.addEventListener("load", () => show(Number(slider.value)));
  show(start);
  const many = frames.length > 1;
  return make("div", { class: "panel", id: "scene" }, many ? make("h2", {}, t("timeline")) : null, many ? chartPlace : null,
    many && result.tracks.length > 1 ? legend(result) : null,
    many ? make("p", { class: "hint" }, t("timeline_help")) : null, many ? slider : null, many ? caption : null,
    make("div", { class: "scene" }, pictures.length ? picture : make("p", {}, t("no_pictures")),
      make("div", {}, make("h3", {}, t("faces_now")), faces)));
}

function legend(result) {
  return make("p", { class: "legend" }, ...result.tracks.slice(0, 8).map((track, number) => make("span", { class: `key key-${number % 4}` }, t("face", { id: track.id }))));
}

function nearest(pictures, frame) {
  let best = null;
  for (const one of pictures) if (!best || Math.abs(one.frame - frame) < Math.abs(best.frame - frame)) best = one;
  return best;
}

/** One face: cut out of the picture that is shown, with its numbers at the moment of the slider. */
function faceCard(track, shown, picture) {
  const canvas = make("canvas", { width: 96, height: 96, role: "img", "aria-label": t("face", { id: track.id }) });
  if (picture.complete) cut(canvas, picture, shown, track.id);
  const there = shown.tracks.find((one) => one.id === track.id);
  return make("li", {}, canvas, make("p", { class: "row" }, make("strong", {}, t("face", { id: track.id })), verdict(track.verdict)),
    definitions([[t("risk"), percent(track.risk)], [t("liveness"), percent(track.liveness)],
      [t("forgery"), percent(track.forgery)], [t("spoof"), percent(track.spoof)]]),
    there?.heat_map ? make("p", { class: "hint heat" }, t("heat_map", { question: t(there.heat_map) })) : null);
}

/** A face of the recording: open for the only one, closed for each of many. */
function trackPanel(track) {
  const live = track.liveness ?? {};
  const count = (list) => (Array.isArray(list) ? t("times", { value: list.length }) : percent(list));
  const range = (name) => {
    const one = track.pose_range_deg?.[name];
    return Array.isArray(one) ? t("from_to", { low: Math.round(one[0]), high: Math.round(one[1]) }) : "–";
  };
  return make("details", { class: "track" }, make("summary", {}, `${t("face", { id: track.id })} · ${t(`v_${track.verdict}`)}`),
    definitions([
      [t("risk"), percent(track.risk)], [t("blinks"), count(live.blinks)], [t("mouth_events"), count(live.mouth_events)],
      [t("pose_yaw"), range("yaw")], [t("pose_pitch"), range("pitch")], [t("pose_roll"), range("roll")],
    ]), signs(track.reasons, track));
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
        await ask(`api/v1/analyses/${analysis.id}/feedback`, { method: "POST", body: JSON.stringify({ label: label.value, remark: remark.value }) });
        answer.textContent = t("thanks");
      } catch (problem) { answer.textContent = problem.message; }
    },
  }, make("p", {}, t("wrong_lead")),
  make("p", { class: "row" }, make("label", { for: "label" }, t("really")), label),
  make("p", { class: "row" }, make("label", { for: "remark" }, t("remark")), remark),
  make("button", { type: "submit" }, t("send")), answer);
  return make("details", { id: "correction" }, make("summary", {}, t("wrong")), form);
}

function provenance(analysis) {
  const result = analysis.result;
  const models = result.models.map((model) => {
    const [name, digest] = model.split("@sha256:");
    return make("li", {}, make("span", { class: "name" }, name), digest ? hash(digest) : null);
  });
  return make("details", { class: "made" }, make("summary", {}, t("made_with")),
    make("ul", { class: "plain" }, ...models),
    definitions([[t("calibration"), result.calibration], [t("version"), result.version]]),
    make("p", { class: "row" }, make("span", {}, t("file_sha")), hash(analysis.sha256)),
    make("details", { class: "quiet" }, make("summary", {}, t("whole_result")), make("pre", { class: "scroll", tabindex: 0 }, JSON.stringify(result, null, 1))));
}

function deleteButton(analysis, onDelete) {
  return make("button", {
    type: "button",
    onclick: async () => {
      await ask(`api/v1/analyses/${analysis.id}`, { method: "DELETE" });
      onDelete();
    },
  }, t("delete_result"));
}
