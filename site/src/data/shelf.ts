// Keeps the files of the reader's own and of random victims in IndexedDB, so
// that a run on one of them can go on after the tab was closed. It is the
// victim's side of the table: the attack never reads it.

const NAME = "peel-victims";

interface Kept {
  sha256: string;
  name: string;
  bytes: ArrayBuffer;
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("files", { keyPath: "sha256" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const tx = db.transaction("files", mode);
      const request = work(tx.objectStore("files"));
      tx.oncomplete = () => resolve(request.result);
      tx.onabort = tx.onerror = () => reject(tx.error);
    });
  } finally {
    db.close();
  }
}

/** Keeps a file. Reports whether that worked: without storage it does not, and the file must be chosen again later. */
export async function keep(file: Kept): Promise<boolean> {
  try {
    await within("readwrite", (s) => s.put(file));
    return true;
  } catch {
    return false;
  }
}

export async function fetchKept(sha256: string): Promise<Kept | undefined> {
  try {
    return (await within("readonly", (s) => s.get(sha256))) as Kept | undefined;
  } catch {
    return undefined;
  }
}

export async function drop(sha256: string): Promise<void> {
  try {
    await within("readwrite", (s) => s.delete(sha256));
  } catch {
    // Nothing was kept.
  }
}
