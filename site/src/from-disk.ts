// index.html opened by a double click: browsers let a file load nothing else, so
// all that is left is to say what to do.

addEventListener("DOMContentLoaded", () => {
  const panel = document.getElementById("error");
  if (location.protocol !== "file:" || !panel) return;
  const text = document.createElement("p");
  text.textContent = "Peel cannot run from a file: a browser gives it nothing but this page. Put the folder on any web server, or run one in it, and open its address.";
  panel.append(text);
  panel.hidden = false;
});
