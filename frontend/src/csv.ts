/** A tensor's histograms as a table for other programs: one row a bucket. Pure; numbers only, so nothing to escape. */
import type { SeriesHistograms } from "./types";

export function histogramsCsv({ steps, wallTimes, nonfinite, start, left, right, count }: SeriesHistograms): string {
  const rows = ["step,wall_time,left,right,count"];
  steps.forEach((step, record) => {
    const at = `${step},${wallTimes[record]}`;
    if (nonfinite[record]) rows.push(`${at},nan,nan,`);
    for (let bucket = start[record]!; bucket < start[record + 1]!; bucket++)
      rows.push(`${at},${left[bucket]},${right[bucket]},${count[bucket]}`);
  });
  return `${rows.join("\n")}\n`;
}
