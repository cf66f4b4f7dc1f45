// What a verdict rests on, in plain words: the sentence of what decided, the signs that count, those only reported.
import { make, t, word } from "./text.js";

const missing = (value) => typeof value === "object" && value !== null && "unavailable" in value;
const counts = (reason) => reason.used !== false;

/** A probability as a person reads it; a network is never quite sure. */
export function percent(value) {
  if (missing(value)) return t("not_measured", { reason: word("why", value.unavailable) });
  if (typeof value !== "number") return "–";
  if (value < 0.01) return t("under", { value: 1 });
  if (value > 0.99) return t("over", { value: 99 });
  return t("percent", { value: Math.round(value * 100) });
}

/** A value in the unit of its sign; `track` adds what belongs to it. */
function valueOf(reason, track) {
  const { cue, value } = reason;
  if (missing(value)) return t("not_measured", { reason: word("why", value.unavailable) });
  if (typeof value !== "number") return "–";
  const eyes = t("of_eye_distance", { value: (value * 100).toFixed(1) });
  switch (cue) {
    case "blink": return t("times", { value: Math.round(value) });
    case "motion": case "unrest": return eyes;
    case "parallax": return t("depth_scale", { value: value.toFixed(2) });
    case "loop": return t("of_movement", { value: Math.round(value * 100) });
    case "pulse": {
      const noise = track?.liveness?.pulse?.snr_db;
      return t(typeof noise === "number" ? "per_minute_noise" : "per_minute", { value: Math.round(value), noise });
    }
    case "pulse_agreement": return t("percent", { value: Math.round(value * 100) });
    default: return percent(value);
  }
}

function limitOf(reason) {
  if (typeof reason.limit !== "number") return null;
  return t(reason.cue === "liveness" ? "wanted_from" : "counts_from", { limit: percent(reason.limit) });
}

function state(reason) {
  if (reason.against) return "against";
  if (missing(reason.value) || typeof reason.value !== "number") return "unmeasured";
  if (reason.cue === "blink" && reason.value === 0) return "unseen";
  return ["liveness", "blink", "motion"].includes(reason.cue) ? "seen" : "clear";
}

function row(reason, track) {
  const kind = counts(reason) ? state(reason) : "reported";
  return make("li", { class: `sign ${kind}` },
    make("span", { class: "sign-name" }, word("cue", reason.cue)),
    make("span", { class: "sign-value" }, valueOf(reason, track)),
    make("span", { class: "sign-limit" }, counts(reason) ? limitOf(reason) ?? "" : ""),
    kind === "reported" ? null : make("span", { class: "sign-state" }, t(`sign_${kind}`)));
}

/** The signs that decide, and apart from them those that are only reported. */
export function signs(reasons, track) {
  const [deciding, reported] = [reasons.filter(counts), reasons.filter((one) => !counts(one))];
  return make("div", { class: "sign-lists" },
    make("h3", {}, t("signs_deciding")), make("ul", { class: "signs" }, ...deciding.map((one) => row(one, track))),
    reported.length ? make("details", { class: "quiet" }, make("summary", {}, t("signs_reported")),
      make("p", { class: "hint" }, t("signs_reported_lead")),
      make("ul", { class: "signs" }, ...reported.map((one) => row(one, track)))) : null);
}

/** Why the verdict is what it is, in one sentence. */
export function because(result) {
  const reasons = result.reasons.filter(counts);
  const against = reasons.find((one) => one.against);
  if (["fake", "suspect"].includes(result.verdict)) {
    if (!against) return t("because_together");
    const key = `because_${against.cue}`;
    const words = { cue: word("cue", against.cue), value: valueOf(against), limit: percent(against.limit) };
    return ["forgery", "spoof", "liveness", "blink", "injection"].includes(against.cue)
      ? t(key, words) : t("because_other", words);
  }
  const value = (cue) => percent(reasons.find((one) => one.cue === cue)?.value);
  if (result.verdict === "live") return t("because_live", { liveness: value("liveness"), forgery: value("forgery"), spoof: value("spoof") });
  if (!result.tracks.length) return t("because_no_face");
  if (result.kind === "image") return t("because_image");
  const open = reasons.filter((one) => missing(one.value)).slice(0, 3)
    .map((one) => t("with_reason", { name: word("cue", one.cue), reason: word("why", one.value.unavailable) }));
  return open.length ? t("because_missing", { missing: open.join(t("comma")) }) : t("because_weak");
}
