// A region of memory that grows on demand and does not keep its contents. The
// stub runtime never frees, so a region at least doubles: what it leaves behind
// is never more than what it holds. Running out of memory traps, and the glue
// turns the trap into an error.

@final
export class Region {
  at: usize = 0;
  size: usize = 0;

  fit(bytes: usize): usize {
    if (bytes > this.size) {
      this.size = max(bytes, this.size * 2);
      this.at = heap.alloc(this.size);
    }
    return this.at;
  }
}
