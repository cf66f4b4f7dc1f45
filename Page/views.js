// The quieter pages: history, samples, models, questions.
import { ask } from "./api.js";
import { language, make, measured, t, verdict } from "./text.js";

const when = (date) => new Date(date).toLocaleString(language() === "ar" ? "ar" : "en-GB");
const byId = (id) => document.getElementById(id);

function table(caption, head, rows) {
  return make("div", { class: "scroll" }, make("table", {}, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...head.map((key) => make("th", { scope: "col" }, t(key))))),
    make("tbody", {}, ...rows)));
}

export async function showHistory() {
  const { analyses } = await ask("/api/v1/analyses");
  const rows = analyses.map((one) => make("tr", {},
    make("th", { scope: "row" }, make("a", { href: `#result/${one.id}` }, one.name)), make("td", {}, when(one.created)),
    make("td", {}, one.verdict ? verdict(one.verdict) : t(`s_${one.state}`)),
    make("td", { class: "number" }, measured(one.risk)),
    make("td", {}, make("button", {
      type: "button", "aria-label": `${t("delete")}: ${one.name}`,
      onclick: async () => { await ask(`/api/v1/analyses/${one.id}`, { method: "DELETE" }); await showHistory(); },
    }, t("delete")))));
  byId("history-list").replaceChildren(rows.length
    ? table(t("history"), ["file", "when", "verdict", "risk", "delete"], rows) : make("p", {}, t("history_empty")));
}

export async function showSamples(start) {
  const { samples } = await ask("/api/v1/samples");
  byId("sample-list").replaceChildren(...(samples.length ? samples.map((sample) => make("li", {},
    make("p", {}, make("strong", {}, sample.name), ` · ${(sample.bytes / 1e6).toFixed(1)} MB`),
    make("button", { type: "button", onclick: () => start(sample.name) }, t("try", { name: sample.name }))))
    : [make("li", {}, t("samples_empty"))]));
}

export async function showModels() {
  const { models = [], manifests = [] } = await ask("/api/v1/models");
  const own = manifests.map(({ name, manifest }) => make("details", {}, make("summary", {}, name), cardOf(manifest)));
  const rows = models.map((model) => make("tr", {}, make("th", { scope: "row" }, model.name),
    make("td", {}, model.use), make("td", {}, model.package), make("td", {}, model.licence),
    make("td", { class: "number" }, `${(model.bytes / 1e6).toFixed(2)} MB`), make("td", {}, t(model.state)),
    make("td", { class: "hash" }, model.sha256)));
  byId("model-list").replaceChildren(
    ...(own.length ? [make("h2", {}, t("own_models")), ...own] : []), make("h2", {}, t("fetched")),
    table(t("fetched"), ["file", "use", "package", "licence", "size", "state", "sha"], rows));
}

/** A manifest as a list: what it holds is said, whatever its fields are called. */
function cardOf(value) {
  return make("dl", {}, ...Object.entries(value).flatMap(([name, one]) => [make("dt", {}, name.replaceAll("_", " ")),
    make("dd", { class: "hash" }, typeof one === "object" && one !== null ? JSON.stringify(one) : String(one))]));
}

export function showQuestions() {
  byId("question-list").replaceChildren(...[1, 2, 3, 4, 5, 6].map((number) =>
    make("details", { open: number === 1 }, make("summary", {}, t(`q${number}`)), make("p", {}, t(`a${number}`)))));
}
