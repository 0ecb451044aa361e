/** Ways from a tensor to the stock tabs, filtered to its tag. Pure. */
import { original } from "./names";

/** Where a tab of TensorBoard is: Histograms reads its filter from the hash, Time Series from the query. */
export interface Place {
  readonly hash: string;
  readonly query: Readonly<Record<string, string>>;
}

export type Tab = "histograms" | "timeseries";

export function placeOf(tab: Tab, tag: string): Place {
  const tagFilter = `^${original(tag).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`;
  return tab === "timeseries"
    ? { hash: tab, query: { tagFilter } }
    : { hash: `${tab}&tagFilter=${encodeURIComponent(tagFilter)}`, query: {} };
}
