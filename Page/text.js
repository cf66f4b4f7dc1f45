// Language, theme and the small things every view needs to make elements.
import { strings } from "./strings.js";

const root = document.documentElement;
const keep = (key, value) => { try { localStorage.setItem(key, value); } catch { /* a private window */ } };

export const language = () => (root.lang === "ar" ? "ar" : "en");

/** The words of `key`, with {name} replaced by the values. */
export function t(key, values = {}) {
  const text = strings[language()][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The word for a name of the schema; one that is new to the page is shown as it is. */
export function word(kind, name) {
  const key = `${kind}_${name}`;
  return key in strings[language()] ? t(key) : name.replaceAll("_", " ");
}

/** A new element: text and children are never read as HTML. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A verdict as word, colour and shape. */
export function verdict(word) {
  const known = ["live", "suspect", "fake"].includes(word) ? word : "undecided";
  return make("span", { class: `verdict ${known}` }, t(`v_${known}`));
}

/** A SHA-256 by its first digits, with a button that copies all of them. */
export function hash(value) {
  const answer = make("span", { class: "copied", role: "status" });
  const button = make("button", {
    type: "button", class: "copy", "aria-label": t("copy_hash", { value: value.slice(0, 12) }),
    onclick: async () => {
      answer.textContent = t((await copy(value)) ? "copied" : "not_copied", { value });
      setTimeout(() => { answer.textContent = ""; }, 4000);
    },
  }, t("copy"));
  return make("span", { class: "hash-line" }, make("code", { title: value }, `${value.slice(0, 12)}…`), button, answer);
}

/** Copies text; without TLS a browser has no clipboard for pages, and the old way has to do. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make("textarea", { class: "offscreen", readonly: true, "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

export function translate() {
  for (const element of document.querySelectorAll("[data-text]")) {
    const text = t(element.dataset.text);
    // What waits for a number is filled in by whoever knows it.
    if (!text.includes("{")) element.textContent = text;
  }
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
  const other = document.getElementById("language");
  other.textContent = language() === "ar" ? "English" : "العربية";
  other.lang = language() === "ar" ? "en" : "ar";
  document.getElementById("theme").textContent = t(isDark() ? "theme_light" : "theme_dark");
}

export function setLanguage(value) {
  root.lang = value;
  root.dir = value === "ar" ? "rtl" : "ltr";
  keep("language", value);
  translate();
}

const isDark = () => root.dataset.theme === "dark"
  || (root.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);

export function switchTheme() {
  root.dataset.theme = isDark() ? "light" : "dark";
  keep("theme", root.dataset.theme);
  translate();
}
