// Before the first paint: theme and direction, so that nothing flashes. Everything else waits for app.js.
(() => {
  const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const root = document.documentElement;
  const theme = stored("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const language = stored("language") || (navigator.language || "en").slice(0, 2);
  if (language === "ar") { root.lang = "ar"; root.dir = "rtl"; }
})();
