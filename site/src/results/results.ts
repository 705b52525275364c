// What came of a campaign: its tables and figures, made by Go from the lines of a
// results file, and every run behind a row, to be run again in the sandbox.

import { Reports, type Report, type ReportRun, type ReportTable } from "../../../wasm/client";
import type { Ground, Place } from "../app/places";
import { h, setText, show } from "../dom";
import { count, plural, seconds } from "../format";
import { messageOf } from "../panels/errors";
import { idealisedChip } from "../panels/idealised";
import { sentence } from "../panels/notices";
import { linkOf } from "./again";
import { picture } from "./picture";

/** Results that come with the page: results/index.json, written by the build. */
interface Kept {
  name: string;
  title: string;
  file: string;
}

/** Larger files are refused before they are read. */
const MAX_FILE = 256 << 20;

const ENDS: Record<string, string> = { ended: "ended", time: "out of time", queries: "out of queries", error: "failed" };

export class ResultsView implements Place {
  #ground: Ground;
  #reports: Reports;
  #title = h("h2", { id: "results-title", tabindex: -1 }, "Results of campaigns");
  #kept = h("select", { id: "results-kept" });
  #keptBox: HTMLElement;
  #picker = h("input", { id: "results-file", type: "file", accept: ".jsonl,.json,.txt" });
  #says = h("p", { class: "hint", role: "status" });
  #wrong = h("p", { class: "wrong", role: "alert" });
  #body = h("div", { class: "report" });
  #begun = false;
  #turn = 0;

  constructor(host: HTMLElement, ground: Ground) {
    this.#ground = ground;
    this.#reports = new Reports(ground.assets);
    this.#keptBox = h("label", { class: "field" }, h("span", { class: "label" }, "Results that come with Peel"), this.#kept);
    this.#kept.addEventListener("change", () => void this.#fetch(this.#kept.value));
    this.#picker.addEventListener("change", () => this.#picker.files?.[0] && this.take(this.#picker.files[0]));
    host.replaceChildren(
      h("div", { class: "panel results-form" },
        h("div", { class: "race-intro" }, this.#title,
          h("p", { class: "sub" }, "Many runs by one plan: networks × seeds × methods. Every figure here follows from the lines of one file, and every run can be run again.")),
        h("div", { class: "results-choice" }, this.#keptBox,
          h("label", { class: "field" }, h("span", { class: "label" }, "Your own, from peel bench: choose it, or drop it on the page"), this.#picker)),
        h("a", { href: "#", class: "back" }, "Back to the sandbox"),
        this.#wrong, this.#says),
      this.#body);
  }

  enter() {
    this.#title.focus({ preventScroll: true });
    if (!this.#begun) void this.#offer();
    this.#begun = true;
  }

  leave() {}

  take(file: File) {
    if (file.size > MAX_FILE) return this.#refuse(`${file.name} is larger than 256 MB: choose a smaller file`);
    void this.#read(() => file.arrayBuffer(), file.name);
  }

  /** Offers what comes with the page, and shows the first of it. */
  async #offer() {
    try {
      const response = await fetch("results/index.json");
      if (!response.ok) throw new Error("the list of results could not be loaded: reload the page");
      const all = (await response.json()) as Kept[];
      this.#kept.replaceChildren(...all.map((k) => h("option", { value: k.file }, k.title)));
      show(this.#keptBox, all.length > 0);
      if (all[0] && this.#turn === 0) await this.#fetch(all[0].file); // the reader may have chosen another meanwhile
    } catch (e) {
      this.#begun = false;
      this.#refuse(messageOf(e));
    }
  }

  #fetch(file: string) {
    return this.#read(async () => {
      const response = await fetch(`results/${file}`);
      if (!response.ok) throw new Error("these results could not be loaded: reload the page");
      return response.arrayBuffer();
    }, this.#kept.selectedOptions[0]?.textContent ?? file);
  }

  async #read(load: () => Promise<ArrayBuffer>, name: string) {
    const turn = ++this.#turn;
    setText(this.#wrong, "");
    setText(this.#says, `Reading ${name} …`);
    try {
      const report = await this.#reports.make(await load());
      if (turn === this.#turn) this.#draw(report);
    } catch (e) {
      if (turn === this.#turn) this.#refuse(messageOf(e));
    }
  }

  #refuse(message: string) {
    setText(this.#says, "");
    setText(this.#wrong, sentence(message));
    this.#wrong.scrollIntoView({ block: "nearest" });
  }

  #draw(report: Report) {
    setText(this.#says, [
      `${plural(report.runs.length, "run")} of engine ${report.engine}${report.machine ? `, on ${report.machine}` : ""}${report.atOnce > 1 ? `, ${report.atOnce} at a time` : ""}.`,
      ...(report.notes ?? []),
    ].join(" "));
    this.#body.replaceChildren(
      h("h2", {}, report.title || report.name),
      ...(report.tables ?? []).map((t) => this.#table(t, report.runs)),
      h("div", { class: "report-figures" }, ...(report.figures ?? []).map((f) => {
        const svg = report.pictures[f.id];
        return h("figure", { class: "panel report-figure" }, svg ? picture(svg) : null,
          h("figcaption", {}, h("b", {}, f.title), h("small", {}, f.about)));
      })));
  }

  #table(t: ReportTable, runs: ReportRun[]): HTMLElement {
    const body = h("tbody", {});
    for (const row of t.rows) {
      const behind = row.runs.map((i) => runs[i]).filter((r) => r !== undefined);
      const list = h("tr", { hidden: true, class: "row-runs" }, h("td", { colspan: row.cells.length },
        h("ul", {}, ...behind.map((r) => h("li", {}, ...this.#run(r))))));
      const button = h("button", { type: "button", class: "quiet", "aria-expanded": "false", onclick: () => {
        const open = list.hasAttribute("hidden");
        show(list, open);
        button.setAttribute("aria-expanded", String(open));
      } }, plural(behind.length, "run"));
      button.setAttribute("aria-label", `The ${plural(behind.length, "run")} behind ${row.cells.slice(0, 3).join(", ")}`);
      body.append(
        h("tr", {}, ...row.cells.map((c, i) => (i === 0 ? h("th", { scope: "row" }, c, " ", button) : h("td", {}, /^idealised/.test(c) ? idealisedChip(false) : null, c.replace(/^idealised: /, ""))))),
        list);
    }
    return h("section", { class: "panel report-table" },
      h("h3", {}, t.title), h("p", { class: "hint" }, t.about),
      h("div", { class: "wide-table", tabindex: 0, role: "group", "aria-label": t.title },
        h("table", {}, h("caption", { class: "sr" }, t.title),
          h("thead", {}, h("tr", {}, ...t.columns.map((c) => h("th", { scope: "col" }, c)))),
          body)));
  }

  /** One run in a line, with the button that runs it again. */
  #run(r: ReportRun): (Node | string | null)[] {
    const name = `${r.name}, seed ${r.spec.seed}`;
    return [
      h("button", { type: "button", "aria-label": `Open ${name}, ${r.method}`, onclick: () => void this.#again(r) }, "Open"),
      h("span", {}, h("b", {}, name), ` · ${r.method} · `, r.setting.startsWith("idealised") ? idealisedChip(false) : null, ` ${r.setting.replace("idealised: ", "")}: `,
        `${ENDS[r.end] ?? r.end}, ${count(r.queries)} queries, ${seconds(r.seconds)}`),
    ];
  }

  /** Opens a run as a new experiment of the sandbox, by way of its link. */
  async #again(r: ReportRun) {
    setText(this.#wrong, "");
    try {
      location.hash = await linkOf(r, this.#ground);
    } catch (e) {
      this.#refuse(messageOf(e));
    }
  }
}
