// Runs before the first paint, so that the page never flashes the other theme.
const kept = (() => {
  try {
    return localStorage.getItem("peel-theme");
  } catch {
    return null;
  }
})();
if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
