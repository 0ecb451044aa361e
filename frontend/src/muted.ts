/** What is muted: how much, always; and on demand what, each with a way to hear of it again. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { button, pop } from "./controls";
import { WORD } from "./format";
import { customElement, given } from "./given";
import { icon } from "./icons";
import { ruleNames } from "./model";
import type { MuteEvent, Mutes } from "./mute";
import { popStyles } from "./pop";
import type { Finding, RuleDoc } from "./report";
import { whereAndSince } from "./sentence";
import { shared } from "./styles";
import { tell } from "./tell";

@customElement("histdiag-muted")
export class Muted extends LitElement {
  /** The findings of the run that are muted, also by their rules. */
  @given findings!: readonly Finding[];
  @given mutes!: Mutes;
  @given rules!: ReadonlyMap<string, RuleDoc>;
  @given first!: number;

  override render() {
    const { rules } = this.mutes;
    if (!this.findings.length && !rules.length) return nothing;
    return pop("", html`<summary>${this.findings.length} muted</summary>`, "Muted", html`
      <p class="muted">Left out of lists, marks and counts of this log, in this browser.</p>
      <ul>
        ${rules.map((rule) => {
          const title = html`<b>${ruleNames([{ rule }], this.rules)}</b>, the rule`;
          return this.#row("rules", rule, title, this.findings.filter((finding) => finding.rule === rule));
        })}
        ${this.findings.map((finding) => {
          if (rules.includes(finding.rule)) return nothing;
          return this.#row("findings", finding.fingerprint, html`<b>${finding.title}</b>`, [finding]);
        })}
      </ul>`);
  }

  #row(kind: MuteEvent["kind"], name: string, title: TemplateResult, findings: readonly Finding[]) {
    return html`<li>
      <span>
        ${title}
        ${findings.map(
          (finding) => html`<small>${icon(finding.severity, WORD[finding.severity])} ${whereAndSince(finding, this.first)}</small>`,
        )}
      </span>
      ${button("Unmute", () => tellMute(this, { kind, name, on: false }))}
    </li>`;
  }

  static override styles = [
    shared,
    popStyles,
    css`
      li { display: flex; gap: var(--s2); align-items: start; margin-top: var(--s2); overflow-wrap: anywhere; }
      li span { flex: 1; min-width: 0; max-height: 8lh; overflow: hidden auto; }
      small { display: flex; gap: var(--s1); align-items: center; color: var(--ink-2); }
      .ico { width: 12px; height: 12px; }
      .btn { color: var(--ink); }
    `,
  ];
}

/** Elements ask by an event; the app alone knows what is muted. */
export const tellMute = (element: EventTarget, detail: MuteEvent): boolean =>
  tell(element, "mute", detail);
