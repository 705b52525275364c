// Hands a file to the reader.

/** The name without what file systems dislike. */
const plain = (name: string) => name.replace(/[^\w.-]+/g, "-");

export function download(bytes: ArrayBuffer, name: string) {
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const a = document.createElement("a");
  a.href = url;
  a.download = plain(name);
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
