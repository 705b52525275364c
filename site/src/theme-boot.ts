// Runs before the first paint, so that the page never flashes the other theme or
// the other form.
const root = document.documentElement;
const kept = (() => {
  try {
    return localStorage.getItem("peel-theme");
  } catch {
    return null;
  }
})();
// In somebody else's page, always the small form: there is nothing in it to lose by a misled click.
const wish = new URLSearchParams(location.search).get("embed");
if (wish !== null || window.top !== window) root.dataset.embed = "";
const theme = wish || kept; // ?embed=dark
if (theme === "light" || theme === "dark") root.dataset.theme = theme;
