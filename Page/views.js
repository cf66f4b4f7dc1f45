// The quieter pages: history, samples, models, questions.
import { ask } from "./api.js";
import { percent } from "./signs.js";
import { hash, language, make, t, verdict } from "./text.js";

const when = (date) => new Date(date).toLocaleString(language() === "ar" ? "ar-u-nu-latn" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
const size = (bytes) => (bytes < 100_000 ? t("kilobytes", { value: Math.max(1, Math.round(bytes / 1e3)) }) : t("megabytes", { value: (bytes / 1e6).toFixed(1) }));
const byId = (id) => document.getElementById(id);

/** Columns whose words are never broken. */
const NARROW = new Set(["size", "state", "risk", "when"]);

/** A table that becomes one card a row where there is no room for columns. */
function table(caption, head, rows) {
  return make("table", { class: "cardlike" }, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...head.map((key) => make("th", { scope: "col" }, t(key))))),
    make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...cells.map((cell, index) => {
      const label = { "data-column": t(head[index]) };
      return index ? make("td", { ...label, class: NARROW.has(head[index]) ? "whole" : head[index] === "delete" ? "bare" : undefined }, cell) : make("th", { scope: "row", ...label }, cell);
    })))));
}

function empty(text, ...actions) {
  return make("div", { class: "empty panel" }, make("p", {}, text), make("p", { class: "row" }, ...actions));
}

const toAnalyse = () => make("a", { class: "button main", href: "#analyse" }, t("analyse_first"));

export async function showHistory() {
  const { analyses } = await ask("api/v1/analyses");
  const rows = analyses.map((one) => [
    make("a", { href: `#result/${one.id}` }, one.name), when(one.created),
    one.verdict ? verdict(one.verdict) : make("span", { title: one.error ?? "" }, t(`s_${one.state}`)),
    one.verdict ? percent(one.risk ?? { unavailable: "pending" }) : "–",
    make("button", {
      type: "button", "aria-label": `${t("delete")}: ${one.name}`,
      onclick: async () => { await ask(`api/v1/analyses/${one.id}`, { method: "DELETE" }); await showHistory(); },
    }, t("delete")),
  ]);
  byId("export").closest("p").hidden = !analyses.some((one) => one.feedback);
  byId("history-list").replaceChildren(rows.length
    ? table(t("history"), ["file", "when", "verdict", "risk", "delete"], rows) : empty(t("history_empty"), toAnalyse()));
}

export async function showSamples(start) {
  const { samples } = await ask("api/v1/samples");
  byId("samples-lead").hidden = !samples.length;
  byId("sample-list").replaceChildren(...samples.map((sample) => make("li", {},
    make("p", {}, make("strong", {}, sample.name)), make("p", { class: "hint" }, `${t(`kind_${sample.kind}`)} · ${size(sample.bytes)}`),
    make("button", { type: "button", "aria-label": t("try", { name: sample.name }), onclick: () => start(sample.name) }, t("try_short")))));
  byId("sample-none").replaceChildren(...(samples.length ? [] : [empty(t("samples_empty"), toAnalyse())]));
}

export async function showModels() {
  const { models = [], manifests = [] } = await ask("api/v1/models");
  const own = manifests.map(({ name, manifest }) => make("li", {}, make("h3", {}, name),
    make("p", {}, t(`task_${["forgery", "spoof", "cover"].includes(manifest.task) ? manifest.task : "other"}`)),
    manifest.licence ? make("p", { class: "hint" }, manifest.licence) : null, make("p", {}, hash(manifest.sha256 ?? "")),
    make("details", { class: "quiet" }, make("summary", {}, t("details")), cardOf(manifest))));
  const rows = models.map((model) => [
    model.name, model.use, make("span", {}, model.package, make("br"), make("span", { class: "hint" }, model.licence)), size(model.bytes),
    t(model.state), hash(model.sha256),
  ]);
  byId("model-list").replaceChildren(...(own.length || rows.length ? [
    ...(own.length ? [make("h2", {}, t("own_models")), make("ul", { class: "cards" }, ...own)] : []),
    ...(rows.length ? [make("h2", {}, t("fetched")), table(t("fetched"), ["file", "use", "package", "size", "state", "sha"], rows)] : []),
  ] : [empty(t("models_empty"))]));
}

/** A manifest as a list: what it holds is said, whatever its fields are called. */
function cardOf(value) {
  return make("dl", { class: "stacked" }, ...Object.entries(value).flatMap(([name, one]) => [make("dt", {}, name.replaceAll("_", " ")),
    make("dd", { class: "code" }, typeof one === "object" && one !== null ? JSON.stringify(one) : String(one))]));
}

export function showQuestions() {
  byId("question-list").replaceChildren(...[1, 2, 3, 4, 5, 6].map((number) =>
    make("details", { open: number === 1 }, make("summary", {}, t(`q${number}`)), make("p", {}, t(`a${number}`)))));
}
