// Requests to the server; a refusal becomes an error with the server's own sentence.
export class Refusal extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

async function checked(answer) {
  if (answer.ok) return answer;
  let message = answer.statusText;
  try { message = (await answer.json()).error.message; } catch { /* no JSON: the status has to do */ }
  throw new Refusal(answer.status, message);
}

/** The JSON of an answer; null when it has no body. */
export async function ask(address, options = {}) {
  const answer = await checked(await fetch(address, { ...options, credentials: "same-origin" }));
  return answer.status === 204 ? null : answer.json();
}

/** The objects of an answer that has one a line. */
export async function lines(address) {
  const answer = await checked(await fetch(address, { credentials: "same-origin" }));
  return (await answer.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** Sends a file and says how much of it is sent; `stop` aborts it. */
export function upload(address, file, onProgress, stop) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.upload.onprogress = (event) => { if (event.lengthComputable) onProgress(event.loaded / event.total); };
    request.onload = () => {
      let answer = null;
      try { answer = JSON.parse(request.responseText); } catch { /* handled by the status */ }
      if (request.status < 300 && answer) resolve(answer);
      else reject(new Refusal(request.status, answer?.error?.message ?? request.statusText));
    };
    request.onerror = () => reject(new Refusal(0, ""));
    request.onabort = () => reject(new Refusal(-1, ""));
    stop.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}

/** Follows an analysis until it ends; resolves with its summary. */
export function follow(id, onProgress, stop) {
  return new Promise((resolve, reject) => {
    const events = new EventSource(`api/v1/analyses/${id}/events`);
    events.addEventListener("progress", (event) => onProgress(JSON.parse(event.data)));
    events.addEventListener("end", (event) => { events.close(); resolve(JSON.parse(event.data)); });
    events.onerror = () => { if (events.readyState === EventSource.CLOSED) reject(new Refusal(0, "")); };
    stop.addEventListener("abort", () => { events.close(); reject(new Refusal(-1, "")); });
  });
}
