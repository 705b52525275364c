// The light and dark switch. Without a choice the page follows the system.

import { setText } from "./dom";
import { remember } from "./data/local";

export function themeButton(button: HTMLButtonElement) {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const label = () => {
    setText(button, dark() ? "Light" : "Dark");
    button.setAttribute("aria-label", dark() ? "Switch to light colours" : "Switch to dark colours");
  };
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    remember("peel-theme", root.dataset.theme);
    label();
  });
  system.addEventListener("change", label);
  label();
}
