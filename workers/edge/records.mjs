import { DurableObject } from "cloudflare:workers";

/**
 * One group of records: small texts by name, which all end together. An object
 * does one thing at a time, so a record that was read and is replaced only if it
 * is still the same was changed by nobody in between.
 */
export class Records extends DurableObject {
  async read(name) {
    return (await this.live()) ? ((await this.ctx.storage.get(name)) ?? null) : null;
  }

  /** Every record as [name, value], by name. */
  async list() {
    return (await this.live()) ? [...(await this.ctx.storage.list())].sort((a, b) => (a[0] < b[0] ? -1 : 1)) : [];
  }

  /**
   * Puts value, or null for none, in place of old. Where something else is there
   * it changes nothing and returns that in an array. The group lasts until end,
   * in milliseconds since 1970, unless it lasts longer.
   */
  async replace(name, old, value, end) {
    const there = await this.read(name);
    if (there !== old) return [there];
    if (value === null) await this.ctx.storage.delete(name);
    else await this.ctx.storage.put(name, value);
    if (end !== null && end > ((await this.ctx.storage.getAlarm()) ?? 0)) await this.ctx.storage.setAlarm(end);
    return null;
  }

  async clear() {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  async alarm() {
    await this.clear();
  }

  /** Whether the group's end has not come; the alarm may ring a little late. */
  async live() {
    const end = await this.ctx.storage.getAlarm();
    if (end === null || Date.now() < end) return true;
    await this.clear();
    return false;
  }
}
