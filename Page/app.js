// Which page is shown, and the work of the first one: send a file, follow its analysis, show the result.
import { ask, follow, upload } from "./api.js";
import { leaveLive, showLive } from "./live.js";
import { showResult } from "./result.js";
import { language, setLanguage, switchTheme, t, translate } from "./text.js";
import { showHistory, showModels, showQuestions, showSamples } from "./views.js";

const byId = (id) => document.getElementById(id);
const pages = ["analyse", "history", "live", "samples", "models", "questions"];
const PICTURES = 40;
let limits = null, stop = null;

function only(name) {
  for (const page of [...pages, "signin"]) byId(`view-${page}`).hidden = page !== name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
}

function tell(problem) {
  if (problem?.status === 401) return only("signin");
  byId("problem").hidden = !problem;
  if (problem) byId("problem").textContent = problem.status === 0 ? t("offline") : problem.message || String(problem);
}

/** Shows what the address asks for. */
async function route(moveFocus = true) {
  leaveLive();
  const [page, id] = location.hash.slice(1).split("/");
  tell(null);
  try {
    limits = await ask("api/v1/limits");
    byId("leave").hidden = !limits.tokens;
    describeLimits();
    byId("view-analyse").classList.toggle("has-result", page === "result" && Boolean(id));
    if (page === "result" && id) { only("analyse"); await open(id); }
    else {
      const name = pages.includes(page) ? page : "analyse";
      only(name);
      if (name === "analyse" && !stop) byId("result").replaceChildren();
      if (name === "history") await showHistory();
      if (name === "live") await showLive();
      if (name === "samples") await showSamples((sample) => { location.hash = "#analyse"; run(null, sample); });
      if (name === "models") await showModels();
      if (name === "questions") showQuestions();
    }
    document.title = `${document.querySelector("main section:not([hidden]) h1").textContent} · Vigil`;
    if (moveFocus) byId("main").focus({ preventScroll: true });
  } catch (problem) { tell(problem); }
}

/** Words of an analysis that runs: how far it is, and how long it will take where the recording's length is known. */
function progressText(progress, seconds, began) {
  if (progress.state !== "running") return { text: t(progress.state, progress), part: null };
  const at = progress.newest?.time_s ?? 0;
  if (!seconds || !progress.frames) return { text: t("running", { frames: progress.frames, value: at.toFixed(1) }), part: null };
  const part = Math.min(0.99, at / seconds);
  const left = part > 0.02 ? Math.ceil((performance.now() - began) / 1000 * (1 - part) / part) : null;
  const text = t("running_of", { value: at.toFixed(1), all: seconds.toFixed(1) });
  return { text: left === null ? text : `${text} · ${t(left < 100 ? "left_seconds" : "left_minutes", { value: left < 100 ? left : Math.round(left / 60) })}`, part };
}

/** Length in seconds of a file that this browser can play; null otherwise. It is never sent anywhere. */
function lengthOf(file) {
  if (!file?.type.startsWith("video/")) return Promise.resolve(null);
  return new Promise((resolve) => {
    const video = document.createElement("video");
    const address = URL.createObjectURL(file);
    const done = (value) => { URL.revokeObjectURL(address); resolve(Number.isFinite(value) && value > 0 ? value : null); };
    video.preload = "metadata";
    video.onloadedmetadata = () => done(video.duration);
    video.onerror = () => done(null);
    setTimeout(() => done(null), 5000);
    video.src = address;
  });
}

function describeLimits() {
  byId("limits").textContent = t("limits", { size: Math.round(limits.upload_bytes / 1048576), minutes: Math.round(limits.media_seconds / 60) });
  const privacy = document.querySelector("[data-text=privacy], [data-text=privacy_kept]");
  privacy.dataset.text = limits.uploads_kept ? "privacy_kept" : "privacy";
  privacy.textContent = t(privacy.dataset.text, { hours: limits.picture_hours });
}

async function open(id) {
  const analysis = await ask(`api/v1/analyses/${id}`);
  if (analysis.state === "queued" || analysis.state === "running") return watch(analysis);
  await showResult(byId("result"), analysis, () => { location.hash = "#history"; });
}

/** Sends a file, or starts a sample, and follows it to its result. */
async function run(file, sample) {
  if (stop) stop.abort();
  tell(null);
  byId("result").replaceChildren();
  byId("view-analyse").classList.remove("has-result");
  const length = await lengthOf(file);
  const query = new URLSearchParams({ pictures: PICTURES, lang: language() });
  if (sample) query.set("sample", sample);
  const mine = stop = new AbortController();
  show(sample ?? file.name, t("uploading", { percent: 0 }), 0);
  try {
    const analysis = sample ? await ask(`api/v1/analyses?${query}`, { method: "POST" })
      : await upload(`api/v1/analyses?${query}`, file, (part) => show(file.name, t("uploading", { percent: Math.round(part * 100) }), part), mine.signal);
    await watch(analysis, mine, length);
  } catch (problem) { ended(mine, problem); }
}

async function watch(analysis, mine = (stop = new AbortController()), length = null) {
  const seconds = length && limits ? Math.min(length, limits.media_seconds) : length;
  let began = null;
  mine.signal.addEventListener("abort", () => ask(`api/v1/analyses/${analysis.id}`, { method: "DELETE" }).catch(() => {}));
  show(analysis.name, t("queued", { before: 0 }), null);
  try {
    await follow(analysis.id, (progress) => {
      if (progress.state === "running") began ??= performance.now();
      const { text, part } = progressText(progress, seconds, began ?? performance.now());
      show(analysis.name, text, part);
    }, mine.signal);
    const ready = await ask(`api/v1/analyses/${analysis.id}`);
    ended(mine, null);
    await showResult(byId("result"), ready, () => { location.hash = "#history"; });
    byId("view-analyse").classList.add("has-result");
    history.replaceState(null, "", `#result/${analysis.id}`);
  } catch (problem) { ended(mine, problem); }
}

function show(name, text, part) {
  byId("work").hidden = false;
  byId("work-name").textContent = name;
  byId("work-text").textContent = text;
  if (part === null) byId("bar").removeAttribute("value"); else byId("bar").value = part;
}

function ended(mine, problem) {
  if (stop !== mine) return;
  stop = null;
  byId("work").hidden = true;
  if (problem) tell(problem.status === -1 ? { message: t("cancelled") } : problem);
}

function connect() {
  const drop = byId("drop"), input = byId("file");
  input.addEventListener("change", () => { if (input.files[0]) run(input.files[0]); input.value = ""; });
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); if (event.dataTransfer.files[0]) run(event.dataTransfer.files[0]); });
  byId("upload").addEventListener("submit", (event) => event.preventDefault());
  byId("cancel").addEventListener("click", () => stop?.abort());
  byId("theme").addEventListener("click", switchTheme);
  byId("language").addEventListener("click", () => { setLanguage(language() === "ar" ? "en" : "ar"); route(false); });
  byId("leave").addEventListener("click", async () => { await ask("api/v1/logout", { method: "POST" }); route(); });
  byId("signin").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await ask("api/v1/login", { method: "POST", body: JSON.stringify({ token: byId("token").value }) });
      byId("token").value = byId("signin-problem").textContent = "";
      route();
    } catch (problem) { byId("signin-problem").textContent = problem.message; }
  });
  addEventListener("hashchange", () => route());
}

translate();
connect();
route(false);
