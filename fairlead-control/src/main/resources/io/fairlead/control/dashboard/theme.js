// Before the first paint, so that no page flashes in the other colours.
"use strict";
(() => {
  const root = document.documentElement;
  let chosen = null;
  try {
    chosen = localStorage.getItem("fairlead-theme");
  } catch {
    // No storage: the configured theme holds.
  }
  const theme = chosen || root.dataset.defaultTheme;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
})();
