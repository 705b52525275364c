// A victim's file may be dropped anywhere on the page.

export function acceptDrops(wanted: () => boolean, take: (file: File) => void) {
  const mark = (on: boolean) => document.body.classList.toggle("dropping", on);
  addEventListener("dragover", (e) => {
    e.preventDefault();
    mark(wanted());
  });
  addEventListener("dragleave", (e) => e.relatedTarget === null && mark(false));
  addEventListener("drop", (e) => {
    e.preventDefault();
    mark(false);
    const file = e.dataTransfer?.files[0];
    if (file && wanted()) take(file);
  });
}
