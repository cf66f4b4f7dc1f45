// The live panel: the monitors of this machine, one card for each face.
import { ask } from "./api.js";
import { percent } from "./signs.js";
import { make, t, verdict } from "./text.js";

let timer = null;

export function leaveLive() { clearTimeout(timer); timer = null; }

export async function showLive() {
  leaveLive();
  const place = document.getElementById("sessions");
  const { sessions } = await ask("api/v1/sessions");
  const known = new Map([...place.querySelectorAll("article")].map((one) => [one.dataset.id, one]));
  place.replaceChildren(...(sessions.length ? sessions.map((session) => panel(known.get(session.id), session))
    : [make("div", { class: "empty panel" }, make("p", {}, t("live_empty")), make("pre", { class: "code" }, "vigil monitor --share-pictures"),
      make("p", { class: "hint" }, t("live_empty_more")))]));
  timer = setTimeout(() => { showLive().catch(() => { timer = setTimeout(() => showLive().catch(leaveLive), 5000); }); }, 1000);
}

/** A session's panel; the one that is there keeps its preview, so that the stream goes on. */
function panel(old, session) {
  const article = old ?? make("article", { class: "panel", "data-id": session.id },
    make("h2", {}, `${t("camera")}: ${session.source}`), make("div", {}),
    session.preview ? make("img", { src: `api/v1/sessions/${session.id}/preview`, alt: t("preview", { name: session.source }), width: 640, height: 360 })
      : make("p", { class: "hint" }, t("no_preview")));
  const newest = session.newest ?? { tracks: [] };
  article.children[1].replaceChildren(
    make("p", { class: "hint" }, `${t("lost_frames")}: `, make("span", { class: "number" }, String(newest.lost ?? 0))),
    newest.tracks.length ? make("ul", { class: "cards" }, ...newest.tracks.map(card)) : make("p", {}, t("no_faces")));
  return article;
}

function card(track) {
  return make("li", {}, make("p", {}, make("strong", {}, t("face", { id: track.id })), " ", verdict(track.verdict)),
    make("dl", {}, ...[["risk", track.risk], ["liveness", track.liveness],
      ["forgery", track.forgery?.probability ?? track.forgery], ["spoof", track.spoof?.probability ?? track.spoof]]
      .flatMap(([key, value]) => [make("dt", {}, t(key)), make("dd", {}, percent(value))])));
}
