// A button that copies, or selects the text where a page may not copy.

import { h, setText } from "../dom";

export function copier(label: string, what: () => string, field: HTMLInputElement, first = false): HTMLButtonElement {
  const button = h("button", { type: "button", class: first ? "primary" : "", autofocus: first, onclick: () => void copy() }, label);
  const say = (text: string) => {
    setText(button, text);
    window.setTimeout(() => setText(button, label), 1500);
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(what());
      say("Copied");
    } catch {
      field.value = what();
      field.focus();
      say("Press Ctrl+C");
    }
  };
  return button;
}
