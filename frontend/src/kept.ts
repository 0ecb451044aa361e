/** What lasts from visit to visit in this browser: how things are shown, which layers lie open, what is muted. */
import { joined, keepMutes, keptMutes, mute, NONE, type MuteEvent, type Mutes } from "./mute";
import { foldedOf, forget, keepFolds, keptFolds, lasting, turnFold, usualLink } from "./settings";
import { START, type Link } from "./state";

export class Kept {
  usual: Link = usualLink();
  mutes: Mutes = NONE;
  #folds = keptFolds();
  #log: string | null = null;

  /** Read what is muted in a log. */
  use(log: string): void {
    if (log === this.#log) return;
    const before = this.#log === null ? NONE : this.mutes;
    this.#log = log;
    this.mutes = joined(keptMutes(log), before);
    if (before.findings.length + before.rules.length) keepMutes(log, this.mutes);
  }

  /** Whether the change lasts, too. */
  mute(change: MuteEvent): boolean {
    this.mutes = mute(this.mutes, change);
    return keepMutes(this.#log ?? "", this.mutes);
  }

  choose(patch: Partial<Link>): void {
    this.usual = lasting(patch, this.usual) ?? this.usual;
  }

  folded(layers: readonly string[]): Set<string> {
    return foldedOf(layers, this.#folds);
  }

  fold(layer: string, shut: boolean): void {
    keepFolds((this.#folds = turnFold(this.#folds, layer, shut)));
  }

  foldAll(shut: boolean): void {
    keepFolds((this.#folds = { open: !shut, turned: [] }));
  }

  /** Everything is shown as on the first visit; what is muted stays so. */
  reset(): void {
    forget();
    this.usual = START;
    this.#folds = keptFolds();
  }
}
